import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { PayInvoiceRequest } from '../../client/collections.ts';
import type { InvoicePaymentOutcome } from '../../domain/invoice-payments.ts';
import { workflowIdOf } from '../../domain/workflow-ids.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { advanceTestClock } from '../../ledger/account-settings.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { patienceMs } from '../support/patience.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import {
  invoiceNow,
  owingAccount,
  ownCard,
  paidCharges,
  type Owing,
} from './fixtures/owing-account.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(async () => {
  expect((await verifyLedger(stack.ledger)).differences).toEqual([]);
  await stack.close();
});

const dayMs = 86_400_000;
const asking = 'pm_card_threeDSecure2Required';
const nothingDue = { status: 'refused', refusal: { code: 'invoice_nothing_due' } };

function debtOf(...script: string[]): Promise<Owing> {
  const card = script.length === 0 ? null : ownCard();
  return owingAccount(stack, card, { nowMs: Date.now(), script });
}

function pay({ invoiceId }: Owing, given: Partial<PayInvoiceRequest> = {}) {
  return stack.client.collections.pay({
    ...{ invoiceId, idempotencyKey: randomUUID(), origin: 'customer', waitMs: 50_000 },
    ...{ amount: null, paymentMethod: null, ...given },
  });
}

function handleOf({ invoiceId }: Owing) {
  return stack.temporal.workflow.getHandle(workflowIdOf('collection', invoiceId));
}

async function begin({ accountId, invoiceId }: Owing): Promise<void> {
  await stack.temporal.workflow.start('collection', {
    workflowId: workflowIdOf('collection', invoiceId),
    taskQueue: stack.workerSettings.taskQueue ?? '',
    args: [{ accountId, invoiceId }],
  });
}

/** To noon of a day after the charge day; the workflow is told, where one runs. */
async function moveTo({ accountId, invoiceId, chargeAtMs }: Owing, days: number): Promise<void> {
  const nowMs = Date.now();
  const offsetMs = chargeAtMs + days * dayMs + dayMs / 2 - nowMs;
  await advanceTestClock(stack.ledger, { accountId, offsetMs, actor: 'test', nowMs });
  const workflowId = workflowIdOf('collection', invoiceId);
  await stack.client.relayClockMoved({ workflowId, offsetMs });
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitFor(
    async () => {
      if (!(await holds())) throw new Error(`not yet: ${holds.toString()}`);
    },
    { timeout: patienceMs, interval: 50 },
  );
}

async function eventsOf({ accountId }: Owing, kind: string): Promise<number> {
  const rows = await stack.ledger.run(
    'select from billing_events where account_id = $1 and kind = $2',
    [uuidOf(accountId), kind],
  );
  return rows.length;
}

async function expectPaidOnce(debt: Owing): Promise<void> {
  await until(async () => (await invoiceNow(stack, debt)).due === 0);
  expect(paidCharges(stack, debt)).toHaveLength(1);
  expect(await eventsOf(debt, 'invoice_paid')).toBe(1);
}

function answersOf(outcomes: readonly InvoicePaymentOutcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) {
    const answer = 'refusal' in outcome ? outcome.refusal.code : outcome.status;
    counts[answer] = (counts[answer] ?? 0) + 1;
  }
  return counts;
}

function paymentOf({ accountId }: Owing): string {
  const found = stack.sandbox.controls
    .objects('payment_intent', 5_000)
    .find(({ metadata }) => (metadata as { account_id?: string }).account_id === accountId);
  return String(found?.['id']);
}

describe.concurrent('B1 many who pay at once', () => {
  test('50 calls race the scheduled charge: one charge, and each is answered', async () => {
    const debt = await debtOf('succeed');
    await begin(debt);
    const calls = Array.from({ length: 50 }, () => pay(debt));
    await moveTo(debt, 0);
    const answers = answersOf(await Promise.all(calls));
    await expectPaidOnce(debt);
    expect((answers['succeeded'] ?? 0) + (answers['invoice_nothing_due'] ?? 0)).toBe(50);
    expect(answers['succeeded'] ?? 0).toBeLessThanOrEqual(1);
  });

  test('R5 50 calls with one key are one payment, told to all; another input is refused', async () => {
    const debt = await debtOf('succeed');
    const idempotencyKey = randomUUID();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => pay(debt, { idempotencyKey })),
    );
    expect(answersOf(outcomes)).toEqual({ succeeded: 50 });
    await expectPaidOnce(debt);
    await expect(pay(debt, { idempotencyKey, paymentMethod: asking })).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
  });

  test('R52 twenty parts of a third each: never more is charged than is due', async () => {
    const debt = await debtOf('succeed');
    const amount = 900_000 as PayInvoiceRequest['amount'];
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => pay(debt, { amount })));
    const { succeeded = 0, invoice_nothing_due: late = 0, ...others } = answersOf(outcomes);
    expect({ succeeded, late, others }).toEqual({ succeeded: 3, late: 17, others: {} });
    expect(paidCharges(stack, debt).map((charge) => charge['amount'])).toEqual([90, 90, 90]);
    expect(await invoiceNow(stack, debt)).toMatchObject({ state: 'paid', paid: 2_700_000 });
  });

  test('a second card while the bank is asked about the first: the first is called off', async () => {
    const debt = await debtOf();
    expect(await pay(debt, { paymentMethod: asking })).toMatchObject({ status: 'requires_action' });
    const outcomes = await Promise.all(
      ['pm_card_visa', 'pm_card_mastercard', 'pm_card_amex'].map((paymentMethod) =>
        pay(debt, { paymentMethod }),
      ),
    );
    expect(answersOf(outcomes)).toEqual({ succeeded: 1, invoice_nothing_due: 2 });
    await expectPaidOnce(debt);
  });

  test('R52 the bank asked about all of it: a part is asked about anew, who wants the same joins', async () => {
    const debt = await debtOf();
    const amount = 900_000 as PayInvoiceRequest['amount'];
    const whole = await pay(debt, { paymentMethod: asking });
    const part = await pay(debt, { paymentMethod: asking, amount });
    const again = await pay(debt, { amount });
    expect([whole, part, again]).toMatchObject(
      [whole.paymentId, part.paymentId, part.paymentId].map((paymentId) => {
        return { paymentId, status: 'requires_action' };
      }),
    );
    expect(part.paymentId).not.toBe(whole.paymentId);
    const found = stack.sandbox.controls.objects('payment_intent', 5_000);
    const mine = found.filter(({ metadata }) => {
      return (metadata as { account_id?: string }).account_id === debt.accountId;
    });
    expect(mine.map(({ status, amount: asked }) => [status, asked])).toEqual([
      ['requires_action', 90],
      ['canceled', 270],
    ]);
  });
});

describe.concurrent('R47 somebody pays', () => {
  test('before its workflow was ever started', async () => {
    const debt = await debtOf('succeed');
    expect(await pay(debt)).toMatchObject({ status: 'succeeded' });
    await expectPaidOnce(debt);
  });

  test('after it was paid, and its workflow is over', async () => {
    const debt = await debtOf('succeed');
    await pay(debt);
    await handleOf(debt).result();
    expect(await pay(debt)).toMatchObject(nothingDue);
    await handleOf(debt).result();
    await expectPaidOnce(debt);
  });

  test('again with the key of the payment that was made: its outcome, for ever', async () => {
    const debt = await debtOf('succeed');
    const idempotencyKey = randomUUID();
    const first = await pay(debt, { idempotencyKey });
    await handleOf(debt).result();
    expect(await pay(debt, { idempotencyKey })).toEqual(first);
    await expectPaidOnce(debt);
  });

  test('at the close: 30 calls, one after the other, meet every moment of the end', async () => {
    const debt = await debtOf('succeed');
    const calls: Promise<InvoicePaymentOutcome>[] = [];
    for (let call = 0; call < 30; call += 1) {
      calls.push(pay(debt));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    expect(answersOf(await Promise.all(calls))).toEqual({ succeeded: 1, invoice_nothing_due: 29 });
    await expectPaidOnce(debt);
  });

  test('R50 after it became uncollectible', async () => {
    const debt = await debtOf();
    await begin(debt);
    await moveTo(debt, 91);
    expect(await handleOf(debt).result()).toMatchObject({ state: 'uncollectible' });
    const declined = await pay(debt, { paymentMethod: 'pm_card_chargeDeclined' });
    expect(declined).toMatchObject({ status: 'declined' });
    expect(await pay(debt, { paymentMethod: 'pm_card_visa' })).toMatchObject({
      status: 'succeeded',
    });
    await expectPaidOnce(debt);
  });

  test('after Temporal has forgotten its workflow', async () => {
    const debt = await debtOf('succeed');
    const idempotencyKey = randomUUID();
    const first = await pay(debt, { idempotencyKey });
    await handleOf(debt).result();
    const { workflowId } = handleOf(debt);
    const { namespace } = stack.temporal.options;
    await stack.temporal.workflowService.deleteWorkflowExecution({
      ...{ namespace, workflowExecution: { workflowId } },
    });
    await until(async () => {
      const isKnown = await handleOf(debt)
        .describe()
        .catch(() => null);
      return isKnown === null;
    });
    expect(await pay(debt, { idempotencyKey })).toEqual(first);
    expect(await pay(debt)).toMatchObject(nothingDue);
    await expectPaidOnce(debt);
  });

  test('after its workflow was terminated in the middle of a charge', async () => {
    const debt = await debtOf('succeed');
    const confirm = { method: 'POST', path: '/v1/payment_intents/:id/confirm' };
    const { controls } = stack.sandbox;
    // Stripe charges, and no answer of it arrives while the workflow lives.
    const silence = { kind: 'drop_after' as const, times: 1_000_000, object: debt.invoiceId };
    const fault = controls.planFault({ ...confirm, ...silence });
    const lost = pay(debt, { waitMs: 1_000 }).catch(() => null);
    await until(() => paidCharges(stack, debt).length === 1);
    await handleOf(debt).terminate('a test');
    controls.removeFault(fault.id);
    await lost;
    expect(await eventsOf(debt, 'invoice_paid')).toBe(0);
    expect(await pay(debt)).toMatchObject(nothingDue);
    await expectPaidOnce(debt);
  });
});

describe.concurrent('B2 webhooks', () => {
  const types = [
    'payment_intent.payment_failed',
    'payment_intent.succeeded',
    'charge.failed',
    'payment_intent.succeeded',
    'payment_intent.canceled',
    'payment_intent.requires_action',
  ];

  async function tell(debt: Owing): Promise<void> {
    const workflowId = workflowIdOf('collection', debt.invoiceId);
    await Promise.all(types.map((type) => stack.client.relayProcessorEvent({ type, workflowId })));
  }

  test('out of order, twice, early and late change nothing but the moment of the look', async () => {
    const debt = await debtOf();
    const waiting = pay(debt, { paymentMethod: asking });
    await tell(debt);
    expect(await waiting).toMatchObject({ status: 'requires_action' });
    await tell(debt);
    expect((await invoiceNow(stack, debt)).due).toBe(2_700_000);
    stack.sandbox.controls.answerAuthentication(paymentOf(debt), true);
    await tell(debt);
    await expectPaidOnce(debt);
    await tell(debt);
    await handleOf(debt).result();
    await expectPaidOnce(debt);
  });

  test('of a decline, many times: it is counted once (B11)', async () => {
    const debt = await debtOf('insufficient_funds');
    expect(await pay(debt)).toMatchObject({ status: 'declined' });
    await tell(debt);
    await tell(debt);
    const rows = await stack.ledger.run('select from charge_attempts where account_id = $1', [
      uuidOf(debt.accountId),
    ]);
    expect(rows).toHaveLength(1);
  });
});

test('R50 R52 what makes no sense is refused before anything is done or recorded', async () => {
  const debt = await debtOf('succeed');
  await begin(debt);
  const payment = {
    ...{ paymentId: 'ipay_1', origin: 'customer', amount: null, paymentMethod: null },
    ...{ returnUrl: 'http://127.0.0.1:1/back', requestHash: 'x' },
  };
  const operation = { operationId: 'one', actor: 'operator:ann' };
  const booking = { actor: 'operator:ann', paymentIntentId: 'pi_1', reason: 'found' };
  for (const [name, input] of [
    ...[0, -1, 0.5].map((amount) => ['payNow', { ...payment, amount }] as const),
    ['payNow', { ...payment, paymentId: '' }],
    ['pause', { ...operation, action: { kind: 'pause', reason: ' ' } }],
    ['writeOff', { ...operation, action: { kind: 'write_off', reason: '' } }],
    ['forgive', { ...operation, action: { kind: 'forgive', reason: '' } }],
    ['resume', { ...operation, operationId: '', action: { kind: 'resume' } }],
    ['retryNow', { ...operation, actor: '', action: { kind: 'retry_now' } }],
    ['bookPayment', { ...booking, paymentIntentId: 'ch_1' }],
    ['bookPayment', { ...booking, reason: ' ' }],
  ] as const) {
    const asked = handleOf(debt).executeUpdate(name, { args: [input] });
    await expect(asked, `${name} ${JSON.stringify(input)}`).rejects.toThrow(
      'Workflow Update failed',
    );
  }
  const { events } = await handleOf(debt).fetchHistory();
  expect(events?.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toEqual(
    [],
  );
  expect(await invoiceNow(stack, debt)).toMatchObject({ state: 'open', due: 2_700_000 });
});
