import type { AccountId, CreditLot } from '../domain/account.ts';
import type { BillingEvent } from '../domain/billing-events.ts';
import type { CurrencyCode } from '../domain/currencies.ts';
import { lotStatement, type LotMovement, type LotStatement } from '../domain/lot-statement.ts';
import { micros, ZERO } from '../domain/money.ts';
import { uuidOf } from './account-id.ts';
import { readAccounts } from './account-rows.ts';
import { momentAt } from './access-history.ts';
import type { Ledger, Session } from './database.ts';
import { readHoldsAt } from './hold-rows.ts';

export interface LotStatementPage {
  readonly currency: CurrencyCode;
  readonly lots: readonly LotStatement[];
  /** Hand it in for the next page; null on the last one. */
  readonly nextCursor: string | null;
}

type LotRow = Omit<CreditLot, 'remaining' | 'held'> & { readonly madeBy: BillingEvent };

/**
 * The account's lots as they were at an instant of its own time, in the order they were made, with
 * where the credits of each went (R66). Undefined where there is no such account.
 */
export async function readLotStatement(
  ledger: Ledger,
  input: {
    readonly accountId: AccountId;
    readonly atMs: number;
    readonly cursor: string | null;
    readonly limit: number;
  },
): Promise<LotStatementPage | undefined> {
  const { atMs, cursor, limit } = input;
  const uuid = uuidOf(input.accountId);
  const after = cursor !== null && /^\d{1,15}$/.test(cursor) ? Number(cursor) : 0;
  return ledger.snapshot(async (session) => {
    const [[account], moment] = await Promise.all([
      readAccounts(session, [uuid]),
      momentAt(session, uuid, atMs),
    ]);
    if (account === undefined) return undefined;
    const [rows, holds] = await Promise.all([
      readLotsMade(session, uuid, { after, upTo: moment.version, limit: limit + 1 }),
      readHoldsAt(session, uuid, moment.holdVersion),
    ]);
    const shown = rows.slice(0, limit);
    const moved = await readMovements(session, uuid, {
      lotIds: shown.map(({ lotId }) => lotId),
      upTo: moment.version,
    });
    const held = heldByLot(holds);
    const lots = shown.map(({ madeBy, ...row }) => {
      const lot = { ...row, remaining: row.amount, held: held.get(row.lotId) ?? ZERO };
      const frozenAtMs = frozenBy(row, atMs);
      const movements = moved.filter(({ lotId }) => lotId === row.lotId);
      return lotStatement({ ...lot, frozenAtMs }, madeBy, movements);
    });
    const last = rows.length > limit ? lots.at(-1) : undefined;
    return { currency: account.currency, lots, nextCursor: last ? String(last.lotId) : null };
  });
}

function frozenBy({ frozenAtMs }: Pick<LotRow, 'frozenAtMs'>, atMs: number): number | null {
  return frozenAtMs !== null && frozenAtMs <= atMs ? frozenAtMs : null;
}

function heldByLot(holds: Awaited<ReturnType<typeof readHoldsAt>>) {
  const held = new Map<number, ReturnType<typeof micros>>();
  for (const { lotId, amount } of holds.flatMap(({ lots }) => lots)) {
    held.set(lotId, micros((held.get(lotId) ?? 0) + amount));
  }
  return held;
}

/** In the order of their ids, that of the events that made them. */
function readLotsMade(
  session: Session,
  uuid: string,
  { after, upTo, limit }: { readonly after: number; readonly upTo: number; readonly limit: number },
): Promise<LotRow[]> {
  return session.read(
    `select l.lot_id as "lotId", l.kind, l.amount, l.scope, l.acquired_at as "acquiredAtMs",
       l.expires_at as "expiresAtMs", l.frozen_at as "frozenAtMs", e.payload -> 'event' as "madeBy"
     from lots l join billing_events e on e.account_id = l.account_id and e.event_id = l.lot_id
     where l.account_id = $1 and l.lot_id > $2 and l.lot_id <= $3 order by l.lot_id limit $4`,
    [uuid, after, upTo, limit],
  );
}

/** What moved each lot's credits, but for the transfer that made it. */
function readMovements(
  session: Session,
  uuid: string,
  { lotIds, upTo }: { readonly lotIds: readonly number[]; readonly upTo: number },
): Promise<(LotMovement & { readonly lotId: number })[]> {
  return session.read(
    `select t.lot_id as "lotId", e.kind, t.debit_book as "debitBook",
       t.credit_book as "creditBook", sum(t.amount)::bigint as amount
     from transfers t join billing_events e using (account_id, event_id)
     where t.account_id = $1 and t.event_id <= $2 and t.lot_id = any($3::bigint[])
       and not (t.event_id = t.lot_id and t.credit_book in ('purchased', 'free'))
     group by t.lot_id, e.kind, t.debit_book, t.credit_book`,
    [uuid, upTo, lotIds],
  );
}
