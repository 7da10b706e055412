import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currency } from '../../domain/currencies.ts';
import { micros } from '../../domain/money.ts';
import { together202511 } from '../../domain/policy.ts';
import { taxOn } from '../../domain/tax.ts';
import { amounts, dollars } from './samples.ts';

const usd = currency('usd');
const rates = { ...together202511.taxRates, US: { name: 'Federal', partsPerMillion: 10_000 } };

describe('R45 tax is reckoned by place and shown apart', () => {
  it.each([
    ['the region before the country', 'US', 'WA', 'US-WA', dollars(6.5)],
    ['the country where the region has no rate', 'US', 'OR', 'US', dollars(1)],
    ['the country where no region is known', 'DE', null, 'DE', dollars(19)],
    ['none where the place has no rate', 'CH', null, null, dollars(0)],
    ['none where no place is known', null, null, null, dollars(0)],
    ['none for a region without its country', null, 'WA', null, dollars(0)],
  ])('%s', (_, country, region, place, amount) => {
    expect(taxOn(dollars(100), { country, region }, rates, usd)).toMatchObject({ place, amount });
  });

  it('B9 is rounded once, half to even, to what a card can be charged', () => {
    const place = { country: 'US', region: 'WA' };
    // 6.5 % of $5.00, $5.08 and $5.23: 32.5, 33.02 and 33.995 cents; of $25: 162.5 cents.
    const taxes = [5, 5.08, 5.23, 25].map(
      (price) => taxOn(dollars(price), place, rates, usd).amount,
    );
    expect(taxes).toEqual([0.32, 0.33, 0.34, 1.62].map(dollars));
    const yen = taxOn(micros(755_000_000), { country: 'JP', region: null }, rates, currency('jpy'));
    expect(yen.amount).toBe(micros(76_000_000));
  });

  it('grows with the price and stays below it', () => {
    fc.assert(
      fc.property(amounts, amounts, fc.constantFrom('DE', 'FR', 'JP'), (a, b, country) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map(
          (price) => taxOn(micros(price), { country, region: null }, rates, usd).amount,
        );
        expect(less).toBeLessThanOrEqual(more ?? 0);
      }),
    );
  });
});
