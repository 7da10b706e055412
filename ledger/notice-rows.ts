import type { AccountId } from '../domain/account.ts';
import type { Notice } from '../domain/notices.ts';
import { accountIds, instants, jsons, texts } from './binary-columns.ts';
import { columnsOf, type Column } from './columns.ts';
import type { Session } from './database.ts';

export interface NoticeRow {
  readonly accountId: AccountId;
  readonly noticeId: string;
  readonly notice: Notice;
  readonly occurredAtMs: number;
}

/** Made of what the notice tells, so that the same fact is told once, however often it is found. */
export function noticeIdOf(notice: Notice): string {
  const { kind } = notice;
  switch (kind) {
    case 'authentication_needed':
      return `${notice.purchaseId}:${kind}:${notice.reminder}`;
    case 'authentication_renewed':
      return `${notice.purchaseId}:${kind}:${notice.renewal}`;
    case 'purchase_succeeded':
    case 'purchase_declined':
    case 'purchase_refused':
    case 'payment_returned':
      return `${notice.purchaseId}:${kind}`;
    case 'webhook_endpoint_disabled':
      return `${notice.endpointId}:${kind}:${notice.disabledAtMs}`;
    case 'credits_expiry_announced':
      return `policy:${notice.version}:${notice.effectiveAtMs}:${kind}`;
    case 'credits_granted':
    case 'credits_expiring':
      return `lot:${notice.lotId}:${kind}`;
    case 'invoice_issued':
      return `${notice.invoiceId}:${kind}`;
    case 'credit_note_issued':
      return `${notice.creditNoteId}:${kind}`;
    case 'invoice_paid':
    case 'invoice_payment_declined':
    case 'invoice_card_refused':
    case 'invoice_due_changed':
      return `${notice.paymentId}:${kind}`;
    case 'service_restored':
      return `${notice.paymentId ?? notice.invoiceId}:${kind}`;
    case 'invoice_authentication_needed':
      return `${notice.paymentId}:${kind}:${notice.reminder}`;
    case 'invoice_link_renewed':
      return `${notice.invoiceId}:${kind}:${notice.renewal}`;
    case 'invoice_card_needed':
    case 'invoice_past_due':
    case 'service_suspended':
      return `${notice.invoiceId}:${kind}`;
    case 'low_balance':
    case 'free_credits_used_up':
      return `event:${notice.version}:${kind}`;
    // These may come of a changed setting, too, hence more than once after the same event.
    case 'balance_limit_share_reached':
      return `event:${notice.version}:${kind}:${notice.percent}:${notice.limit}`;
    case 'balance_limit_lowered':
      return `event:${notice.version}:${kind}:${notice.limit}`;
    case 'tier_reached':
      return `event:${notice.version}:${kind}:${notice.tier}`;
  }
}

const noticeColumns: Column<NoticeRow>[] = [
  accountIds((row) => row.accountId),
  texts((row) => row.noticeId),
  texts((row) => row.notice.kind),
  jsons((row) => JSON.stringify(row.notice)),
  instants((row) => row.occurredAtMs),
];

/** Written in the transaction that makes their facts final (R62). */
export function insertNotices(session: Session, rows: readonly NoticeRow[]): void {
  session.write(
    `insert into notices (account_id, notice_id, kind, payload, occurred_at)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::timestamptz[])
     on conflict (account_id, notice_id) do nothing`,
    columnsOf(rows, ...noticeColumns),
  );
}

/** True for what tells of a numbered document: its number is known when that is written. */
export function isNumbered({ notice }: NoticeRow): boolean {
  return notice.kind === 'invoice_issued' || notice.kind === 'credit_note_issued';
}

/** Writes notices of invoices and credit notes with the numbers that these were given. */
export function insertNumberedNotices(session: Session, rows: readonly NoticeRow[]): void {
  session.write(
    `insert into notices (account_id, notice_id, kind, payload, occurred_at)
     select r.account_id, notice_id, r.kind,
       payload || jsonb_build_object('number', coalesce(c.number, i.number)), occurred_at
     from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::timestamptz[])
       as r (account_id, notice_id, kind, payload, occurred_at)
     join invoices i on i.account_id = r.account_id and i.invoice_id = payload ->> 'invoiceId'
     left join credit_notes c
       on c.account_id = r.account_id and c.credit_note_id = payload ->> 'creditNoteId'
     on conflict (account_id, notice_id) do nothing`,
    columnsOf(rows, ...noticeColumns),
  );
}
