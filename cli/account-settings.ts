import type { Command } from 'commander';
import { Argument } from 'commander';
import { accountNowMs } from '../domain/account-time.ts';
import { closingWords } from '../domain/account-closing.ts';
import { SolventError } from '../domain/failures.ts';
import { invoiceAnswer } from '../domain/invoice-answer.ts';
import type { Micros } from '../domain/money.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import type { Plan } from '../domain/tiers.ts';
import { closeAccount } from '../ledger/account-closing.ts';
import {
  changeSettings,
  removeAdminHold,
  setAdminHold,
  type AccountSettings,
} from '../ledger/account-settings.ts';
import { readPayable } from '../ledger/open-invoices.ts';
import { accountState } from './account-state.ts';
import { accountJson, accountWords, viewAccount } from './account-view.ts';
import { accountId, amountList, amountOrNone, reason, timeZone, wholeNumber } from './arguments.ts';
import type { Session } from './session.ts';
import { tellCollection } from './tell-collection.ts';

const account = ['<account>', 'account id', accountId] as const;

/** Settings of the customer, and what operators alone decide. */
export function addAccountSettingVerbs(accounts: Command, session: Session): void {
  const set = (id: string, settings: AccountSettings) => change(id, settings, session);
  accounts
    .command('set-limit')
    .description('set the most the customer wants to owe, up to the ceiling')
    .argument(...account)
    .argument('<limit>', 'an amount, or none: as much as the ceiling allows', amountOrNone)
    .action((id: string, limit: Micros | 'none') =>
      set(id, { ownBalanceLimit: limit === 'none' ? null : limit }),
    );
  accounts
    .command('set-thresholds')
    .description('set at which credits left the customer gets a mail')
    .argument(...account)
    .argument('<amounts>', 'up to five, as 20,5; or none', amountList)
    .action((id: string, amounts: readonly Micros[]) => set(id, { lowBalanceThresholds: amounts }));
  accounts
    .command('set-time-zone')
    .description('set where the customer is: declined cards are charged again by day there')
    .argument(...account)
    .argument('<zone>', 'as IANA names it, Europe/Berlin; or none: UTC', timeZone)
    .action(async (id: string, zone: string) => {
      await set(id, { timeZone: zone === 'none' ? null : zone });
      const { openInvoices } = await readPayable(await session.ledger(), id);
      for (const { invoiceId } of openInvoices) await tellCollection(invoiceId, session);
    });
  accounts
    .command('set-plan')
    .description('sell to the account by card (build) or by contract')
    .argument(...account)
    .addArgument(
      new Argument('<plan>', 'how it is sold to').choices(['build', 'scale', 'enterprise']),
    )
    .option('--net-days <days>', 'days a contract leaves to pay an invoice', wholeNumber(0, 365))
    .action((id: string, plan: Plan, { netDays }: { netDays?: number }) =>
      set(id, { plan, ...(netDays !== undefined && { netDays }) }),
    );
  accounts
    .command('set-ceiling')
    .description('set the most the customer may choose to owe, from Build Tier 5 on')
    .argument(...account)
    .argument('<ceiling>', 'an amount, or none: the policy’s', amountOrNone)
    .action((id: string, ceiling: Micros | 'none') =>
      set(id, { balanceLimitCeiling: ceiling === 'none' ? null : ceiling }),
    );
  accounts
    .command('hold')
    .description('keep the account from use until `unhold`; what runs already is settled')
    .argument(...account)
    .requiredOption('--reason <text>', 'for operators; the customer is never told it', reason)
    .action((id: string, options: { reason: string }) =>
      operate(id, session, async (asked) =>
        setAdminHold(await session.ledger(), { ...asked, reason: options.reason }),
      ),
    );
  accounts
    .command('unhold')
    .description('let the account be used again')
    .argument(...account)
    .action((id: string) =>
      operate(id, session, async (asked) => removeAdminHold(await session.ledger(), asked)),
    );
  accounts
    .command('close')
    .description('close the account and issue its final invoice; there is no way back')
    .argument(...account)
    .action((id: string) => close(id, session));
}

async function close(id: string, session: Session): Promise<void> {
  const { account: found } = await accountState(session, id);
  const nowMs = accountNowMs(found, session.nowMs());
  const asked = { accountId: id, actor: session.actor, nowMs };
  const policies = await session.policies.read();
  const closed = await closeAccount(await session.ledger(), asked, policies);
  const { finalInvoice } = closed;
  const payable = await readPayable(await session.ledger(), id);
  const moment = { nowMs, policy: policyAt(policies, nowMs), ...payable };
  const invoice = finalInvoice && invoiceAnswer(finalInvoice, found, moment);
  const notes = closingWords(closed, found.currency);
  const view = await viewAccount(session, id);
  session.print({ ...accountJson(view), finalInvoice: invoice, notes }, () =>
    [accountWords(view), ...notes].join('\n\n'),
  );
}

async function change(id: string, settings: AccountSettings, session: Session): Promise<void> {
  await operate(id, session, async (asked) => {
    const policies = await session.policies.read();
    const outcome = await changeSettings(await session.ledger(), { ...asked, settings }, policies);
    if (outcome.status === 'refused') throw new SolventError(outcome.refusal);
  });
}

/** Does something to an account at its own time, and shows it as it is then. */
async function operate(
  id: string,
  session: Session,
  work: (asked: { accountId: string; actor: string; nowMs: number }) => Promise<unknown>,
): Promise<void> {
  const { account: found } = await accountState(session, id);
  await work({ accountId: id, actor: session.actor, nowMs: accountNowMs(found, session.nowMs()) });
  const view = await viewAccount(session, id);
  session.print(accountJson(view), () => accountWords(view));
}
