import {
  entriesOf,
  faultOfRate,
  isSameRate,
  priceKeyText,
  type PriceBook,
  type PriceEntry,
  type PriceKey,
  type Rate,
} from './price.ts';

/** A price somebody wants to hold; null: no longer sold. */
export interface WantedPrice extends PriceKey {
  readonly rate: Rate | null;
}

/** A wanted price with the instant it will hold from. */
export interface NewPrice extends WantedPrice {
  readonly effectiveFromMs: number;
}

export interface PriceChange extends NewPrice {
  /** What it takes the place of. Null: it was not sold. */
  readonly before: Rate | null;
}

export interface PriceRefusal extends PriceKey {
  /** What is wrong and what to do, for whoever wants the price. */
  readonly message: string;
}

/** What a list of wanted prices comes to. Recorded is all of it, or, with any refusal, nothing. */
export interface PriceChanges {
  /** Of models and meters that never had a price. */
  readonly added: readonly NewPrice[];
  readonly changed: readonly PriceChange[];
  readonly unchanged: number;
  readonly refused: readonly PriceRefusal[];
}

/** Programs may charge by a copy of the prices that is this old (`ledger/prices.ts`). */
export const priceCopyMaximumAgeMs = 20_000;

/**
 * A change takes effect at least this long after it is decided: 60 seconds, which the table demands
 * too, and five for the recording. It outlasts every program's copy, and its clock being wrong by
 * half a minute, so that nothing is charged under a price that has ended (B14).
 */
export const priceNoticeMs = 65_000;

/**
 * Compares wanted prices with the book. `effectiveFromMs` null: as soon as may be, which is now for
 * a first price (nothing can have been charged under another), and for a change the first full
 * minute that the notice allows. A price equal to the one then in force is no change.
 */
export function decidePrices(
  book: PriceBook,
  wanted: readonly WantedPrice[],
  when: { readonly nowMs: number; readonly effectiveFromMs: number | null },
): PriceChanges {
  const added: NewPrice[] = [];
  const changed: PriceChange[] = [];
  const refused: PriceRefusal[] = [];
  let unchanged = 0;
  const named = new Set<string>();
  for (const price of wanted) {
    const { currency, model, meter } = price;
    const isNamedTwice = named.has(priceKeyText(price));
    named.add(priceKeyText(price));
    const decision: PriceDecision = isNamedTwice
      ? { status: 'refused', message: 'it is named twice; leave one out' }
      : decidePrice(entriesOf(book, price), price, when);
    switch (decision.status) {
      case 'added':
        added.push(decision.price);
        break;
      case 'changed':
        changed.push(decision.price);
        break;
      case 'unchanged':
        unchanged += 1;
        break;
      case 'refused':
        refused.push({ currency, model, meter, message: decision.message });
    }
  }
  return { added, changed, unchanged, refused };
}

type PriceDecision =
  | { readonly status: 'added'; readonly price: NewPrice }
  | { readonly status: 'changed'; readonly price: PriceChange }
  | { readonly status: 'unchanged' }
  | { readonly status: 'refused'; readonly message: string };

function decidePrice(
  entries: readonly PriceEntry[],
  price: WantedPrice,
  { nowMs, effectiveFromMs }: { nowMs: number; effectiveFromMs: number | null },
): PriceDecision {
  const message =
    faultOfModel(price.model) ?? (price.rate === null ? undefined : faultOfRate(price.rate));
  if (message !== undefined) return { status: 'refused', message };
  if (entries.length === 0) {
    return price.rate === null
      ? { status: 'refused', message: 'it never had a price that could end' }
      : { status: 'added', price: { ...price, effectiveFromMs: effectiveFromMs ?? nowMs } };
  }
  const fromMs = effectiveFromMs ?? nextMinute(nowMs + priceNoticeMs);
  const inForce = entries.findLast((entry) => entry.effectiveFromMs <= fromMs);
  const before = inForce?.rate ?? null;
  const isSame =
    before === null || price.rate === null ? before === price.rate : isSameRate(before, price.rate);
  if (isSame) return { status: 'unchanged' };
  if (fromMs < nowMs + priceNoticeMs) {
    const earliest = new Date(nextMinute(nowMs + priceNoticeMs)).toISOString();
    const why = 'it had a price before, so another can begin';
    return { status: 'refused', message: `${why} in a minute at the earliest: ${earliest}` };
  }
  if (inForce?.effectiveFromMs === fromMs) {
    const instant = new Date(fromMs).toISOString();
    const why = `a price from ${instant} is recorded already and stays`;
    return { status: 'refused', message: `${why}; choose a later instant` };
  }
  return { status: 'changed', price: { ...price, before, effectiveFromMs: fromMs } };
}

function nextMinute(ms: number): number {
  return Math.ceil(ms / 60_000) * 60_000;
}

function faultOfModel(model: string): string | undefined {
  // Names end up in CSV, mails and logs, where a control character would do harm.
  const isSound = /^\S(.{0,198}\S)?$/u.test(model) && !/\p{Cc}/u.test(model);
  return isSound ? undefined : 'a model’s name is 1 to 200 characters in one line';
}

/** Prices of a source that are sold at an instant, though the source does not name them any more. */
export function pricesGone<Entry extends PriceEntry & { readonly source: string }>(
  entries: readonly Entry[],
  wanted: readonly PriceKey[],
  { source, atMs }: { readonly source: string; readonly atMs: number },
): Entry[] {
  const named = new Set(wanted.map(priceKeyText));
  const inForce = new Map<string, Entry>();
  for (const entry of entries.toSorted((a, b) => a.effectiveFromMs - b.effectiveFromMs)) {
    if (entry.effectiveFromMs <= atMs) inForce.set(priceKeyText(entry), entry);
  }
  return [...inForce.values()].filter(
    (entry) => entry.source === source && entry.rate !== null && !named.has(priceKeyText(entry)),
  );
}
