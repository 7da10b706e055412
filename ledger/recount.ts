import type { AccountId } from '../domain/account.ts';
import type { Session } from './database.ts';

/** One number that is not what the transfers add up to. */
export interface CountRow {
  readonly accountId: AccountId;
  /** "purchased", "lot 3", "unbilled 2026-11", … */
  readonly which: string;
  /** Null where there is no row. */
  readonly stored: number | null;
  readonly recounted: number | null;
}

/** Transfers into an account's book less those out of it: liabilities grow by credits. */
const netOf = (book: string, grows: 'credit' | 'debit') => `
  coalesce(sum(case when ${grows}_book = '${book}' then amount else 0 end), 0)
  - coalesce(sum(case when ${grows === 'credit' ? 'debit' : 'credit'}_book = '${book}'
      then amount else 0 end), 0)`;

/** Balances, lifetime spend and version against transfers, lots and events. */
export function recountBalances(session: Session, uuids: readonly string[]): Promise<CountRow[]> {
  return session.read(
    `with moved as (
       select account_id, ${netOf('purchased', 'credit')} as purchased,
         ${netOf('free', 'credit')} as free, ${netOf('refunds_due', 'credit')} as refunds_due,
         ${netOf('unbilled', 'debit')} as unbilled, ${netOf('invoiced', 'debit')} as invoiced,
         ${netOf('invoiced_tax', 'debit')} as invoiced_tax,
         coalesce(sum(amount) filter (
           where debit_book = 'processor' and credit_book in ('purchased', 'invoiced')), 0)
         - coalesce(sum(amount) filter (
           where debit_book = 'revenue' and credit_book = 'refunds_due'), 0) as lifetime_paid
       from transfers where account_id = any($1::uuid[]) group by account_id
     ), counted as (
       select account_id, count(*) as events, max(event_id) as last
       from billing_events where account_id = any($1::uuid[]) group by account_id
     ), reserved as (
       select account_id, sum(held) as held
       from lots where account_id = any($1::uuid[]) group by account_id
     ), allowed as (
       select account_id, sum(postpaid) as postpaid from holds
       where account_id = any($1::uuid[]) and state = 'open' group by account_id
     ), asked as (
       select account_id, sum(due - due_tax) as due, sum(due_tax) as tax from invoices
       where account_id = any($1::uuid[]) and state in ('open', 'uncollectible')
       group by account_id
     )
     select account_id as "accountId", which, stored, recounted
     from accounts a
     left join balances b using (account_id)
     left join moved m using (account_id)
     left join counted c using (account_id)
     left join reserved r using (account_id)
     left join allowed p using (account_id)
     left join asked i using (account_id)
     cross join lateral (values
       ('purchased', b.purchased, coalesce(m.purchased, 0)::bigint),
       ('free', b.free, coalesce(m.free, 0)::bigint),
       ('refunds_due', b.refunds_due, coalesce(m.refunds_due, 0)::bigint),
       ('unbilled', b.unbilled, coalesce(m.unbilled, 0)::bigint),
       ('invoiced', b.invoiced, coalesce(m.invoiced, 0)::bigint),
       ('invoiced_tax', b.invoiced_tax, coalesce(m.invoiced_tax, 0)::bigint),
       ('lifetime_paid', b.lifetime_paid,
         coalesce(m.lifetime_paid, 0)::bigint),
       ('held', b.held, coalesce(r.held, 0)::bigint),
       ('held_postpaid', b.held_postpaid, coalesce(p.postpaid, 0)::bigint),
       ('invoices', b.invoiced, coalesce(i.due, 0)::bigint),
       ('tax on invoices', b.invoiced_tax, coalesce(i.tax, 0)::bigint),
       ('version', b.version, coalesce(c.last, 0)),
       ('events', coalesce(c.last, 0), coalesce(c.events, 0))
     ) as v (which, stored, recounted)
     where account_id = any($1::uuid[]) and stored is distinct from recounted
     order by account_id, which`,
    [uuids],
  );
}

/** What remains of each lot; credits of a lot move through the book of its kind only. */
export function recountLots(session: Session, uuids: readonly string[]): Promise<CountRow[]> {
  return session.read(
    `with moved as (
       select account_id, lot_id, book as kind,
         sum(case when book = credit_book then amount else -amount end)::bigint as remaining
       from transfers
       cross join lateral unnest(array[debit_book, credit_book]) as b (book)
       where account_id = any($1::uuid[]) and book in ('purchased', 'free')
       group by account_id, lot_id, book
     ), stored as (
       select account_id, lot_id, kind, remaining from lots where account_id = any($1::uuid[])
     )
     select account_id as "accountId", 'lot ' || lot_id as which,
       s.remaining as stored, m.remaining as recounted
     from stored s full join moved m using (account_id, lot_id, kind)
     where s.remaining is distinct from m.remaining
     order by account_id, lot_id`,
    [uuids],
  );
}

/** What open holds reserved of each lot, against what the lot says is reserved. */
export function recountHolds(session: Session, uuids: readonly string[]): Promise<CountRow[]> {
  return session.read(
    `with reserved as (
       select account_id, (part ->> 0)::bigint as lot_id, sum((part ->> 1)::bigint)::bigint as held
       from holds cross join lateral jsonb_array_elements(lots) as p (part)
       where account_id = any($1::uuid[]) and state = 'open'
       group by account_id, lot_id
     ), stored as (
       select account_id, lot_id, held from lots where account_id = any($1::uuid[])
     )
     select account_id as "accountId", 'lot ' || lot_id || ' held' as which,
       s.held as stored, r.held as recounted
     from stored s full join reserved r using (account_id, lot_id)
     where coalesce(s.held, 0) <> coalesce(r.held, 0)
     order by account_id, lot_id`,
    [uuids],
  );
}

/** Compares each month's unbilled total with its transfers. */
export function recountUnbilledPeriods(
  session: Session,
  uuids: readonly string[],
): Promise<CountRow[]> {
  return session.read(
    `with moved as (
       select account_id, period,
         sum(case when debit_book = 'unbilled' then amount else -amount end)::bigint as amount
       from transfers where account_id = any($1::uuid[]) and period is not null
       group by account_id, period
     ), stored as (
       select account_id, period, amount from unbilled_periods where account_id = any($1::uuid[])
     )
     select account_id as "accountId", 'unbilled ' || period as which,
       s.amount as stored, m.amount as recounted
     from stored s full join moved m using (account_id, period)
     where coalesce(s.amount, 0) <> coalesce(m.amount, 0)
     order by account_id, period`,
    [uuids],
  );
}

/** Receipts are numbered without gaps, and each stands for one lot that a purchase made. */
export function recountReceipts(session: Session, uuids: readonly string[]): Promise<CountRow[]> {
  return session.read(
    `with given as (
       select account_id, count(receipt_sequence) as receipts, max(receipt_sequence) as last
       from purchases where account_id = any($1::uuid[]) group by account_id
     ), made as (
       select account_id, count(*) as packs from billing_events e
       where account_id = any($1::uuid[]) and kind = 'pack_purchased' and exists (
         select from purchases p where p.account_id = e.account_id and p.lot_id = e.event_id
           and p.purchase_id = e.payload -> 'event' ->> 'purchaseId'
           and p.charge_id = e.payload -> 'event' ->> 'chargeId'
           and p.receipt_number = e.payload -> 'event' ->> 'receiptNumber'
       )
       group by account_id
     ), sold as (
       select account_id, count(*) as packs from billing_events
       where account_id = any($1::uuid[]) and kind = 'pack_purchased' group by account_id
     )
     select account_id as "accountId", which, stored, recounted
     from unnest($1::uuid[]) as a (account_id)
     left join given using (account_id)
     left join made using (account_id)
     left join sold using (account_id)
     cross join lateral (values
       ('last receipt', coalesce(given.last, 0)::bigint, coalesce(sold.packs, 0)),
       ('receipts', coalesce(given.receipts, 0), coalesce(sold.packs, 0)),
       ('purchases of packs', coalesce(made.packs, 0), coalesce(sold.packs, 0))
     ) as v (which, stored, recounted)
     where stored <> recounted
     order by account_id, which`,
    [uuids],
  );
}
