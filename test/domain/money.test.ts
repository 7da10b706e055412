import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currency, currencyCodes, isCurrencyCode } from '../../domain/currencies.ts';
import {
  dividesIntoMinorUnits,
  divideHalfEven,
  formatDecimal,
  formatMoney,
  fromMinorUnits,
  micros,
  parseDecimal,
  shareInMinorUnits,
  smaller,
  subtract,
  sum,
  toMinorUnits,
} from '../../domain/money.ts';
import { amounts } from './samples.ts';

const usd = currency('usd');
const jpy = currency('jpy');
const currencies = fc.constantFrom(...currencyCodes).map(currency);

describe('micros', () => {
  it.each([0.1, 1.5, Number.NaN, Infinity, 2 ** 53, -(2 ** 53)])(
    'never makes %s money',
    (value) => {
      expect(() => micros(value)).toThrow(RangeError);
    },
  );

  it('makes -0 to 0, which prints without a sign', () => {
    expect(Object.is(micros(-0), 0)).toBe(true);
  });
});

describe('sum and subtract', () => {
  it('are exact, and undo each other', () => {
    fc.assert(
      fc.property(amounts, amounts, (a, b) => {
        expect(subtract(sum(a, b), b)).toBe(a);
        expect(BigInt(sum(a, b))).toBe(BigInt(a) + BigInt(b));
        expect(smaller(a, b)).toBe(Math.min(a, b));
      }),
    );
  });

  it('throw where the result is not exact any more', () => {
    const most = micros(Number.MAX_SAFE_INTEGER);
    expect(() => sum(most, micros(1))).toThrow(RangeError);
    expect(() => subtract(micros(-1), most)).toThrow(RangeError);
  });
});

describe('B9 minor units', () => {
  it.each([
    ['$25.00', dollar(25), usd, 2_500],
    ['$0.01', micros(10_000), usd, 1],
    ['¥500 (no decimals: never times 100)', micros(500_000_000), jpy, 500],
    ['¥1', micros(1_000_000), jpy, 1],
  ])('%s', (_, amount, money, minorUnits) => {
    expect(toMinorUnits(amount, money)).toBe(minorUnits);
    expect(fromMinorUnits(minorUnits, money)).toBe(amount);
  });

  it.each([
    ['a tenth of a cent', micros(1_000), usd],
    ['half a yen', micros(500_000), jpy],
    ['a cent of a yen', micros(10_000), jpy],
  ])('never rounds %s on its way to a card', (_, amount, money) => {
    expect(dividesIntoMinorUnits(amount, money)).toBe(false);
    expect(() => toMinorUnits(amount, money)).toThrow('no whole minor units');
  });

  it('there and back is the same amount', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 9 }), currencies, (minorUnits, money) => {
        const amount = fromMinorUnits(minorUnits, money);
        expect(dividesIntoMinorUnits(amount, money)).toBe(true);
        expect(toMinorUnits(amount, money)).toBe(minorUnits);
      }),
    );
  });
});

describe('B9 rounding', () => {
  it.each([
    [5n, 2n, 2n],
    [7n, 2n, 4n],
    [-5n, 2n, -2n],
    [-7n, 2n, -4n],
    [8n, 3n, 3n],
    [7n, 3n, 2n],
    [-8n, 3n, -3n],
    [0n, 9n, 0n],
  ])('%s / %s is %s, half to even', (dividend, divisor, quotient) => {
    expect(divideHalfEven(dividend, divisor)).toBe(quotient);
  });

  it('is never off by more than half, and a tie ends even', () => {
    const dividends = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
    fc.assert(
      fc.property(dividends, fc.bigInt({ min: 1n, max: 10n ** 9n }), (dividend, divisor) => {
        const quotient = divideHalfEven(dividend, divisor);
        const distance = 2n * (quotient * divisor - dividend);
        const size = distance < 0n ? -distance : distance;
        expect(size <= divisor).toBe(true);
        if (size === divisor) expect(quotient % 2n).toBe(0n);
      }),
    );
  });

  it('a share is whole minor units and never off by more than half of one', () => {
    fc.assert(
      fc.property(
        amounts,
        fc.integer({ min: 0, max: 10 ** 6 }),
        currencies,
        (amount, ppm, money) => {
          const share = shareInMinorUnits(amount, ppm, money);
          const unit = BigInt(fromMinorUnits(1, money));
          const off = BigInt(share) * 1_000_000n - BigInt(amount) * BigInt(ppm);
          expect(dividesIntoMinorUnits(share, money)).toBe(true);
          expect((off < 0n ? -off : off) * 2n <= unit * 1_000_000n).toBe(true);
        },
      ),
    );
  });
});

describe('decimals', () => {
  it.each([
    ['25', 25_000_000],
    ['25.00', 25_000_000],
    ['0.000001', 1],
    [' 7.5 ', 7_500_000],
    ['-3.20', -3_200_000],
    ['-0', 0],
    ['9007199254.740991', Number.MAX_SAFE_INTEGER],
  ])('"%s" is read as %s micro-units', (text, amount) => {
    expect(parseDecimal(text)).toBe(amount);
  });

  it.each([
    '',
    '.',
    '1.',
    '.5',
    '1,000',
    '1e3',
    '0x10',
    '1.0000001',
    '9007199254.740992',
    '+1',
    '１',
  ])('"%s" is no amount', (text) => {
    expect(parseDecimal(text)).toBeUndefined();
  });

  it.each([
    [dollar(25), usd, '25.00', '$25.00'],
    [micros(1_800), usd, '0.0018', '$0.0018'],
    [dollar(-1234567.5), usd, '-1234567.50', '-$1,234,567.50'],
    [micros(500_000_000), jpy, '500', '¥500'],
    [micros(1), jpy, '0.000001', '¥0.000001'],
    [micros(0), usd, '0.00', '$0.00'],
  ])('%s micro-units are written, never rounded', (amount, money, decimal, shown) => {
    expect(formatDecimal(amount, money)).toBe(decimal);
    expect(formatMoney(amount, money)).toBe(shown);
  });

  it('what is written is read as the same amount', () => {
    const signed = fc.maxSafeInteger().map(micros);
    fc.assert(
      fc.property(signed, currencies, (amount, money) => {
        expect(parseDecimal(formatDecimal(amount, money))).toBe(amount);
      }),
    );
  });
});

describe('R69 currencies', () => {
  it.each(['usd', 'eur', 'gbp', 'jpy'])('%s has a row', (code) => {
    expect(isCurrencyCode(code)).toBe(true);
  });

  it.each(['USD', 'xyz', '', 'toString', '__proto__'])('"%s" has none', (code) => {
    expect(isCurrencyCode(code)).toBe(false);
  });
});

function dollar(amount: number) {
  return micros(Math.round(amount * 1_000_000));
}
