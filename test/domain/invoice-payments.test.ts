import { expect, it } from 'vitest';
import { currency } from '../../domain/currencies.ts';
import {
  amountToCharge,
  decideInvoicePaid,
  whyNotAwaited,
  yieldsAtMs,
} from '../../domain/invoice-payments.ts';
import { shareOfDue, type Invoice } from '../../domain/invoices.ts';
import { micros } from '../../domain/money.ts';
import { together202511 as policy } from '../../domain/policy.ts';
import type { Capture } from '../../domain/payment.ts';
import { dollars } from './samples.ts';

const usd = currency('usd');
const jpy = currency('jpy');
const yen = (amount: number) => micros(amount * 1_000_000);

it.each([
  ['all of it', dollars(10), null, usd, dollars(10)],
  ['all of it, named', dollars(10), dollars(10), usd, dollars(10)],
  ['a part', dollars(10), dollars(4), usd, dollars(4)],
  ['the least part', dollars(10), dollars(0.5), usd, dollars(0.5)],
  ['leaving the least', dollars(10), dollars(9.5), usd, dollars(9.5)],
  ['less than the least', dollars(10), dollars(0.49), usd, 'invoice_payment_too_small'],
  ['leaving less', dollars(10), dollars(9.51), usd, 'invoice_payment_too_small'],
  ['a part of a cent', dollars(10), dollars(1.005), usd, 'amount_not_chargeable'],
  ['more than is due', dollars(10), dollars(10.01), usd, 'invoice_payment_too_large'],
  ['all of less than the least', dollars(0.3), null, usd, 'invoice_due_not_chargeable'],
  ['all of the most', dollars(999_999.99), null, usd, dollars(999_999.99)],
  ['all of more than the most', dollars(1_000_000), null, usd, 'invoice_due_not_chargeable'],
  [
    'more than the most of more',
    dollars(2_000_000),
    dollars(1e6),
    usd,
    'invoice_due_not_chargeable',
  ],
  ['the most of more', dollars(2_000_000), dollars(999_999.99), usd, dollars(999_999.99)],
  ['all of more than the most in yen', yen(100_000_000), null, jpy, 'invoice_due_not_chargeable'],
  ['a part in yen', yen(1_000), yen(50), jpy, yen(50)],
  ['a part of a yen', yen(1_000), yen(50.5), jpy, 'amount_not_chargeable'],
] as const)('R52 B9 %s', (_, due, asked, money, expected) => {
  const charged = amountToCharge({ state: 'open', due }, asked, money);
  expect(typeof charged === 'number' ? charged : charged.code).toBe(expected);
});

it.each(['paid', 'void', 'forgiven'] as const)(
  'R47 nothing is charged for one that is %s',
  (state) => {
    expect(amountToCharge({ state, due: dollars(0) }, null, usd)).toMatchObject({
      code: 'invoice_nothing_due',
    });
  },
);

it.each([
  ['as much is due', 'open', 10, 10, null],
  ['a part is due', 'open', 10, 4, null],
  ['it was written off', 'uncollectible', 10, 10, null],
  ['less is due', 'open', 9, 10, 'invoice_due_changed'],
  ['less is due than the part', 'uncollectible', 3, 4, 'invoice_due_changed'],
  ['it would leave too little', 'open', 4.3, 4, 'invoice_due_changed'],
  ['all was credited', 'paid', 0, 10, 'invoice_nothing_due'],
  ['it is void', 'void', 0, 10, 'invoice_nothing_due'],
  ['it is forgiven', 'forgiven', 0, 10, 'invoice_nothing_due'],
] as const)('R52 B1 a payment that waits, where %s', (_, state, due, amount, expected) => {
  expect(whyNotAwaited({ state, due: dollars(due) }, dollars(amount), usd)).toBe(expected);
});

it('R50 an uncollectible one may still be paid', () => {
  expect(amountToCharge({ state: 'uncollectible', due: dollars(5) }, null, usd)).toBe(dollars(5));
});

const hourMs = 3_600_000;
const askedMs = Date.UTC(2026, 11, 2, 23, 30);
const dayAtMs = Date.UTC(2026, 11, 3);

it.each([
  ['long before the charge', 'customer', askedMs - 86_400_000, dayAtMs, dayAtMs],
  ['less than an hour before it', 'customer', askedMs, dayAtMs, askedMs + hourMs],
  ['after it was due', 'customer', dayAtMs + 1, dayAtMs, dayAtMs + 1 + hourMs],
  ['with no charge planned', 'customer', askedMs, null, null],
  ['that the bank did not ask about', 'customer', null, dayAtMs, null],
  ['of ours', 'scheduled', askedMs, dayAtMs, null],
  ['that an operator wanted', 'operator', askedMs, dayAtMs, null],
] as const)(
  'B1 R49 when a payment makes way for a charge by itself: one %s',
  (_, origin, authenticationSinceMs, plannedAtMs, expected) => {
    expect(yieldsAtMs({ origin, authenticationSinceMs }, plannedAtMs, policy.authentication)).toBe(
      expected,
    );
  },
);

it('B1 R68 how long a payment holds back a charge is policy', () => {
  const waiting = { origin: 'customer', authenticationSinceMs: askedMs } as const;
  const yields = (holdsBackChargeMs: number) =>
    yieldsAtMs(waiting, askedMs, { holdsBackChargeMs }) ?? 0;
  expect([0, 1, 24 * hourMs].map((ms) => yields(ms) - askedMs)).toEqual([0, 1, 24 * hourMs]);
});

it.each([
  ['half of it', 11.9, 5.95, { net: 5, tax: 0.95 }],
  ['a cent', 11.9, 0.01, { net: 0.008403, tax: 0.001597 }],
  ['all of it', 11.9, 11.9, { net: 10, tax: 1.9 }],
])('R45 R52 %s pays net and tax in proportion', (_, due, amount, { net, tax }) => {
  const invoice = { due: dollars(due), dueTax: dollars(1.9) };
  expect(shareOfDue(invoice, dollars(amount))).toEqual({ net: dollars(net), tax: dollars(tax) });
});

it.each([
  ['all that is due', 'open', 11.9, 11.9, { paid: 11.9, excess: 0, state: 'paid' }],
  ['a part', 'open', 11.9, 5, { paid: 5, excess: 0, state: 'open' }],
  ['more than is due', 'open', 11.9, 20, { paid: 11.9, excess: 8.1, state: 'paid' }],
  ['one that was paid meanwhile', 'paid', 0, 11.9, { paid: 0, excess: 11.9, state: 'paid' }],
  ['one that is void', 'void', 0, 11.9, { paid: 0, excess: 11.9, state: 'void' }],
  ['a part of a written off one', 'uncollectible', 11.9, 5, { paid: 5, excess: 0 }],
  ['all of a written off one', 'uncollectible', 11.9, 11.9, { paid: 11.9, state: 'paid' }],
] as const)('B1 R52 money that pays %s (%s)', (_, state, due, amount, expected) => {
  const capture = { chargeId: 'ch_1', capturedAtMs: askedMs, amount: dollars(amount) };
  const invoice = {
    ...{ invoiceId: 'inv_1', state, due: dollars(due), paid: dollars(0) },
    dueTax: dollars(due === 0 ? 0 : 1.9),
  };
  const decided = decideInvoicePaid(invoice as Invoice, {
    ...{ paymentId: 'ipay_1', capture: capture as Capture },
  });
  const { paid, excess } = decided.event;
  const found = { paid: (paid.net + paid.tax) / 1e6, excess: excess / 1e6 };
  expect({ ...found, state: decided.invoice.state }).toMatchObject(expected);
  expect(decided.invoice.due).toBe(dollars(due) - paid.net - paid.tax);
});
