import type { UsageCharge, UsageCharged } from './billing-events.ts';
import { NOTHING_USED, type Quantity } from './meter.ts';
import { smaller, subtract, sum, totalOf, ZERO, type Micros } from './money.ts';
import { laterPeriod, periodOf, type Period } from './period.ts';

/** Which running total a charge adds to. */
export interface PostingKey {
  /** The month the usage happened in. */
  readonly usagePeriod: Period;
  /** 0: a request's cost was told as an amount. */
  readonly priceId: number;
  /** Where there is no price that says it: the model, or '' where it was not said. */
  readonly model: string;
  /** The month it is invoiced in: see {@link postingPeriodOf}. */
  readonly postingPeriod: Period;
}

/** What a charge adds to a running total; the pots that paid add up to the cost (R42). */
export interface UsagePosting extends PostingKey {
  readonly quantity: Quantity;
  readonly cost: Micros;
  readonly free: Micros;
  readonly purchased: Micros;
  readonly unbilled: Micros;
  readonly writtenOff: Micros;
}

/**
 * The month that usage counts in, for what is owed and for invoices: the one it is recorded in, as
 * what comes late goes on the next invoice (R43); or its own, where that is later still, as clocks
 * differ and a month ends at its cut-off for all usage (R39).
 */
export function postingPeriodOf(usagePeriod: Period, recordedAtMs: number): Period {
  return laterPeriod(usagePeriod, periodOf(recordedAtMs));
}

/** The postings of a charge of usage that was recorded at this instant of the account's time. */
export function postingsOf({ charges }: UsageCharged, recordedAtMs: number): UsagePosting[] {
  return charges.flatMap((charge) => {
    const pots = potsOf(charge);
    return linesOf(charge, recordedAtMs).map((line) => {
      const { usagePeriod, priceId, model, quantity: used, cost } = line;
      const taken = takeFrom(pots, cost);
      // Member by member: spreading objects takes longer than all the rest, and this is every line.
      return {
        usagePeriod,
        priceId,
        model,
        postingPeriod: postingPeriodOf(usagePeriod, recordedAtMs),
        quantity: used,
        cost,
        free: taken.free,
        purchased: taken.purchased,
        unbilled: taken.unbilled,
        writtenOff: taken.writtenOff,
      };
    });
  });
}

/** The same text for the same running total. */
export function postingName(key: PostingKey): string {
  return `${key.usagePeriod} ${key.priceId} ${key.postingPeriod} ${key.model}`;
}

/** Two postings to one running total as one. */
export function addPostings(a: UsagePosting, b: UsagePosting): UsagePosting {
  return {
    ...a,
    // Of corrections below zero.
    quantity: exact(a.quantity + b.quantity),
    cost: sum(a.cost, b.cost),
    free: sum(a.free, b.free),
    purchased: sum(a.purchased, b.purchased),
    unbilled: sum(a.unbilled, b.unbilled),
    writtenOff: sum(a.writtenOff, b.writtenOff),
  };
}

function exact(steps: number): Quantity {
  if (!Number.isSafeInteger(steps)) throw new RangeError(`not an exact quantity: ${steps}`);
  return steps as Quantity;
}

function linesOf({ lines, model, cost }: UsageCharge, recordedAtMs: number) {
  if (lines === undefined) {
    const [usagePeriod, name] = [periodOf(recordedAtMs), model ?? ''];
    return [{ usagePeriod, priceId: 0, model: name, quantity: NOTHING_USED, cost }];
  }
  return lines.map(({ priceId, period, quantity: used, amount }) => {
    return { usagePeriod: period, priceId, model: '', quantity: used, cost: amount };
  });
}

type Pots = Pick<UsagePosting, 'free' | 'purchased' | 'unbilled' | 'writtenOff'>;
type PotName = keyof Pots;
const potNames: readonly PotName[] = ['free', 'purchased', 'unbilled', 'writtenOff'];

function potsOf({ free, purchased, unbilled, writtenOff }: UsageCharge): Record<PotName, Micros> {
  return {
    free: totalOf(free),
    purchased: totalOf(purchased),
    unbilled: unbilled?.amount ?? ZERO,
    writtenOff,
  };
}

/** A charge is paid as a whole; its lines share what paid it, in their order and that of the pots. */
function takeFrom(left: Record<PotName, Micros>, cost: Micros): Pots {
  const taken = { free: ZERO, purchased: ZERO, unbilled: ZERO, writtenOff: ZERO };
  let missing = cost;
  for (const name of potNames) {
    taken[name] = smaller(missing, left[name]);
    left[name] = subtract(left[name], taken[name]);
    missing = subtract(missing, taken[name]);
  }
  return taken;
}
