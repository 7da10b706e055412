import { beforeAll, describe, expect, it } from 'vitest';
import { invoicePaymentIdFor } from '../../domain/ids.ts';
import { methodNameOf } from '../../domain/payment-methods.ts';
import { micros } from '../../domain/money.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { changeCollection } from '../../ledger/collection-changes.ts';
import { settleInvoicePayment } from '../../ledger/invoice-payment-endings.ts';
import { openInvoicePayment } from '../../ledger/invoice-payments.ts';
import { recordPaymentObject } from '../../ledger/payment-objects.ts';
import { issueInvoice } from '../../ledger/invoicing.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { aPostpaidAccount, cutoffMs, november, runMs, useImages } from './invoicing-fixture.ts';
import { dayMs, policies, useLedger, visa } from './ledger-fixture.ts';
import { setPrices } from './usage-fixture.ts';

const test = useLedger();
beforeAll(() => setPrices(test.ledger));

/** $2.70 with tax, of which a dollar was paid; then written off, or forgiven. */
async function aPartlyPaid(action: 'write_off' | 'forgive') {
  const { ledger } = test;
  const accountId = await aPostpaidAccount(ledger, { taxCountry: 'DE' });
  await useImages(ledger, accountId, 1_000, cutoffMs - dayMs);
  const issued = await issueInvoice(
    ledger,
    { accountId, period: november, nowMs: runMs },
    policies,
  );
  const invoiceId = issued.status === 'issued' ? (issued.invoiceId ?? '') : '';
  const name = { accountId, invoiceId, nowMs: runMs };
  const paymentId = invoicePaymentIdFor(accountId, '0123456789abcdef');
  const amount = micros(1_000_000);
  const asked = { ...name, paymentId, origin: 'customer' as const, paymentMethod: 'pm_1' };
  await openInvoicePayment(ledger, { ...asked, amount, requestHash: 'h' }, policies);
  const paymentIntentId = `pi_${accountId}`;
  await recordPaymentObject(ledger, { ...name, paymentId, paymentIntentId });
  const chargeId = `ch_${accountId}`;
  const capture = { chargeId, amount, capturedAtMs: runMs, card: visa, networkAdviceCode: null };
  const attempt = {
    ...{ attemptId: chargeId, paymentIntentId, chargeId, amount, outcome: 'succeeded' as const },
    ...{ cardFingerprint: 'fp', cardBrand: 'visa', attemptedAtMs: runMs, declineCode: null },
    ...{ adviceCode: null, networkDeclineCode: null, networkAdviceCode: null },
  };
  const method = methodNameOf({ paymentMethodId: 'pm_1', card: visa });
  const settle = { ...name, paymentId, paymentIntentId, capture, attempt, method };
  await settleInvoicePayment(ledger, settle, policies);
  const change = { ...name, operationId: '1', actor: 'operator:ann' };
  await changeCollection(ledger, { ...change, action: { kind: action, reason: 'r' } }, policies);
  return { accountId, invoiceId };
}

/** Changes what nobody may change: as superuser, with triggers and constraints of rows off. */
async function plant(sql: string): Promise<void> {
  await test.asSuperuser('set session_replication_role = replica');
  try {
    const { rowCount } = await test.asSuperuser(sql);
    expect(rowCount).toBeGreaterThan(0);
  } finally {
    await test.asSuperuser('set session_replication_role = origin');
  }
}

describe('R65 verifyLedger, of invoices that were paid', () => {
  it.each(['write_off', 'forgive'] as const)(
    'finds nothing where all is well: %s',
    async (action) => {
      const { accountId } = await aPartlyPaid(action);
      expect((await verifyLedger(test.ledger, { accountId })).differences).toEqual([]);
    },
  );

  it.each([
    [
      'what was paid',
      'write_off',
      'invoices set paid = paid - 1, credited = credited + 1',
      ['paid'],
    ],
    [
      'what was forgiven',
      'forgive',
      'invoices set forgiven = forgiven - 1, paid = paid + 1',
      ['forgiven', 'paid'],
    ],
    [
      'the amount of a payment',
      'write_off',
      'invoice_payments set amount = amount + 1',
      ['charged'],
    ],
    [
      'a payment that did not come',
      'forgive',
      `invoice_payments set state = 'canceled'`,
      ['charged'],
    ],
    ['what was written off', 'write_off', `invoices set state = 'open'`, ['allowance']],
  ] as const)('finds a difference planted in %s', async (_, action, change, expected) => {
    const { accountId, invoiceId } = await aPartlyPaid(action);
    const [table, ...rest] = change.split(' ');
    await plant(`update ${table} ${rest.join(' ')} where account_id = '${uuidOf(accountId)}'`);
    const { differences } = await verifyLedger(test.ledger, { accountId });
    const found = differences.map(({ which }) => which.replace(`invoice ${invoiceId} `, ''));
    for (const which of expected) expect(found).toContain(which);
  });
});
