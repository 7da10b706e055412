import type { Session } from './database.ts';
import { houseId } from './account-id.ts';
import type { CountRow } from './recount.ts';

/** What each invoice asks for, against what was moved about it; a void one asks for nothing. */
export function recountInvoices(session: Session, uuids: readonly string[]): Promise<CountRow[]> {
  return session.read(
    `with moved as (
       select account_id, invoice_id,
         sum(case when debit_book in ('invoiced', 'invoiced_tax') then amount else -amount end)
           ::bigint as due,
         sum(case when debit_book = 'invoiced_tax' then amount
                  when credit_book = 'invoiced_tax' then -amount else 0 end)::bigint as due_tax
       from transfers where account_id = any($1::uuid[]) and invoice_id is not null
       group by account_id, invoice_id
     )
     select account_id as "accountId", 'invoice ' || invoice_id || ' ' || what as which, stored,
       recounted
     from (select * from invoices where account_id = any($1::uuid[])) i
     full join moved m using (account_id, invoice_id)
     cross join lateral (values
       ('due', i.due, coalesce(m.due, 0)),
       ('tax', i.due_tax, coalesce(m.due_tax, 0))
     ) as v (what, stored, recounted)
     where stored is distinct from recounted
     order by account_id, which`,
    [uuids],
  );
}

/**
 * What each invoice shows adds up: usage and what was brought forward are paid by credits, asked for
 * or carried forward; and what it asks for and counted is what its event says.
 */
export function recountInvoiceContents(
  session: Session,
  uuids: readonly string[],
): Promise<CountRow[]> {
  return session.read(
    `with own as (
       select * from invoices where account_id = any($1::uuid[]) and kind <> 'imported'
     ), lines as (
       select account_id, invoice_id, sum(unbilled)::bigint as unbilled
       from invoice_lines where account_id = any($1::uuid[]) group by account_id, invoice_id
     ), credits as (
       select account_id, invoice_id, sum(amount)::bigint as amount,
         coalesce(sum(amount) filter (where source = 'invoice'), 0)::bigint as own
       from invoice_credits where account_id = any($1::uuid[]) group by account_id, invoice_id
     ), notes as (
       select account_id, invoice_id, sum(from_due)::bigint as from_due
       from credit_notes where account_id = any($1::uuid[]) group by account_id, invoice_id
     ), events as (
       select account_id, payload -> 'event' ->> 'invoiceId' as invoice_id, event_id,
         (payload -> 'event' ->> 'tax')::bigint as tax,
         (select coalesce(sum((part ->> 'amount')::bigint), 0)::bigint
          from jsonb_array_elements(payload -> 'event' -> 'net') part) as net,
         (select coalesce(sum((part ->> 'amount')::bigint), 0)::bigint
          from jsonb_array_elements(payload -> 'event' -> 'credits') part) as credits
       from billing_events where account_id = any($1::uuid[]) and kind = 'invoice_issued'
     )
     select account_id as "accountId", 'invoice ' || invoice_id || ' ' || what as which, stored,
       recounted
     from own i
     full join events e using (account_id, invoice_id)
     left join lines l using (account_id, invoice_id)
     left join credits c using (account_id, invoice_id)
     left join notes n using (account_id, invoice_id)
     cross join lateral (values
       ('amount', i.amount, e.net + e.tax),
       ('tax in all', i.tax, e.tax),
       ('event', i.issued_event_id, e.event_id),
       ('credits', coalesce(c.own, 0), e.credits),
       ('credited', i.credited, coalesce(n.from_due, 0)),
       ('lines', coalesce(l.unbilled, 0) + i.brought_forward,
         coalesce(c.amount, 0) + i.amount - i.tax + i.carried_forward)
     ) as v (what, stored, recounted)
     where stored is distinct from recounted
     order by account_id, which`,
    [uuids],
  );
}

/** Numbers without gaps (R46): as many as the last one says, from 1 on. */
export async function recountSeries(session: Session): Promise<CountRow[]> {
  const rows = await session.read<Omit<CountRow, 'accountId'>>(
    `with given as (
       select series, sequence from invoices where series is not null
       union all select series, sequence from credit_notes
     ), counted as (
       select series, count(*) as numbers, max(sequence) as last, min(sequence) as first
       from given group by series
     )
     select 'series ' || series || ' ' || what as which, stored, recounted
     from invoice_series s full join counted c using (series)
     cross join lateral (values
       ('last', s.last, coalesce(c.last, 0)),
       ('numbers', s.last, coalesce(c.numbers, 0)),
       ('first', coalesce(c.first, 1), 1::bigint)
     ) as v (what, stored, recounted)
     where stored is distinct from recounted
     order by which`,
    [],
  );
  return rows.map((row) => ({ ...row, accountId: houseId }));
}
