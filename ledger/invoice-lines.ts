import type { AccountId } from '../domain/account.ts';
import type { InvoiceCredit } from '../domain/billing-events.ts';
import { lastPostingPeriod, type UninvoicedUsage } from '../domain/invoice-reckoning.ts';
import type { Period } from '../domain/period.ts';
import type { UsagePosting } from '../domain/usage-postings.ts';
import { accountIds, bigints, texts } from './binary-columns.ts';
import { columnsOf, type Column } from './columns.ts';
import type { Session } from './database.ts';
import type { IssuedRow } from './invoice-rows.ts';
import type { InvoicedMonth } from './invoicing-facts.ts';

/**
 * `lines`: what was posted up to a month, less what invoices show of it already. What was recorded
 * into a month after its invoice, or corrected since, comes with the next (R43). Months before the
 * last invoiced one are done with; what adds up to nothing is no line. `$1` to `$3`: accounts, months,
 * and the last month posted to that is shown; `$4`: invoices about to be void.
 * `offset 0` keeps each account's rows a look-up by its id, whatever the tables are thought to hold;
 * `is true` keeps the month in the middle of the key from being searched for, which takes longer.
 */
const uninvoicedLines = `
  months as materialized (
    select account_id, period, until, coalesce((
      select max(i.period) from invoices i
      where i.account_id = r.account_id and i.period < r.period and i.state <> 'void'
    ), '') as since
    from unnest($1::uuid[], $2::text[], $3::text[]) as r (account_id, period, until)
  ), posted as materialized (
    select p.* from months m cross join lateral (
      select * from usage_postings u
      where u.account_id = m.account_id
        and (u.posting_period between m.since and m.until) is true
      offset 0
    ) p
  ), shown as materialized (
    select s.* from months m cross join lateral (
      select account_id, usage_period, price_id, model, posting_period,
        sum(quantity)::bigint as quantity, sum(cost)::bigint as cost, sum(free)::bigint as free,
        sum(purchased)::bigint as purchased, sum(unbilled)::bigint as unbilled,
        sum(written_off)::bigint as written_off
      from invoices i join invoice_lines l using (account_id, invoice_id)
      where i.account_id = m.account_id and i.period >= m.since and i.state <> 'void'
        and i.invoice_id <> all ($4::text[])
      group by account_id, usage_period, price_id, model, posting_period
      offset 0
    ) s
  ), lines as (
    select p.account_id, p.usage_period, p.price_id, p.model, p.posting_period,
      p.quantity - coalesce(s.quantity, 0) as quantity,
      p.cost - coalesce(s.cost, 0) as cost,
      p.free - coalesce(s.free, 0) as free,
      p.purchased - coalesce(s.purchased, 0) as purchased,
      p.unbilled - coalesce(s.unbilled, 0) as unbilled,
      p.written_off - coalesce(s.written_off, 0) as written_off
    from posted p left join shown s
      using (account_id, usage_period, price_id, model, posting_period)
    where (p.quantity, p.cost, p.free, p.purchased, p.unbilled, p.written_off)
      <> (coalesce(s.quantity, 0), coalesce(s.cost, 0), coalesce(s.free, 0),
        coalesce(s.purchased, 0), coalesce(s.unbilled, 0), coalesce(s.written_off, 0))
  )`;

export type UninvoicedRow = UninvoicedUsage & { readonly accountId: AccountId };

/** What the lines of each account's invoice would add up to; accounts without any are missing. */
export function readUninvoicedUsage(
  session: Session,
  months: readonly InvoicedMonth[],
  replaced: readonly string[],
): Promise<UninvoicedRow[]> {
  return session.read(
    `with ${uninvoicedLines}
     select account_id as "accountId", count(*)::integer as lines, sum(cost)::bigint as cost,
       sum(free)::bigint as free, sum(purchased)::bigint as purchased,
       sum(unbilled)::bigint as unbilled, sum(written_off)::bigint as "writtenOff"
     from lines group by account_id`,
    [...columnsOf(months, ...monthColumns), replaced],
  );
}

const monthColumns: Column<InvoicedMonth>[] = [
  accountIds((row) => row.accountId),
  texts((row) => row.period),
  texts(lastPostingPeriod),
];

/** The lines that an account's invoice would have now. */
export function readUninvoicedLines(
  session: Session,
  uuid: string,
  period: Period,
): Promise<UsagePosting[]> {
  return session.read(
    `with ${uninvoicedLines}
     select usage_period as "usagePeriod", price_id as "priceId", model,
       posting_period as "postingPeriod", quantity, cost, free, purchased, unbilled,
       written_off as "writtenOff"
     from lines order by usage_period, price_id, model, posting_period`,
    [[uuid], [period], [period], []],
  );
}

/** Keeps what invoices show of usage; before the invoices themselves, which it looks at. */
export function insertInvoiceLines(session: Session, rows: readonly IssuedRow[]): void {
  session.write(
    `with ${uninvoicedLines}
     insert into invoice_lines (account_id, invoice_id, line, usage_period, price_id, model,
       posting_period, quantity, cost, free, purchased, unbilled, written_off)
     select lines.account_id, n.invoice_id,
       row_number() over (
         partition by lines.account_id
         order by usage_period, price_id, model, posting_period
       )::integer,
       usage_period, price_id, model, posting_period, quantity, cost, free, purchased, unbilled,
       written_off
     from lines join unnest($1::uuid[], $5::text[]) as n (account_id, invoice_id) using (account_id)`,
    [...columnsOf(rows, ...issuedMonthColumns), [], ...columnsOf(rows, invoiceIdColumn)],
  );
}

const issuedMonthColumns: Column<IssuedRow>[] = [
  accountIds((row) => row.accountId),
  texts(({ invoice }) => invoice.period),
  texts(
    ({ invoice }) => invoice.period && lastPostingPeriod({ ...invoice, period: invoice.period }),
  ),
];

const invoiceIdColumn: Column<IssuedRow> = texts(({ invoice }) => invoice.invoiceId);

/** Keeps the credits that invoices counted (R41). */
export function insertInvoiceCredits(session: Session, rows: readonly IssuedRow[]): void {
  const parts: CreditRow[] = [];
  for (const { accountId, invoice, credits } of rows) {
    const { invoiceId } = invoice;
    for (const part of credits.pack) parts.push({ accountId, invoiceId, source: 'pack', part });
    for (const part of credits.invoice) {
      parts.push({ accountId, invoiceId, source: 'invoice', part });
    }
  }
  if (parts.length === 0) return;
  session.write(
    `insert into invoice_credits (account_id, invoice_id, lot_id, period, source, amount)
     select * from unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::text[],
       $6::bigint[])`,
    columnsOf(parts, ...creditColumns),
  );
}

interface CreditRow {
  readonly accountId: AccountId;
  readonly invoiceId: string;
  readonly source: 'pack' | 'invoice';
  readonly part: InvoiceCredit;
}

const creditColumns: Column<CreditRow>[] = [
  accountIds((row) => row.accountId),
  texts((row) => row.invoiceId),
  bigints(({ part }) => part.lotId),
  texts(({ part }) => part.period),
  texts((row) => row.source),
  bigints(({ part }) => part.amount),
];

export type PackCreditRow = InvoiceCredit & { readonly accountId: AccountId };

/** What packs paid of unbilled usage when they were bought, as far as no invoice shows it. */
export function readPackCredits(
  session: Session,
  uuids: readonly string[],
  replaced: readonly string[],
): Promise<PackCreditRow[]> {
  return session.read(
    `select p.account_id as "accountId", p.lot_id as "lotId", part.period, part.amount
     from purchases p
     join billing_events e on e.account_id = p.account_id and e.event_id = p.lot_id
     cross join jsonb_to_recordset(e.payload -> 'event' -> 'paidUnbilled')
       as part (period text, amount bigint)
     where p.account_id = any($1::uuid[]) and p.paid_unbilled > 0
       and not exists (
         select from invoice_credits c join invoices i using (account_id, invoice_id)
         where c.account_id = p.account_id and c.lot_id = p.lot_id and c.period = part.period
           and c.source = 'pack' and i.state <> 'void' and i.invoice_id <> all ($2::text[])
       )
     order by p.account_id, p.lot_id, part.period`,
    [uuids, replaced],
  );
}
