import type { AccountId } from '../domain/account.ts';
import type { UsageCharged } from '../domain/billing-events.ts';
import { quantity } from '../domain/meter.ts';
import { sum } from '../domain/money.ts';
import { periodOf } from '../domain/period.ts';
import { amountOf, priceBookOf, type PriceBook } from '../domain/price.ts';
import {
  addPostings,
  postingName,
  postingsOf,
  type UsagePosting,
} from '../domain/usage-postings.ts';
import { unpackQuantities } from '../domain/usage-quantities.ts';
import { totalName } from '../domain/usage-tally.ts';
import type { Session } from './database.ts';
import { readPriceRows } from './price-rows.ts';
import type { CountRow } from './recount.ts';

/**
 * Usage events against what was charged for them, line by line; running totals against the charges
 * they are made of; and each price's month against one rounding of its whole (R66, R69). Reads
 * charge by charge, so that the memory it takes does not grow with the events.
 */
export async function recountUsage(
  session: Session,
  uuids: readonly string[],
): Promise<CountRow[]> {
  const book = priceBookOf(await readPriceRows(session));
  const postings = new Map<string, Posted>();
  const differences: CountRow[] = [];
  for await (const charge of readCharges(session, uuids)) {
    differences.push(...recountLines(charge));
    if (charge.event !== null) addTo(postings, charge.accountId, charge.event, charge.chargedAtMs);
  }
  for (const { accountId, posting } of await readCorrections(session, uuids)) {
    addPosting(postings, accountId, posting);
  }
  const stored = await readPostings(session, uuids);
  return [...differences, ...comparePostings(stored, postings), ...compareCosts(stored, book)];
}

interface ChargeRow {
  readonly accountId: AccountId;
  readonly eventId: number;
  /** Null where usage rows name an event that there is not. */
  readonly event: UsageCharged | null;
  readonly chargedAtMs: number;
  /** The usage rows of the event: packed quantities in hex, and when they were used. */
  readonly usage: readonly (readonly [packed: string, occurredAtMs: number])[] | null;
}

const chargesInPage = 500;

async function* readCharges(session: Session, uuids: readonly string[]): AsyncGenerator<ChargeRow> {
  await session.read(
    `declare usage_charges no scroll cursor for
     select account_id as "accountId", event_id as "eventId", event,
       coalesce(occurred_at, to_timestamp(0)) as "chargedAtMs", usage
     from (
       select account_id, event_id, occurred_at, payload -> 'event' as event
       from billing_events where account_id = any($1::uuid[]) and kind = 'usage_charged'
     ) e full join (
       select account_id, event_id::bigint as event_id, jsonb_agg(jsonb_build_array(
         encode(quantities, 'hex'), (extract(epoch from occurred_at) * 1000)::bigint)) as usage
       from usage_events where account_id = any($1::uuid[]) group by account_id, event_id
     ) u using (account_id, event_id)`,
    [uuids],
  );
  for (;;) {
    const page = await session.read<ChargeRow>(`fetch ${chargesInPage} from usage_charges`);
    if (page.length === 0) break;
    yield* page;
  }
  await session.read('close usage_charges');
}

/** What the rows of an event used at each price and month, against its lines. */
function recountLines({ accountId, eventId, event, usage }: ChargeRow): CountRow[] {
  const used = new Map<string, number>();
  for (const [packed, occurredAtMs] of usage ?? []) {
    const period = periodOf(occurredAtMs);
    for (const row of unpackQuantities(Buffer.from(packed, 'hex'))) {
      const name = totalName({ priceId: row.priceId, period });
      used.set(name, (used.get(name) ?? 0) + row.quantity);
    }
  }
  const charges = event?.charges ?? [];
  const lines = charges.flatMap((charge) => charge.lines ?? []);
  const charged = new Map(lines.map((line) => [totalName(line), line.quantity]));
  const about = (which: string) => `event ${eventId}, ${which}`;
  const quantities = differencesOf(charged, used).map((row) => ({ accountId, ...row }));
  const costs = charges.flatMap(({ model, cost, lines: own }) => {
    const total = own === undefined ? cost : sum(...own.map(({ amount }) => amount));
    const which = about(`cost of ${model ?? 'no model'}`);
    return total === cost ? [] : [{ accountId, which, stored: cost, recounted: total }];
  });
  return [
    ...(event === null
      ? [{ accountId, which: about('of usage'), stored: null, recounted: usage?.length ?? 0 }]
      : []),
    ...quantities.map((row) => ({ ...row, which: about(`price and month ${row.which}`) })),
    ...costs,
  ];
}

type Posted = UsagePosting & { readonly accountId: AccountId };

function addTo(
  postings: Map<string, Posted>,
  accountId: AccountId,
  event: UsageCharged,
  chargedAtMs: number,
): void {
  for (const posting of postingsOf(event, chargedAtMs)) addPosting(postings, accountId, posting);
}

function addPosting(
  postings: Map<string, Posted>,
  accountId: AccountId,
  posting: UsagePosting,
): void {
  const name = `${accountId} ${postingName(posting)}`;
  const before = postings.get(name);
  const after = before === undefined ? posting : addPostings(before, posting);
  postings.set(name, { accountId, ...after });
}

/** What corrections took from running totals. */
function readCorrections(
  session: Session,
  uuids: readonly string[],
): Promise<{ readonly accountId: AccountId; readonly posting: UsagePosting }[]> {
  return session.read(
    `select account_id as "accountId", posting
     from billing_events, jsonb_array_elements(payload -> 'event' -> 'postings') posting
     where account_id = any($1::uuid[]) and kind = 'usage_corrected'`,
    [uuids],
  );
}

function readPostings(session: Session, uuids: readonly string[]): Promise<Posted[]> {
  return session.read(
    `select account_id as "accountId", usage_period as "usagePeriod", price_id as "priceId", model,
       posting_period as "postingPeriod", quantity, cost, free, purchased, unbilled,
       written_off as "writtenOff"
     from usage_postings where account_id = any($1::uuid[])`,
    [uuids],
  );
}

const counted = ['quantity', 'cost', 'free', 'purchased', 'unbilled', 'writtenOff'] as const;

function comparePostings(
  stored: readonly Posted[],
  recounted: ReadonlyMap<string, Posted>,
): CountRow[] {
  const byName = new Map(stored.map((row) => [`${row.accountId} ${postingName(row)}`, row]));
  const names = new Set([...byName.keys(), ...recounted.keys()]);
  return [...names].flatMap((name) => {
    const [is, was] = [byName.get(name), recounted.get(name)];
    const accountId = (is ?? was)?.accountId;
    if (accountId === undefined) return [];
    return counted.flatMap((column) => {
      const row = { stored: is?.[column] ?? null, recounted: was?.[column] ?? null };
      const which = `usage ${name.slice(accountId.length + 1)} ${column}`;
      return row.stored === row.recounted ? [] : [{ accountId, which, ...row }];
    });
  });
}

/** Lateness and splitting change nothing: what all months of posting charged is one rounding. */
function compareCosts(stored: readonly Posted[], book: PriceBook): CountRow[] {
  const totals = new Map<string, Posted>();
  for (const row of stored) {
    if (row.priceId === 0) continue;
    const name = `${row.accountId} ${row.usagePeriod} ${row.priceId}`;
    const before = totals.get(name);
    totals.set(name, before === undefined ? row : { ...row, ...addPostings(before, row) });
  }
  return [...totals.values()].flatMap(({ accountId, priceId, usagePeriod, ...total }) => {
    const price = book.byId.get(priceId);
    const rate = price?.rate ?? null;
    const cost =
      price === undefined || rate === null
        ? null
        : amountOf(quantity(total.quantity), { meter: price.meter, rate });
    const which = `usage ${usagePeriod} of price ${priceId} in one rounding`;
    return cost === total.cost ? [] : [{ accountId, which, stored: total.cost, recounted: cost }];
  });
}

function differencesOf(
  stored: ReadonlyMap<string, number>,
  recounted: ReadonlyMap<string, number>,
) {
  return [...new Set([...stored.keys(), ...recounted.keys()])].flatMap((which) => {
    const row = { stored: stored.get(which) ?? null, recounted: recounted.get(which) ?? null };
    return row.stored === row.recounted ? [] : [{ which, ...row }];
  });
}
