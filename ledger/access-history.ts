import type { AccessFacts } from '../domain/access.ts';
import type { Account, AccountId, Balances, CreditLot, OpenInvoice } from '../domain/account.ts';
import { changeOf, type Book, type Transfer } from '../domain/bookkeeping.ts';
import { lotsAfterHold, type Hold, type Reserved } from '../domain/holds.ts';
import { micros, subtract, sum, totalOf, ZERO } from '../domain/money.ts';
import { uuidOf } from './account-id.ts';
import { readLots } from './account-rows.ts';
import { instant } from './columns.ts';
import type { Ledger, Session } from './database.ts';
import { readHoldsAt } from './hold-rows.ts';
import { pausesOf } from './invoice-rows.ts';

/** A moment of an account's life: its last billing event, and the last thing done to its holds. */
export interface Moment {
  readonly version: number;
  readonly holdVersion: number;
}

/**
 * The facts at a past instant of the account's own time, rebuilt from what was recorded; undefined
 * where there was no such account yet.
 */
export async function readAccessFactsAt(
  ledger: Ledger,
  accountId: AccountId,
  atMs: number,
): Promise<AccessFacts | undefined> {
  const uuid = uuidOf(accountId);
  return ledger.snapshot(async (session) => {
    const moment = await momentAt(session, uuid, atMs);
    const [account, card] = await Promise.all([
      readSettings(session, uuid, 'valid_from <= $2', [instant(atMs)]),
      readCardLastDay(session, uuid, 'valid_from <= $2', [instant(atMs)]),
    ]);
    return account && rebuild(session, uuid, { ...moment, atMs }, account, card);
  });
}

/**
 * The facts that a hold was admitted from, exactly, whatever the clocks of the processes were:
 * `decideAccess` decides from them, at `openedAtMs` and by the recorded policy, as it did then.
 */
export async function readAccessFactsOf(
  ledger: Ledger,
  accountId: AccountId,
  { admittedBy, openedAtMs: atMs }: Pick<Hold, 'admittedBy' | 'openedAtMs'>,
): Promise<AccessFacts> {
  const uuid = uuidOf(accountId);
  const moment = { version: admittedBy.version, holdVersion: admittedBy.holdVersion - 1 };
  const before = 'version <= $2 and hold_version <= $3';
  const order = [moment.version, moment.holdVersion];
  return ledger.snapshot(async (session) => {
    const [account, card] = await Promise.all([
      readSettings(session, uuid, before, order),
      readCardLastDay(session, uuid, before, order),
    ]);
    if (account === undefined) throw new Error(`${accountId} has no settings on record`);
    return rebuild(session, uuid, { ...moment, atMs }, account, card);
  });
}

/** The moment that an instant of the account’s own time falls into. */
export async function momentAt(session: Session, uuid: string, atMs: number): Promise<Moment> {
  const [row] = await session.read<Moment>(
    `select
       (select coalesce(max(event_id), 0) from billing_events
        where account_id = $1 and occurred_at <= $2) as version,
       greatest(
         (select max(admitted_hold_version) from holds where account_id = $1 and opened_at <= $2),
         (select max(ended_hold_version) from holds where account_id = $1 and ended_at <= $2),
         (select max(hold_version) from hold_extensions
          where account_id = $1 and extended_at <= $2),
         0
       ) as "holdVersion"`,
    [uuid, instant(atMs)],
  );
  return { version: row?.version ?? 0, holdVersion: row?.holdVersion ?? 0 };
}

/** The account as it was set up last, of those of its versions that fulfil the condition. */
async function readSettings(
  session: Session,
  uuid: string,
  condition: string,
  values: readonly unknown[],
): Promise<Account | undefined> {
  const [row] = await session.read<{ account: Account }>(
    `select account from account_versions where account_id = $1 and ${condition}
     order by seq desc limit 1`,
    [uuid, ...values],
  );
  return row?.account;
}

async function readCardLastDay(
  session: Session,
  uuid: string,
  condition: string,
  values: readonly unknown[],
): Promise<number | null> {
  const [row] = await session.read<{ usableUntilMs: number | null }>(
    `select usable_until as "usableUntilMs" from card_versions
     where account_id = $1 and ${condition} order by seq desc limit 1`,
    [uuid, ...values],
  );
  return row?.usableUntilMs ?? null;
}

async function rebuild(
  session: Session,
  uuid: string,
  { atMs, ...moment }: Moment & { readonly atMs: number },
  account: Account,
  cardUsableUntilMs: number | null,
): Promise<AccessFacts> {
  const [books, lots, openInvoices, holds] = await Promise.all([
    readBooksAt(session, uuid, moment.version),
    readLotsAt(session, uuid, moment.version),
    readInvoicesAt(session, uuid, moment.version, atMs),
    readHoldsAt(session, uuid, moment.holdVersion),
  ]);
  const balances: Balances = {
    ...books,
    ...moment,
    held: sum(...holds.map((hold) => totalOf(hold.lots))),
    heldPostpaid: sum(...holds.map(({ postpaid }) => postpaid)),
  };
  return {
    account,
    balances,
    openInvoices,
    cardUsableUntilMs,
    lots: withHolds(lots, holds).filter(({ remaining }) => remaining > 0),
  };
}

function withHolds(lots: readonly CreditLot[], holds: readonly Reserved[]): readonly CreditLot[] {
  const nothing: Reserved = { lots: [], postpaid: ZERO };
  return holds.reduce((before, hold) => lotsAfterHold(before, nothing, hold), lots);
}

type MovedRow = Pick<Transfer, 'debitBook' | 'creditBook' | 'amount'>;

/** What each of the account's books held right after one of its events. */
async function readBooksAt(
  session: Session,
  uuid: string,
  version: number,
): Promise<Omit<Balances, keyof Moment | 'held' | 'heldPostpaid'>> {
  const moved = await session.read<MovedRow>(
    `select debit_book as "debitBook", credit_book as "creditBook", sum(amount)::bigint as amount
     from transfers where account_id = $1 and event_id <= $2 group by debit_book, credit_book`,
    [uuid, version],
  );
  const between = (debitBook: Book, creditBook: Book) =>
    moved.find((row) => row.debitBook === debitBook && row.creditBook === creditBook)?.amount ??
    ZERO;
  const transfers = moved.map((row) => ({ ...row, lotId: null, period: null, invoiceId: null }));
  return {
    purchased: changeOf('purchased', transfers),
    free: changeOf('free', transfers),
    refundsDue: changeOf('refunds_due', transfers),
    unbilled: changeOf('unbilled', transfers),
    invoiced: changeOf('invoiced', transfers),
    invoicedTax: changeOf('invoiced_tax', transfers),
    lifetimePaid: subtract(
      sum(between('processor', 'purchased'), between('processor', 'invoiced')),
      between('revenue', 'refunds_due'),
    ),
  };
}

/** The lots with what remained of each, nothing of it held. */
async function readLotsAt(session: Session, uuid: string, version: number): Promise<CreditLot[]> {
  const [lots, moved] = await Promise.all([
    readLots(session, uuid),
    session.read<{ lotId: number; remaining: number }>(
      `select lot_id as "lotId", sum(
         case when credit_book in ('purchased', 'free') then amount else -amount end
       )::bigint as remaining
       from transfers where account_id = $1 and event_id <= $2 and lot_id is not null
       group by lot_id`,
      [uuid, version],
    ),
  ]);
  const remainingOf = new Map(moved.map(({ lotId, remaining }) => [lotId, remaining]));
  return lots.map((lot) => {
    return { ...lot, remaining: micros(remainingOf.get(lot.lotId) ?? 0), held: ZERO };
  });
}

/** Invoices with what was still due of each, and how far their collection was. */
function readInvoicesAt(
  session: Session,
  uuid: string,
  version: number,
  atMs: number,
): Promise<OpenInvoice[]> {
  return session.read(
    `select invoice_id as "invoiceId", number, moved.due, moved.due_tax as "dueTax",
       i.charge_at as "chargeAtMs", due_at as "dueAtMs",
       ${pausesOf('i', 'from_at <= $3')} as pauses,
       case when plan_id is null then c.charge_at else plan.next_charge_at end as "nextChargeAtMs"
     from (
       select invoice_id,
         sum(case when debit_book in ('invoiced', 'invoiced_tax') then amount else -amount end
           )::bigint as due,
         coalesce(sum(case when debit_book = 'invoiced_tax' then amount else -amount end)
           filter (where debit_book = 'invoiced_tax' or credit_book = 'invoiced_tax'), 0
           )::bigint as due_tax
       from transfers where account_id = $1 and event_id <= $2 and invoice_id is not null
       group by invoice_id
     ) moved join invoices i using (invoice_id)
       left join collections c using (account_id, invoice_id)
       left join lateral (
         select plan_id, next_charge_at from collection_plans p
         where p.account_id = c.account_id and p.invoice_id = c.invoice_id and decided_at <= $3
         order by plan_id desc limit 1
       ) plan on true
     where account_id = $1 and moved.due > 0 order by due_at, invoice_id`,
    [uuid, version, instant(atMs)],
  );
}
