import type { Session } from './database.ts';
import type { CountRow } from './recount.ts';

/**
 * What each invoice counts as paid and forgiven, and what its payments say was charged, against the
 * billing events; and each account's allowance against what is due of what was written off.
 */
export function recountInvoicePayments(
  session: Session,
  uuids: readonly string[],
): Promise<CountRow[]> {
  return session.read(
    `with events as (
       select account_id, kind, payload -> 'event' as event
       from billing_events
       where account_id = any($1::uuid[]) and kind in ('invoice_paid', 'debt_forgiven')
     ), settled as (
       select account_id, event ->> 'invoiceId' as invoice_id,
         sum((event -> 'paid' ->> 'net')::bigint + (event -> 'paid' ->> 'tax')::bigint)
           filter (where kind = 'invoice_paid')::bigint as paid,
         sum((event ->> 'excess')::bigint) filter (where kind = 'invoice_paid')::bigint as excess,
         sum((event -> 'amount' ->> 'net')::bigint + (event -> 'amount' ->> 'tax')::bigint)
           filter (where kind = 'debt_forgiven')::bigint as forgiven
       from events group by 1, 2
     ), charged as (
       select account_id, invoice_id, sum(amount)::bigint as amount
       from invoice_payments where account_id = any($1::uuid[]) and state = 'succeeded'
       group by 1, 2
     ), allowed as (
       select account_id, sum(case when credit_book = 'allowance' then amount else -amount end)
         ::bigint as amount
       from transfers
       where account_id = any($1::uuid[]) and 'allowance' in (debit_book, credit_book) group by 1
     ), written_off as (
       select account_id, sum(due)::bigint as due from invoices
       where account_id = any($1::uuid[]) and state = 'uncollectible' group by 1
     )
     select account_id as "accountId", 'invoice ' || invoice_id || ' ' || what as which, stored,
       recounted
     from (select * from invoices where account_id = any($1::uuid[])) i
     full join settled s using (account_id, invoice_id)
     full join charged c using (account_id, invoice_id)
     cross join lateral (values
       ('paid', i.paid, coalesce(s.paid, 0)),
       ('forgiven', i.forgiven, coalesce(s.forgiven, 0)),
       ('charged', coalesce(c.amount, 0), coalesce(s.paid + s.excess, 0))
     ) as v (what, stored, recounted)
     where stored is distinct from recounted
     union all
     select account_id, 'allowance', coalesce(a.amount, 0), coalesce(w.due, 0)
     from allowed a full join written_off w using (account_id)
     where coalesce(a.amount, 0) <> coalesce(w.due, 0)
     order by 1, 2`,
    [uuids],
  );
}
