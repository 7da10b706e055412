import type { Command } from 'commander';
import { accountNowMs } from '../domain/account-time.ts';
import { failure, SolventError } from '../domain/failures.ts';
import { accountOfId } from '../domain/ids.ts';
import type { Micros } from '../domain/money.ts';
import type { PurchasePreview } from '../domain/purchase.ts';
import { previewPurchase, readPurchase } from '../ledger/purchases.ts';
import { accountState } from './account-state.ts';
import { accountId, amount, paymentMethodId, purchaseId } from './arguments.ts';
import { CommandEnded } from './command-ended.ts';
import { exitCodes } from './exit-codes.ts';
import { keyFor, keyOption } from './idempotency-key.ts';
import { reportOutcome } from './purchase-view.ts';
import type { Session } from './session.ts';
import { readStillDue, stillDueJson, stillDueRemark } from './still-due.ts';
import { facts, money, storedDecimal } from './words.ts';

interface PurchaseOptions {
  paymentMethod?: string;
  confirmDuplicate?: true;
  preview?: true;
  key?: string;
}

export function addPurchaseVerb(verb: Command, session: Session): void {
  verb
    .argument('<account>', 'account id', accountId)
    .argument('<amount>', 'credits in the account’s currency, as 25 or 25.00; tax is added', amount)
    .option(
      '--payment-method <id>',
      'a card on file, or a new one; absent, the default card',
      paymentMethodId,
    )
    .option('--confirm-duplicate', 'buy although the same amount is still pending')
    .option('--preview', 'show what it would cost, and charge nothing')
    .addOption(keyOption())
    .action((account: string, value: Micros, options: PurchaseOptions) =>
      options.preview === true
        ? preview(account, value, session)
        : purchase(account, value, options, session),
    );
}

export function addConfirmVerb(verb: Command, session: Session): void {
  verb
    .argument('<purchase>', 'purchase id', purchaseId)
    .action((id: string) => confirm(id, session));
}

async function purchase(
  account: string,
  value: Micros,
  options: PurchaseOptions,
  session: Session,
): Promise<void> {
  const { account: found } = await accountState(session, account);
  const { currency } = found;
  const before = await readStillDue(found, session);
  if (before !== null) session.remark(stillDueRemark(before, found, session));
  const client = await session.client();
  const outcome = await client.purchase({
    accountId: account,
    idempotencyKey: keyFor(options, session),
    amount: value,
    currency,
    paymentMethod: options.paymentMethod ?? null,
    confirmDuplicate: options.confirmDuplicate === true,
  });
  const stillDue = await readStillDue(found, session);
  end(await reportOutcome(outcome, { account: found, stillDue }, session));
}

async function confirm(id: string, session: Session): Promise<void> {
  const stored = await readPurchase(await session.ledger(), { purchaseId: id });
  const client = await session.client();
  if (stored === undefined && (await client.purchaseStatus(id)) === undefined) {
    throw failure('purchase_not_found', `It was ${id}.`);
  }
  const { account } = await accountState(session, accountOfId(id) ?? '');
  const outcome = await client.confirmPurchase(id);
  const stillDue = await readStillDue(account, session);
  end(await reportOutcome(outcome, { account, stillDue }, session));
}

async function preview(account: string, value: Micros, session: Session): Promise<void> {
  const { account: found } = await accountState(session, account);
  const answer = await previewPurchase(
    await session.ledger(),
    {
      accountId: account,
      amount: value,
      currency: found.currency,
      nowMs: accountNowMs(found, session.nowMs()),
    },
    await session.policies.read(),
  );
  if ('code' in answer) throw new SolventError(answer);
  const { currency: code } = found;
  const stillDue = await readStillDue(found, session);
  const unpaid = await stillDueJson(stillDue, code, session);
  const json = { ...previewJson(answer, code), stillDue: unpaid };
  session.print(json, () => previewWords(answer, code));
  if (stillDue !== null) session.remark(stillDueRemark(stillDue, found, session));
}

function previewWords({ credits, tax, total, ...parts }: PurchasePreview, code: string): string {
  const rows = facts([
    ['Credits', money(credits, code)],
    [tax.name ?? 'Tax', money(tax.amount, code)],
    ['To be charged', money(total, code)],
    ['Pays this month’s usage', money(parts.paysUnbilled, code)],
    ['Adds to the balance', money(parts.addsToBalance, code)],
  ]);
  return `This purchase would cost ${money(total, code)}; nothing was charged.\n${rows}`;
}

function previewJson({ credits, tax, total, ...parts }: PurchasePreview, code: string) {
  return {
    currency: code,
    credits: storedDecimal(credits, code),
    tax: { amount: storedDecimal(tax.amount, code), name: tax.name, place: tax.place },
    total: storedDecimal(total, code),
    paysUnbilled: storedDecimal(parts.paysUnbilled, code),
    addsToBalance: storedDecimal(parts.addsToBalance, code),
  };
}

function end(exitCode: CommandEnded['exitCode']): void {
  if (exitCode !== exitCodes.done) throw new CommandEnded(exitCode);
}
