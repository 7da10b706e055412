import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balancesAfter, changeOf, transfersOf } from '../../domain/bookkeeping.ts';
import {
  decideCreditNote,
  decideVoid,
  invoiceAfterCreditNote,
} from '../../domain/invoice-corrections.ts';
import { openInvoicesAfter, shareOfDue, type Invoice } from '../../domain/invoices.ts';
import { micros, subtract, sum, ZERO, type Micros } from '../../domain/money.ts';
import { period } from '../../domain/period.ts';
import { owedOf } from '../../domain/standing.ts';
import type { InvoiceIssued } from '../../domain/billing-events.ts';
import { dollars, noBalances, nowMs } from './samples.ts';

const november = period('2026-11');

function anInvoice(net: Micros, tax: Micros, change: Partial<Invoice> = {}): Invoice {
  const amount = sum(net, tax);
  return {
    ...{ invoiceId: 'inv_1', number: 'INV-000001', kind: 'monthly', period: november },
    ...{ cutoffMs: nowMs, broughtForward: ZERO, carriedForward: ZERO, carriedTo: null, amount },
    tax: { amount: tax, place: 'DE', name: 'VAT', partsPerMillion: 190_000 },
    ...{ issuedAtMs: nowMs, issuedEventId: 1, chargeAtMs: nowMs, dueAtMs: nowMs, replaces: null },
    ...{ state: 'open', due: amount, dueTax: tax, paid: ZERO, credited: ZERO, forgiven: ZERO },
    ...{ creditNotes: { net: ZERO, tax: ZERO }, voidedEventId: null, voidedAtMs: null },
    ...change,
  };
}

const untaxed = { amount: ZERO, place: null, name: null, partsPerMillion: 0 };

const issued: InvoiceIssued = {
  ...{ kind: 'invoice_issued', invoiceId: 'inv_1', invoiceKind: 'monthly', period: november },
  ...{ cutoffMs: nowMs, credits: [{ lotId: 3, period: november, amount: dollars(1) }] },
  ...{ net: [{ period: november, amount: dollars(10) }], tax: dollars(1.9) },
  carried: [{ period: november, amount: micros(1_234) }],
  ...{ carriedTo: period('2026-12'), dueAtMs: nowMs },
};

it('R16 an invoice’s tax does not count as owed', () => {
  const before = { ...noBalances, unbilled: dollars(11.001234), purchased: dollars(1) };
  const after = balancesAfter(before, issued);
  expect(owedOf(before)).toBe(dollars(11.001234));
  expect(owedOf(after)).toBe(dollars(10.001234));
  expect(after).toMatchObject({ invoiced: dollars(10), invoicedTax: dollars(1.9) });
});

describe('B10 an invoice', () => {
  const asked = { replacedBy: 'inv_2', reason: 'wrong place' };

  it('that is void gives back all it took, but what it had carried', () => {
    const voided = decideVoid(anInvoice(dollars(10), dollars(1.9)), issued, asked);
    if ('code' in voided) throw new Error(voided.code);
    const moved = [...transfersOf(issued, 1), ...transfersOf(voided, 2)];
    expect(changeOf('invoiced', moved)).toBe(0);
    expect(changeOf('invoiced_tax', moved)).toBe(0);
    expect(changeOf('purchased', moved)).toBe(0);
    expect(
      changeOf(
        'unbilled',
        moved.filter((one) => one.period === '2026-12'),
      ),
    ).toBe(1_234);
    const open = openInvoicesAfter([], issued, transfersOf(issued, 1));
    expect(open).toMatchObject([{ due: dollars(11.9), dueTax: dollars(1.9) }]);
    expect(openInvoicesAfter(open, voided, transfersOf(voided, 2))).toEqual([]);
  });

  it.each<[string, Partial<Invoice>, string]>([
    ['paid in part', { paid: dollars(1) }, 'invoice_paid'],
    ['credited in part', { creditNotes: { net: dollars(1), tax: ZERO } }, 'invoice_paid'],
    ['void already', { state: 'void' }, 'invoice_not_open'],
    ['written off', { state: 'uncollectible' }, 'invoice_not_open'],
  ])('%s is not voided', (_, change, code) => {
    const invoice = anInvoice(dollars(10), dollars(1.9), change);
    expect(decideVoid(invoice, issued, asked)).toMatchObject({ code });
  });

  it('R52 never gets back more than it asked for, in whatever order it is paid and credited', () => {
    const cents = fc.integer({ min: 1, max: 400 }).map((count) => micros(count * 10_000));
    const steps = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('pay' as const), amount: cents }),
        fc.record({ kind: fc.constant('credit' as const), amount: cents }),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(cents, steps, (net, taken) => {
        const tax = micros(Math.round((net * 0.19) / 10_000) * 10_000);
        let invoice = anInvoice(net, tax);
        let balances = { ...noBalances, invoiced: net, invoicedTax: tax, lifetimePaid: net };
        let [returned, taxBack] = [0, 0];
        for (const step of taken) {
          if (step.kind === 'pay') {
            const amount = micros(Math.min(step.amount, invoice.due));
            const share = shareOfDue(invoice, amount);
            expect(share.net + share.tax).toBe(amount);
            const due = subtract(invoice.due, amount);
            const dueTax = subtract(invoice.dueTax, share.tax);
            const state = due === 0 ? 'paid' : 'open';
            invoice = { ...invoice, due, dueTax, state, paid: sum(invoice.paid, amount) };
            balances = {
              ...balances,
              invoiced: subtract(balances.invoiced, share.net),
              invoicedTax: subtract(balances.invoicedTax, share.tax),
            };
          } else {
            const request = { creditNoteId: 'cn_1', net: step.amount, reason: 'outage' };
            const noted = decideCreditNote(invoice, request, 'usd');
            if ('code' in noted) {
              const isTooMuch = sum(invoice.creditNotes.net, step.amount) > net;
              const refused = isTooMuch ? 'credit_note_too_large' : 'credit_note_leaves_too_little';
              expect(noted.code).toBe(refused);
              continue;
            }
            invoice = invoiceAfterCreditNote(invoice, noted);
            const transfers = transfersOf(noted, 1);
            for (const { debitBook, amount } of transfers) {
              if (debitBook === 'revenue') returned += amount;
              if (debitBook === 'tax') taxBack += amount;
            }
            balances = { ...balances, ...balancesAfter(balances, noted) };
          }
          // What is due stands in the two books, and all money is accounted for.
          expect(balances.invoiced + balances.invoicedTax).toBe(invoice.due);
          expect(balances.invoicedTax).toBe(invoice.dueTax);
          expect(Math.min(balances.invoiced, balances.invoicedTax)).toBeGreaterThanOrEqual(0);
          expect(invoice.due).toBe(invoice.amount - invoice.paid - invoice.credited);
          expect(balances.refundsDue).toBe(returned + taxBack - invoice.credited);
          expect(balances.refundsDue).toBeLessThanOrEqual(invoice.paid);
          expect([returned, taxBack]).toEqual([invoice.creditNotes.net, invoice.creditNotes.tax]);
          expect(taxBack).toBeLessThanOrEqual(tax);
        }
      }),
    );
  });

  it('B9 has the tax of all its credit notes together, not that of each', () => {
    const paid = { state: 'paid', due: ZERO, dueTax: ZERO, paid: dollars(23.8) } as const;
    let invoice = anInvoice(dollars(20), dollars(3.8), paid);
    const taxes = [1, 2, 3].map(() => {
      const request = { creditNoteId: 'cn_1', net: dollars(0.03), reason: 'outage' };
      const noted = decideCreditNote(invoice, request, 'usd');
      if ('code' in noted) throw new Error(noted.code);
      invoice = invoiceAfterCreditNote(invoice, noted);
      return noted.tax;
    });
    // 19 % of 3 cents rounds to a cent, of 6 to one, of 9 to two.
    expect(taxes).toEqual([dollars(0.01), ZERO, dollars(0.01)]);
  });

  it.each([
    ['nothing', 'usd', dollars(20), dollars(20), null],
    ['the least a card can be charged', 'usd', dollars(20), dollars(19.5), null],
    ['a cent less', 'usd', dollars(20), dollars(19.51), { left: dollars(0.49) }],
    ['a cent', 'usd', dollars(20), dollars(19.99), { left: dollars(0.01) }],
    ['40 yen', 'jpy', dollars(3_000), dollars(2_960), { left: dollars(40) }],
    ['50 yen', 'jpy', dollars(3_000), dollars(2_950), null],
    ['as little as before', 'usd', dollars(0.4), dollars(0.3), null],
  ] as const)(
    'B9 R52 may leave %s in %s: what no card pays is not left',
    (_, code, net, taken, left) => {
      const request = { creditNoteId: 'cn_1', net: taken, reason: 'outage' };
      const noted = decideCreditNote(anInvoice(net, ZERO, { tax: untaxed }), request, code);
      expect('code' in noted ? noted : null).toEqual(
        left &&
          expect.objectContaining({
            code: 'credit_note_leaves_too_little',
            amounts: expect.objectContaining(left),
          }),
      );
    },
  );
});
