import { expect, it } from 'vitest';
import { receiptPdf } from '../../documents/receipt-pdf.ts';
import { addressLinesOf } from '../../domain/receipt-document.ts';
import { textOfPages } from './extracted-text.ts';
import { customer, receipt, units } from './samples.ts';

async function textOf(changes: Parameters<typeof receipt>[0] = {}): Promise<string> {
  return (await textOfPages(await receiptPdf(receipt(changes)))).join(' ');
}

it('R22 R42 R45 a receipt says what was paid, tax apart, and both uses of the credits', async () => {
  const text = await textOf();
  for (const fact of [
    ...['R-000003', 'Paid with Visa ending in 4242', '$29.75 paid on 12 November 2026'],
    'You bought $25.00 of credits. Purchased credits do not expire.',
    'Purchased credits $25.00 Tax $4.75 Charged to your card $29.75',
    'Paid usage that nothing had paid yet $7.50 Added to your balance $17.50',
  ]) {
    expect(text).toContain(fact);
  }
  expect(text).not.toContain('Returned');
});

it('R57 what went back to the card is shown, with what is left', async () => {
  const refunds = [
    { refundedAtMs: Date.parse('2026-11-20T10:00:00Z'), amount: units(10) },
    { refundedAtMs: Date.parse('2026-11-21T10:00:00Z'), amount: units(4.75) },
  ];
  const text = await textOf({ refunds });
  expect(text).toContain('Returned to your card on 20 November 2026 −$10.00');
  expect(text).toContain('Returned to your card on 21 November 2026 −$4.75');
  expect(text).toContain('Paid after returns $15.00');
});

it('R2 credits that end some day say when', async () => {
  const text = await textOf({ expireAtMs: Date.parse('2027-11-12T12:34:56Z') });
  expect(text).toContain('What is left of the credits expires on 12 November 2027.');
});

it('a receipt of an erased account has no name', async () => {
  const text = await textOf({ customer: { ...customer, name: null, addressLines: [] } });
  expect(text).toContain('Name erased');
});

it('an address has no empty lines', () => {
  const none = {
    line1: null,
    line2: null,
    city: null,
    postalCode: null,
    region: null,
    country: null,
  };
  expect(addressLinesOf(none)).toEqual([]);
  const given = { ...none, line1: '1 Main St', city: 'Seattle', postalCode: '98101', region: 'WA' };
  expect(addressLinesOf({ ...given, country: 'US' })).toEqual([
    ...['1 Main St', '98101 Seattle WA', 'US'],
  ]);
});
