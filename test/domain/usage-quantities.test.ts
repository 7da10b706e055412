import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantity } from '../../domain/meter.ts';
import { packQuantities, unpackQuantities } from '../../domain/usage-quantities.ts';

const pairs = fc.uniqueArray(
  fc.record({
    priceId: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    quantity: fc.oneof(fc.nat(20_000), fc.maxSafeNat()).map(quantity),
  }),
  { selector: ({ priceId }) => priceId, maxLength: 8 },
);

describe('packed quantities', () => {
  it('say the same as before, in the order of their prices', () => {
    fc.assert(
      fc.property(pairs, (told) => {
        const sorted = told.toSorted((a, b) => a.priceId - b.priceId);
        expect(unpackQuantities(packQuantities(told))).toEqual(sorted);
      }),
    );
  });

  it('of a usual request take seven bytes', () => {
    const usual = [
      { priceId: 187, quantity: quantity(1_155) },
      { priceId: 188, quantity: quantity(211) },
    ];
    expect(packQuantities(usual)).toHaveLength(7);
  });

  it('are refused where bytes are missing', () => {
    fc.assert(
      fc.property(pairs, (told) => {
        const bytes = packQuantities(told);
        fc.pre(bytes.length > 0);
        expect(() => unpackQuantities(bytes.slice(0, -1))).toThrow(RangeError);
      }),
    );
  });

  it('name no price twice', () => {
    const twice = [1, 1].map((priceId) => ({ priceId, quantity: quantity(1) }));
    expect(() => packQuantities(twice)).toThrow(RangeError);
  });
});
