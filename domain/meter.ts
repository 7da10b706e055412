declare const quantityBrand: unique symbol;

/**
 * How much was used, as a whole number of the meter's smallest steps: tokens one by one, seconds
 * and GPU minutes in millionths (media tools tell durations with six decimals). One exact integer
 * for each meter, rather than millionths of everything: a month's millionths of tokens would leave
 * what JavaScript holds exactly at nine billion tokens, which one account can use.
 */
export type Quantity = number & { readonly [quantityBrand]: true };

interface MeterRow {
  /** As people read it after a number: "1,000,000 input tokens". */
  readonly units: string;
  readonly unit: string;
  /** Decimals a quantity may have. */
  readonly places: 0 | 6;
  /** How many units a price is usually told for. */
  readonly usualPer: number;
  /** The most units one event may report; more is a mistake of the reporter, and refused. */
  readonly mostPerEvent: number;
}

/** What is metered. Input tokens are those not read from a cache: no token has two meters. */
export const meters = {
  input_tokens: row('input token', 0, 1_000_000, 1_000_000_000),
  cached_input_tokens: row('cached input token', 0, 1_000_000, 1_000_000_000),
  output_tokens: row('output token', 0, 1_000_000, 1_000_000_000),
  images: row('image', 0, 1, 1_000_000),
  seconds: row('second', 6, 1, 10_000_000),
  gpu_minutes: row('GPU minute', 6, 1, 10_000_000),
  requests: row('request', 0, 1, 1_000_000),
  characters: row('character', 0, 1_000_000, 1_000_000_000),
} as const satisfies Record<string, MeterRow>;

export type Meter = keyof typeof meters;

export const meterNames = Object.keys(meters) as Meter[];

/** True where the text names a meter. */
export function isMeter(name: string): name is Meter {
  return Object.hasOwn(meters, name);
}

function row(
  unit: string,
  places: 0 | 6,
  usualPer: number,
  mostPerEvent: number,
): Readonly<MeterRow> {
  return { unit, units: `${unit}s`, places, usualPer, mostPerEvent };
}

/** Steps in one unit: 1, or a million where fractions are metered. */
export function stepsPerUnit(meter: Meter): number {
  return 10 ** meters[meter].places;
}

/** Checks that `steps` is an exact count, zero or more. Throws RangeError otherwise. */
export function quantity(steps: number): Quantity {
  if (!Number.isSafeInteger(steps) || steps < 0) throw new RangeError(`not a quantity: ${steps}`);
  return (steps === 0 ? 0 : steps) as Quantity; // -0 would print as "-0"
}

export const NOTHING_USED = quantity(0);

/** Why a text is no quantity of a meter, for the reporter to mend. */
export type QuantityFault = 'not_a_decimal' | 'negative' | 'too_fine' | 'too_large';

export type ReadQuantity =
  | { readonly status: 'read'; readonly quantity: Quantity }
  | { readonly status: 'refused'; readonly fault: QuantityFault; readonly message: string };

/**
 * Reads what one event reports: "1200", "0.25". Zeros behind the point are no fraction. Refused is
 * what no meter can have shown: below zero, finer than the meter counts, or more than
 * `mostPerEvent` units.
 */
export function parseQuantity(text: string, meter: Meter): ReadQuantity {
  const { units, places, mostPerEvent } = meters[meter];
  const match = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?$/.exec(text);
  if (match === null) {
    return refused('not_a_decimal', 'must be a decimal number, such as 1200 or 0.25');
  }
  const [, sign, whole = '', rest = ''] = match;
  const fraction = rest.replace(/0+$/, '');
  const steps = BigInt(whole + fraction.padEnd(places, '0'));
  if (sign === '-' && steps > 0n) return refused('negative', 'must not be below zero');
  if (fraction.length > places) {
    return refused('too_fine', `must have at most ${places} decimals: ${units}`);
  }
  if (steps > BigInt(mostPerEvent) * 10n ** BigInt(places)) {
    return refused('too_large', `must be at most ${mostPerEvent} ${units} in one event`);
  }
  return { status: 'read', quantity: quantity(Number(steps)) };
}

function refused(fault: QuantityFault, message: string): ReadQuantity {
  return { status: 'refused', fault, message };
}

/** Writes a quantity in units, never rounded: "1200", "0.25". */
export function formatQuantity(used: Quantity, meter: Meter): string {
  const steps = BigInt(stepsPerUnit(meter));
  const fraction = String(BigInt(used) % steps).padStart(meters[meter].places, '0');
  const shown = meters[meter].places === 0 ? '' : fraction.replace(/0+$/, '');
  return `${BigInt(used) / steps}${shown === '' ? '' : `.${shown}`}`;
}
