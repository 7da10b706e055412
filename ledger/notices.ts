import type { AccountId } from '../domain/account.ts';
import type { CurrencyCode } from '../domain/currencies.ts';
import type { Notice } from '../domain/notices.ts';
import { uuidOf } from './account-id.ts';
import { instant } from './columns.ts';
import type { Ledger } from './database.ts';

/** A notice with what its mail needs; name and address are joined only now. */
export interface AddressedNotice {
  readonly accountId: AccountId;
  readonly noticeId: string;
  readonly notice: Notice;
  readonly currency: CurrencyCode;
  /** Of its account; see `domain/account-time.ts`. */
  readonly testClockOffsetMs: number;
  readonly occurredAtMs: number;
  /** Null while it waits to be sent. */
  readonly deliveredAtMs: number | null;
  /** Null where the profile was erased: then nobody can be told. */
  readonly name: string | null;
  /** Several, with a comma between them, where invoices go to several (R44). */
  readonly email: string | null;
}

const addressed = `
  select n.account_id as "accountId", n.notice_id as "noticeId", n.payload as notice, a.currency,
    a.test_clock_offset_ms as "testClockOffsetMs",
    n.occurred_at as "occurredAtMs", n.delivered_at as "deliveredAtMs", p.name,
    case when n.payload ? 'invoiceId' and p.invoice_emails is not null
      then (select string_agg(mail, ', ') from jsonb_array_elements_text(p.invoice_emails) as mail)
      else p.email end as email
  from notices n join accounts a using (account_id) join account_profiles p using (account_id)`;

/**
 * A purchase mails its own notices, so that those are left to it for `olderThanMs`; nobody else
 * than the sweep mails the others.
 */
const isLeftOver = (olderThanMs: string) =>
  `(not n.payload ? 'purchaseId'
    or n.recorded_at <= clock_timestamp() - ${olderThanMs} * interval '1 millisecond')`;

/** An account's notices that were not delivered yet and are left over, oldest first. */
export async function readDueNotices(
  ledger: Ledger,
  input: {
    readonly accountId: AccountId;
    readonly olderThanMs?: number;
    readonly limit?: number;
  },
): Promise<AddressedNotice[]> {
  const { accountId, olderThanMs = 0, limit = 100 } = input;
  return ledger.run(
    `${addressed} where n.account_id = $1 and n.delivered_at is null
       and ${isLeftOver('$2')}
     order by n.recorded_at, n.notice_id limit $3`,
    [uuidOf(accountId), olderThanMs, limit],
  );
}

/** A notice with its addressee; undefined where there is none. */
export async function readNotice(
  ledger: Ledger,
  { accountId, noticeId }: { readonly accountId: AccountId; readonly noticeId: string },
): Promise<AddressedNotice | undefined> {
  const [notice] = await ledger.run<AddressedNotice>(
    `${addressed} where n.account_id = $1 and n.notice_id = $2`,
    [uuidOf(accountId), noticeId],
  );
  return notice;
}

/** Accounts with notices that are left over: for the sweep. */
export async function listAccountsWithDueNotices(
  ledger: Ledger,
  { olderThanMs, limit }: { readonly olderThanMs: number; readonly limit: number },
): Promise<AccountId[]> {
  const rows = await ledger.run<{ accountId: AccountId }>(
    `select account_id as "accountId" from notices n
     where delivered_at is null and ${isLeftOver('$1')}
     group by account_id order by min(recorded_at) limit $2`,
    [olderThanMs, limit],
  );
  return rows.map(({ accountId }) => accountId);
}

/** Records that the mail server took it. Its first time stays. */
export async function markNoticeDelivered(
  ledger: Ledger,
  input: {
    readonly accountId: AccountId;
    readonly noticeId: string;
    readonly deliveredAtMs: number;
  },
): Promise<void> {
  const { accountId, noticeId, deliveredAtMs } = input;
  await ledger.run(
    `update notices set delivered_at = $3
     where account_id = $1 and notice_id = $2 and delivered_at is null`,
    [uuidOf(accountId), noticeId, instant(deliveredAtMs)],
  );
}
