import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { instant } from '../domain/answer-values.ts';
import { failure } from '../domain/failures.ts';
import { accountOfId, isAccountId } from '../domain/ids.ts';
import { sum } from '../domain/money.ts';
import { isFinal, type Purchase } from '../domain/purchase.ts';
import { outcomeOf, type PurchaseOutcome } from '../domain/purchase-outcome.ts';
import { workflowIdOf } from '../domain/workflow-ids.ts';
import { listPurchases, readPurchase } from '../ledger/purchases.ts';
import { accountState } from './account-state.ts';
import { accountJson, accountWords, viewAccount } from './account-view.ts';
import { accountId, purchaseId } from './arguments.ts';
import { outcomeJson, outcomeWords } from './purchase-view.ts';
import type { Session } from './session.ts';
import { facts, money, storedDecimal, table, utcTime } from './words.ts';

const purchasesShown = 10;

export function addStatusVerb(status: Command, session: Session): void {
  status
    .argument('<id>', 'purchase id or account id', accountOrPurchaseId)
    .action((id: string) =>
      isAccountId(id) ? accountStatus(id, session) : purchaseStatus(id, session),
    );
}

function accountOrPurchaseId(text: string): string {
  if (text.startsWith('pur_')) return purchaseId(text);
  if (text.startsWith('acct_')) return accountId(text);
  throw new InvalidArgumentError('It begins with "acct_" or "pur_".');
}

async function accountStatus(id: string, session: Session): Promise<void> {
  const view = await viewAccount(session, id);
  const ledger = await session.ledger();
  const query = { accountId: id, cursor: null, limit: purchasesShown };
  const { purchases } = await listPurchases(ledger, query);
  const latest = purchases.map((purchase) => storedJson(purchase, outcomeOf(purchase)));
  session.print({ account: accountJson(view), purchases: latest }, () =>
    [accountWords(view), purchaseTable(purchases)].join('\n\n'),
  );
}

function purchaseTable(purchases: readonly Purchase[]): string {
  if (purchases.length === 0) return 'No purchases yet.';
  return table(
    ['PURCHASE', 'STATUS', 'CREDITS', 'ASKED FOR'],
    purchases.map(({ purchaseId: id, state, credits, currency, openedAtMs }) => [
      id,
      state,
      money(credits, currency),
      utcTime(openedAtMs),
    ]),
  );
}

/** The ledger's row is the truth of what is final; what is not, its workflow knows best. */
async function purchaseStatus(id: string, session: Session): Promise<void> {
  const stored = await readPurchase(await session.ledger(), { purchaseId: id });
  if (stored !== undefined && isFinal(stored.state)) {
    const outcome = outcomeOf(stored);
    session.print(storedJson(stored, outcome), () => storedWords(stored, outcome));
    return;
  }
  const running = await (await session.client()).purchaseStatus(id);
  if (stored !== undefined) {
    const actionUrl = running?.status === 'requires_action' ? running.actionUrl : null;
    const outcome = outcomeOf(stored, actionUrl);
    session.print(storedJson(stored, outcome), () => storedWords(stored, outcome));
    return;
  }
  if (running === undefined) throw failure('purchase_not_found', `It was ${id}.`);
  const { currency } = (await accountState(session, accountOfId(id) ?? '')).account;
  session.print(outcomeJson(running, currency), () => outcomeWords(running, currency));
}

function storedWords(purchase: Purchase, outcome: PurchaseOutcome): string {
  const { credits, tax, currency, openedAtMs, finalAtMs, paymentIntentId } = purchase;
  const reason = reasonOf(outcome);
  const rows = facts([
    ['Asked for', `${money(credits, currency)} of credits, at ${utcTime(openedAtMs)}`],
    ['With tax', money(sum(credits, tax), currency)],
    ['Final', finalAtMs === null ? 'not yet' : utcTime(finalAtMs)],
    ['Payment at Stripe', paymentIntentId ?? 'none was made'],
    ['Workflow', workflowIdOf('purchase', purchase.purchaseId)],
  ]);
  return [outcomeWords(outcome, currency), ...(reason === null ? [] : [reason]), rows].join('\n');
}

function reasonOf(outcome: PurchaseOutcome): string | null {
  switch (outcome.status) {
    case 'declined':
      return `${outcome.decline.reason} ${outcome.decline.whatToDo}`;
    case 'refused':
    case 'canceled':
    case 'returned':
      return `${outcome.refusal.code}: ${outcome.refusal.message}`;
    case 'succeeded':
    case 'requires_action':
    case 'pending':
      return null;
  }
}

function storedJson(purchase: Purchase, outcome: PurchaseOutcome) {
  const { accountId, credits, tax, currency, openedAtMs, finalAtMs, paymentIntentId } = purchase;
  return {
    ...outcomeJson(outcome, currency),
    accountId,
    credits: storedDecimal(credits, currency),
    tax: storedDecimal(tax, currency),
    total: storedDecimal(sum(credits, tax), currency),
    paymentIntentId,
    createdAt: instant(openedAtMs),
    finalAt: instant(finalAtMs),
  };
}
