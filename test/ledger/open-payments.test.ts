import { beforeAll, describe, expect, it } from 'vitest';
import { invoicePaymentIdFor } from '../../domain/ids.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { takeCollectionTurn } from '../../ledger/collections.ts';
import { openInvoicePayment } from '../../ledger/invoice-payments.ts';
import { issueInvoice } from '../../ledger/invoicing.ts';
import { aPostpaidAccount, cutoffMs, november, runMs, useImages } from './invoicing-fixture.ts';
import { dayMs, policies, useLedger } from './ledger-fixture.ts';
import { setPrices } from './usage-fixture.ts';

const test = useLedger();
beforeAll(() => setPrices(test.ledger));

/** An invoice of $2.70 that a customer has begun to pay. */
async function aPaymentUnderWay() {
  const accountId = await aPostpaidAccount(test.ledger);
  await useImages(test.ledger, accountId, 1_000, cutoffMs - dayMs);
  const asked = { accountId, period: november, nowMs: runMs };
  const issued = await issueInvoice(test.ledger, asked, policies);
  const invoiceId = issued.status === 'issued' ? (issued.invoiceId ?? '') : '';
  const opened = await pay({ accountId, invoiceId }, 1);
  expect(opened.status).toBe('opened');
  return { accountId, invoiceId };
}

function pay(name: { readonly accountId: string; readonly invoiceId: string }, number: number) {
  const paymentId = invoicePaymentIdFor(name.accountId, String(number).padStart(16, '0'));
  const asked = { ...name, paymentId, amount: null, paymentMethod: 'pm_1', requestHash: 'h' };
  const order = { ...asked, origin: 'customer' as const, nowMs: runMs };
  return openInvoicePayment(test.ledger, order, policies);
}

describe('B1 while a payment of an invoice is open', () => {
  it('another one is refused, and the same one is the same', async () => {
    const name = await aPaymentUnderWay();
    const code = 'invoice_payment_under_way';
    expect(await pay(name, 2)).toMatchObject({ status: 'refused', refusal: { code } });
    expect(await pay(name, 1)).toMatchObject({ status: 'stored', payment: { state: 'pending' } });
  });

  it('the schedule charges nothing: it follows that one', async () => {
    const name = await aPaymentUnderWay();
    const nowMs = runMs + 30 * dayMs;
    const turn = await takeCollectionTurn(
      test.ledger,
      { ...name, mayCharge: true, nowMs },
      policies,
    );
    expect(turn).toMatchObject({ turn: 'charge', isNew: false, payment: { origin: 'customer' } });
  });

  it('the table takes no other open one, whoever writes it', async () => {
    const { accountId } = await aPaymentUnderWay();
    const twice = test.asSuperuser(
      `insert into invoice_payments (account_id, payment_id, invoice_id, origin, state, amount,
         method, opened_at)
       select account_id, 'ipay_other', invoice_id, origin, state, amount, method, opened_at
       from invoice_payments where account_id = '${uuidOf(accountId)}'`,
    );
    await expect(twice).rejects.toThrow('invoice_payments_one_open');
  });
});
