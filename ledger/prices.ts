import { decidePrices, pricesGone, priceCopyMaximumAgeMs } from '../domain/price-change.ts';
import type { NewPrice, PriceChanges, WantedPrice } from '../domain/price-change.ts';
import { entriesOf, priceBookOf, type PriceBook, type PriceKey } from '../domain/price.ts';
import { houseId } from './account-id.ts';
import { insertAudit } from './audit.ts';
import { columnsOf, instant } from './columns.ts';
import type { Ledger, Session } from './database.ts';
import { readPriceRows, readPriceRowsAfter, type RecordedPrice } from './price-rows.ts';

/** Every price there ever was, read now. Programs that charge read {@link openPrices} instead. */
export async function readPriceBook(ledger: Ledger): Promise<PriceBook> {
  return priceBookOf(await readPriceRows(ledger));
}

/** Where a program that charges learns what things cost. */
export interface Prices {
  /**
   * The price book, as read from the ledger at most 20 seconds ago; read anew where one of the keys
   * `needed` has no price in the copy. @throws LedgerUnavailable; an older copy is never used.
   */
  read(needed?: readonly PriceKey[]): Promise<PriceBook>;
}

/** A model nobody sells must not cost a query each time somebody asks for it. */
const minimumAgeMs = 1_000;

/**
 * Keeps a copy of the price book for one process (B15). What makes a copy of 20 seconds exact, and
 * not nearly so: a change takes effect a minute after it is recorded at the earliest, which the
 * table itself demands, so that no copy lacks an entry that is in force. A first price may hold at
 * once; a copy that lacks it has none for that key, and is read anew, at most once a second.
 */
export function openPrices(
  ledger: Ledger,
  { elapsedMs = () => performance.now() }: { readonly elapsedMs?: () => number } = {},
): Prices {
  // The age counts from before the question was sent: what was recorded since may be missing.
  let copy: { readonly readAtMs: number; readonly book: Promise<PriceBook> } | undefined;
  const readBook = (maximumAgeMs: number): Promise<PriceBook> => {
    const nowMs = elapsedMs();
    if (copy === undefined || nowMs - copy.readAtMs > maximumAgeMs) {
      const book = readPriceBook(ledger);
      const mine = { readAtMs: nowMs, book };
      copy = mine;
      book.catch(() => {
        if (copy === mine) copy = undefined;
      });
    }
    return copy.book;
  };
  return {
    async read(needed = []) {
      const book = await readBook(priceCopyMaximumAgeMs);
      const isLacking = needed.some((key) => entriesOf(book, key).length === 0);
      return isLacking ? readBook(minimumAgeMs) : book;
    },
  };
}

export interface PriceRevision {
  readonly wanted: readonly WantedPrice[];
  /** Which list or person they come from: "litellm:together_ai", "operator". */
  readonly source: string;
  /** Whether prices of the same source that are not among the wanted end. */
  readonly endsGone: boolean;
  /** Null: as soon as may be; see `decidePrices`. */
  readonly effectiveFromMs: number | null;
  readonly nowMs: number;
}

export interface PriceRevisionOutcome extends PriceChanges {
  /** Of the same source, still sold, and not among the wanted. */
  readonly gone: readonly RecordedPrice[];
}

/** What {@link recordPrices} would do now. */
export async function previewPrices(
  ledger: Ledger,
  revision: PriceRevision,
): Promise<PriceRevisionOutcome> {
  return revise(await readPriceRows(ledger), revision);
}

/** Any number that no other program on the database uses as an advisory lock. */
const pricesLock = 7_364_120_255_164;

/**
 * Adds what differs from the price book, in one transaction: all of it, or, where one price is
 * refused, nothing. No price is ever changed; the same revision again adds nothing.
 */
export async function recordPrices(
  ledger: Ledger,
  revision: PriceRevision & { readonly actor: string },
): Promise<PriceRevisionOutcome> {
  return ledger.transaction(async (session) => {
    // Two revisions at once would each decide without the other.
    session.write('select pg_advisory_xact_lock($1)', [pricesLock]);
    const outcome = revise(await readPriceRows(session), revision);
    const prices = [...outcome.added, ...outcome.changed];
    if (outcome.refused.length > 0 || prices.length === 0) return outcome;
    insertPrices(session, prices, revision.source);
    const { actor, source, nowMs } = revision;
    const detail = { source, added: outcome.added.length, changed: outcome.changed.length };
    const entry = { actor, action: 'prices.record', detail, occurredAtMs: nowMs };
    insertAudit(session, [{ accountId: houseId, ...entry }]);
    return outcome;
  });
}

function revise(
  rows: readonly RecordedPrice[],
  { wanted, source, endsGone, effectiveFromMs, nowMs }: PriceRevision,
): PriceRevisionOutcome {
  const gone = pricesGone(rows, wanted, { source, atMs: effectiveFromMs ?? nowMs });
  const ended = gone.map(({ currency, model, meter }) => ({ currency, model, meter, rate: null }));
  const all = endsGone ? [...wanted, ...ended] : wanted;
  return { ...decidePrices(priceBookOf(rows), all, { nowMs, effectiveFromMs }), gone };
}

function insertPrices(session: Session, prices: readonly NewPrice[], source: string): void {
  session.write(
    `insert into prices (currency, model, meter, amount, per, tiers, effective_from, source)
     select *, $8 from unnest($1::text[], $2::text[], $3::text[], $4::numeric[], $5::integer[],
       $6::jsonb[], $7::timestamptz[])`,
    [
      ...columnsOf(
        prices,
        (row) => row.currency,
        (row) => row.model,
        (row) => row.meter,
        (row) => row.rate?.amount ?? null,
        (row) => row.rate?.per ?? null,
        (row) => JSON.stringify(row.rate?.tiers ?? []),
        (row) => instant(row.effectiveFromMs),
      ),
      source,
    ],
  );
}

export interface PricePage {
  readonly prices: readonly RecordedPrice[];
  /** Hand it in for the next page; null on the last one. */
  readonly nextCursor: string | null;
}

/**
 * One page of all prices by currency, model, meter and the instant they take effect; of one model
 * only where it is named. A cursor that is no number gives the first page.
 */
export async function listPrices(
  ledger: Ledger,
  input: {
    readonly model: string | null;
    readonly cursor: string | null;
    readonly limit: number;
  },
): Promise<PricePage> {
  const { model, cursor, limit } = input;
  const after = cursor !== null && /^\d{1,9}$/.test(cursor) ? Number(cursor) : null;
  const rows = await readPriceRowsAfter(ledger, { model, after, limit: limit + 1 });
  const prices = rows.slice(0, limit);
  const nextCursor = rows.length > limit ? String(prices.at(-1)?.priceId ?? '') : null;
  return { prices, nextCursor };
}
