import { expect, it } from 'vitest';
import type { OpenInvoice } from '../../domain/account.ts';
import type { CollectionPause } from '../../domain/collection-times.ts';
import { micros } from '../../domain/money.ts';
import { howToPayNow, lastDayToPay, pastDueSince } from '../../domain/payment-plan.ts';
import { together202511 } from '../../domain/policy.ts';

const policy = together202511;
const december = (day: number, hour = 0) => Date.UTC(2026, 11, day, hour);
const always = Number.MAX_SAFE_INTEGER;

function invoice(planned: number | null, pauses: readonly CollectionPause[] = []): OpenInvoice {
  return {
    ...{ invoiceId: 'inv_1', number: 'INV-000001', due: micros(26_620_000) },
    ...{ dueTax: micros(1_620_000), chargeAtMs: december(3), dueAtMs: december(4) },
    ...{ nextChargeAtMs: planned, pauses },
  };
}

const promise = (untilMs: number | null): CollectionPause[] => [
  { reason: 'promise', fromMs: december(2), untilMs },
];

const table: [name: string, open: OpenInvoice, nowMs: number, card: boolean, words: string[]][] = [
  [
    'before the charge day',
    invoice(december(3)),
    december(2),
    true,
    ['Your card on file is charged on 3 December 2026. You need not do anything.'],
  ],
  [
    'before the charge day, without a card',
    invoice(december(3)),
    december(2),
    false,
    ['There is no card on file to charge on 3 December 2026. Please add one before then.'],
  ],
  [
    'on the charge day, until its charge is known',
    invoice(december(3)),
    december(3),
    true,
    ['Your card on file is being charged. You need not do anything.'],
  ],
  [
    'declined on the charge day: never the day that is over',
    invoice(december(4, 8)),
    december(3, 1),
    true,
    [
      'Your card on file is charged on 4 December 2026, 08:00 UTC. You need not wait for it: ' +
        'you can pay it before.',
    ],
  ],
  [
    'declined for good on the charge day',
    invoice(null),
    december(3, 1),
    true,
    ['It is not charged by itself. Please pay it by card.'],
  ],
  [
    'promised for later, before the charge day',
    invoice(null, promise(december(20, 9))),
    december(2, 1),
    true,
    [
      'Nothing is charged by itself until 20 December 2026, 09:00 UTC. You can pay it by card at ' +
        'any time.',
    ],
  ],
  [
    'paused without an end, after the day it was to be paid by',
    invoice(null, promise(null)),
    december(9),
    true,
    ['Nothing is charged by itself for now. You can pay it by card at any time.'],
  ],
  [
    'past due, and charged again',
    invoice(december(6, 8)),
    december(5),
    true,
    [
      'It was to be paid by 3 December 2026. Please pay it by card.',
      'Your card on file is charged on 6 December 2026, 08:00 UTC.',
    ],
  ],
  [
    'past due, and not charged again',
    invoice(null),
    december(5),
    true,
    ['It was to be paid by 3 December 2026. Please pay it by card.'],
  ],
];

it.each(table)('R47 R49 R50 how an invoice is paid: %s', (_, open, nowMs, hasCard, words) => {
  const cardUsableUntilMs = hasCard ? always : null;
  const moment = { nowMs, policy, openInvoices: [open], cardUsableUntilMs };
  expect(howToPayNow(open, moment).slice(0, -1)).toEqual(words);
  expect(howToPayNow(open, moment).at(-1)).toMatch(/^Credits (bought now|never) pay/);
});

it('R50 what a pause moved into a day is told with its hour: no day is both in time and late', () => {
  const paused: CollectionPause[] = [
    { reason: 'operator', fromMs: december(2), untilMs: december(3, 9) },
  ];
  const told = '4 December 2026, 09:00 UTC';
  expect(lastDayToPay(invoice(null, paused), policy)).toBe(told);
  expect(pastDueSince(invoice(null, paused), policy)).toBe(told);
  expect(pastDueSince(invoice(null), policy)).toBe('4 December 2026');
});

it('R50 a pause moves the last day to pay; one without an end leaves none', () => {
  expect(lastDayToPay(invoice(null), policy)).toBe('3 December 2026');
  expect(lastDayToPay(invoice(null, promise(december(20))), policy)).toBe('20 December 2026');
  expect(lastDayToPay(invoice(null, promise(null)), policy)).toBe(null);
});
