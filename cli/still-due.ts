import type { Account } from '../domain/account.ts';
import { accountNowMs } from '../domain/account-time.ts';
import type { CurrencyCode } from '../domain/currencies.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { stillDueAnswer } from '../domain/still-due-answer.ts';
import { serviceNote, stillDueNote, stillDueOf, type StillDue } from '../domain/still-due.ts';
import { readPayable } from '../ledger/open-invoices.ts';
import type { Json } from './json.ts';
import type { Session } from './session.ts';
import { money } from './words.ts';

/** What of the account's invoices is still to be paid now: buying credits does not (R48). */
export async function readStillDue(account: Account, session: Session): Promise<StillDue | null> {
  const { openInvoices } = await readPayable(await session.ledger(), account.accountId);
  const nowMs = accountNowMs(account, session.nowMs());
  return stillDueOf({
    openInvoices,
    nowMs,
    policy: policyAt(await session.policies.read(), nowMs),
  });
}

/** Said before a purchase and after it, with the other charge that there is to make. */
export function stillDueRemark(
  stillDue: StillDue,
  account: Account,
  session: Pick<Session, 'nowMs'>,
): string {
  const { currency: code } = account;
  const late = stillDue.invoices.filter(({ isPastDue }) => isPastDue);
  const shown = late.length > 0 ? late : stillDue.invoices;
  const service = serviceNote(stillDue, accountNowMs(account, session.nowMs()));
  return [
    stillDueNote(stillDue, code),
    ...(service === null ? [] : [service]),
    ...shown.map(({ number, due }) => {
      return `To pay ${money(due, code)}, invoice ${number}: solvent invoices pay ${number}`;
    }),
  ].join('\n');
}

export async function stillDueJson(
  stillDue: StillDue | null,
  code: CurrencyCode,
  session: Session,
): Promise<Json> {
  return stillDue && stillDueAnswer(stillDue, code, (await session.settings()).publicUrl());
}
