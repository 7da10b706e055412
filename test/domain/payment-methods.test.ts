import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isExpired } from '../../domain/cards.ts';
import {
  cardsWith,
  cardsWithDefault,
  cardsWithout,
  refuseRemoval,
  type SavedCard,
} from '../../domain/payment-methods.ts';
import { cardSourceOf } from '../../domain/payment.ts';
import { dollars, nowMs, visa } from './samples.ts';

const good = { ...visa };
const expired = { ...visa, expiryYear: 2025 };
const card = (paymentMethodId: string, change: Partial<SavedCard> = {}): SavedCard => ({
  ...{ paymentMethodId, card: good, isDefault: false, savedAtMs: nowMs, ...change },
});

describe('R11 the default card', () => {
  const steps = fc.array(
    fc.record({
      verb: fc.constantFrom('save', 'save as default', 'make default', 'remove'),
      paymentMethodId: fc.constantFrom('pm_1', 'pm_2', 'pm_3'),
      card: fc.constantFrom(good, expired),
    }),
    { maxLength: 12 },
  );

  it('is at most one and was usable when it became it, whatever is done', () => {
    fc.assert(
      fc.property(steps, (all) => {
        let cards: readonly SavedCard[] = [];
        all.forEach(({ verb, paymentMethodId, card: shown }, index) => {
          const saved = { paymentMethodId, card: shown, savedAtMs: nowMs + index };
          if (verb.startsWith('save')) {
            cards = cardsWith(cards, saved, verb === 'save as default', nowMs);
          } else if (verb === 'remove') {
            cards = cardsWithout(cards, paymentMethodId, nowMs);
          } else {
            const after = cardsWithDefault(cards, paymentMethodId, nowMs);
            if (!('code' in after)) cards = after;
          }
          const defaults = cards.filter(({ isDefault }) => isDefault);
          expect(defaults.length).toBeLessThanOrEqual(1);
          expect(defaults.some((each) => isExpired(each.card, nowMs))).toBe(false);
          const ids = cards.map((each) => each.paymentMethodId);
          expect(new Set(ids).size).toBe(ids.length);
        });
      }),
    );
  });

  it('is handed on to the newest usable card', () => {
    const cards = [
      card('pm_1', { isDefault: true }),
      card('pm_2', { savedAtMs: nowMs + 1 }),
      card('pm_3', { savedAtMs: nowMs + 2 }),
      card('pm_4', { savedAtMs: nowMs + 3, card: expired }),
    ];
    const left = cardsWithout(cards, 'pm_1', nowMs);
    expect(left.find(({ isDefault }) => isDefault)?.paymentMethodId).toBe('pm_3');
    expect(cardsWithout(cards, 'pm_4', nowMs)).toEqual(cards.slice(0, 3));
  });
});

describe('R12 the last usable card', () => {
  const no = dollars(0);
  const nothing = { unbilled: no, invoiced: no, invoicedTax: no, heldPostpaid: no };
  const last = card('pm_1');

  it.each([
    ['may go where nothing is or can be owed', [last], nothing, 0, null],
    ['stays for unbilled usage', [last], { ...nothing, unbilled: dollars(1) }, 0, 'owed'],
    ['stays for an open invoice', [last], { ...nothing, invoiced: dollars(1) }, 0, 'owed'],
    ['stays for the tax of one', [last], { ...nothing, invoicedTax: dollars(1) }, 0, 'owed'],
    [
      'stays while what runs may be owed',
      [last],
      { ...nothing, heldPostpaid: dollars(1) },
      0,
      'owed',
    ],
    ['stays while the limit is above $0', [last], nothing, 100, 'balanceLimit'],
    [
      'is not the last where another is usable',
      [last, card('pm_2')],
      { ...nothing, unbilled: dollars(1) },
      ...([100, null] as const),
    ],
    [
      'is the last where the others have expired',
      [last, card('pm_2', { card: expired })],
      nothing,
      ...([100, 'balanceLimit'] as const),
    ],
  ] as [string, SavedCard[], typeof nothing, number, string | null][])(
    '%s',
    (_, cards, balances, limit, amount) => {
      const refused = refuseRemoval(last, cards, balances, dollars(limit), nowMs);
      expect(refused === null ? null : Object.keys(refused.amounts ?? {})[0]).toBe(amount);
      if (refused !== null) expect(refused.code).toBe('payment_method_in_use');
    },
  );
});

it.each([
  ['pm_1', 'payment_method'],
  ['ctoken_1', 'confirmation_token'],
  ['pm_', undefined],
  ['4242424242424242', undefined],
  ['pm_1; drop table', undefined],
])('"%s" is a source of kind %s', (id, kind) => {
  expect(cardSourceOf(id)?.kind).toBe(kind);
});
