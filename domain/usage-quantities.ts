import { quantity, type Quantity } from './meter.ts';

/** A quantity and the price it is charged at. */
export interface PricedQuantity {
  readonly priceId: number;
  readonly quantity: Quantity;
}

/**
 * Packs what one event used into a few bytes, of which millions are kept: by ascending price, each
 * as the step from the price before and the quantity, in base 128 with the low digits first and the
 * high bit set on all but the last. Two prices of a usual request take seven bytes.
 */
export function packQuantities(quantities: readonly PricedQuantity[]): Uint8Array {
  const bytes: number[] = [];
  let before = 0;
  for (const { priceId, quantity: used } of quantities.toSorted(byPrice)) {
    if (!Number.isSafeInteger(priceId) || priceId <= before) {
      throw new RangeError(`not a price of its own: ${priceId}`);
    }
    pushNumber(bytes, priceId - before);
    pushNumber(bytes, quantity(used));
    before = priceId;
  }
  return Uint8Array.from(bytes);
}

/** The inverse of {@link packQuantities}. Throws RangeError for bytes that it did not make. */
export function unpackQuantities(bytes: Uint8Array): PricedQuantity[] {
  const numbers = numbersOf(bytes);
  if (numbers.length % 2 !== 0) throw new RangeError('a price without its quantity');
  const quantities: PricedQuantity[] = [];
  let priceId = 0;
  for (let at = 0; at < numbers.length; at += 2) {
    priceId += numbers[at] ?? 0;
    quantities.push({ priceId, quantity: quantity(numbers[at + 1] ?? 0) });
  }
  return quantities;
}

function byPrice(a: PricedQuantity, b: PricedQuantity): number {
  return a.priceId - b.priceId;
}

/** Arithmetic, not bit operations: those see 32 bits only. */
function pushNumber(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}

function numbersOf(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  let value = 0;
  let scale = 1;
  for (const byte of bytes) {
    value += (byte % 128) * scale;
    scale *= 128;
    if (byte >= 128) continue;
    numbers.push(value);
    value = 0;
    scale = 1;
  }
  if (scale !== 1) throw new RangeError('the last number has no end');
  return numbers;
}
