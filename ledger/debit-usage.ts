import type { AccountId } from '../domain/account.ts';
import type { UsageLine } from '../domain/billing-events.ts';
import type { CurrencyCode } from '../domain/currencies.ts';
import type { PriceEntry } from '../domain/price.ts';
import type { RecordedEntry } from '../domain/statement.ts';
import type { RecordedUsage } from '../domain/usage.ts';
import { unpackQuantities } from '../domain/usage-quantities.ts';
import { uuidOf } from './account-id.ts';
import { readAccounts } from './account-rows.ts';
import type { Ledger, Session } from './database.ts';
import { readPriceRows } from './price-rows.ts';
import { readEntry } from './statement.ts';

/** A charge of usage, and what it was charged for. */
export interface DebitUsage {
  readonly currency: CurrencyCode;
  readonly entry: RecordedEntry;
  /** What its quantities at each price and month come to; none where a cost was told as it is. */
  readonly lines: readonly UsageLine[];
  /** One page of the usage events behind it; their quantities add up to those of the lines. */
  readonly usage: readonly RecordedUsage[];
  /** Hand it in for the next page; null on the last one. */
  readonly nextCursor: string | null;
  /** The prices that lines and usage name. */
  readonly prices: ReadonlyMap<number, PriceEntry>;
}

/**
 * The usage behind a debit, in the order of the events' keys (R66). Undefined where the account has
 * no charge of usage of that id. A cursor that is none gives the first page.
 */
export async function readDebitUsage(
  ledger: Ledger,
  input: {
    readonly accountId: AccountId;
    readonly eventId: number;
    readonly cursor: string | null;
    readonly limit: number;
  },
): Promise<DebitUsage | undefined> {
  const { eventId, cursor, limit } = input;
  const uuid = uuidOf(input.accountId);
  const after = cursor !== null && uuidPattern.test(cursor) ? cursor : null;
  return ledger.snapshot(async (session) => {
    const [[account], entry, rows, prices] = await Promise.all([
      readAccounts(session, [uuid]),
      readEntry(session, uuid, eventId),
      readUsageOf(session, uuid, { eventId, after, limit: limit + 1 }),
      readPriceRows(session),
    ]);
    if (account === undefined || entry?.event.kind !== 'usage_charged') return undefined;
    const usage = rows.slice(0, limit);
    const last = rows.length > limit ? usage.at(-1) : undefined;
    return {
      currency: account.currency,
      entry,
      lines: entry.event.charges.flatMap(({ lines = [] }) => lines),
      usage,
      nextCursor: last?.usageKey ?? null,
      prices: new Map(prices.map((price) => [price.priceId, price])),
    };
  });
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface UsageRow extends Pick<RecordedUsage, 'usageKey' | 'occurredAtMs'> {
  readonly packed: Uint8Array;
}

/** By the key of the table: an index by event would cost more room than the rows may take. */
async function readUsageOf(
  session: Session,
  uuid: string,
  { eventId, after, limit }: { eventId: number; after: string | null; limit: number },
): Promise<RecordedUsage[]> {
  const rows = await session.read<UsageRow>(
    `select usage_key::text as "usageKey", occurred_at as "occurredAtMs", quantities as packed
     from usage_events
     where account_id = $1 and event_id = $2 and ($3::uuid is null or usage_key > $3)
     order by usage_key limit $4`,
    [uuid, eventId, after, limit],
  );
  return rows.map(({ packed, ...row }) => ({ ...row, quantities: unpackQuantities(packed) }));
}
