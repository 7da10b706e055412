import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workflowIdOf } from '../../domain/workflow-ids.ts';
import { advanceTestClock } from '../../ledger/account-settings.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { changeCollection } from '../../ledger/collection-changes.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { readInvoicesOfMonth } from '../../ledger/invoice-runs.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import type { PaymentWatchReport } from '../../workflows/messages.ts';
import { policies } from '../ledger/ledger-fixture.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import {
  invoiceNow,
  owingAccount,
  ownCard,
  paidCharges,
  putOnFile,
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
const nothing = { canceled: 0, followed: 0, reviews: 0 };

async function watch(): Promise<PaymentWatchReport> {
  return stack.temporal.workflow.execute<() => Promise<PaymentWatchReport>>('paymentWatch', {
    workflowId: `payment-watch-${randomUUID()}`,
    taskQueue: stack.workerSettings.taskQueue ?? '',
  });
}

function debtOf(...script: string[]): Promise<Owing> {
  const card = script.length === 0 ? null : ownCard();
  return owingAccount(stack, card, { nowMs: Date.now(), script });
}

function pay({ invoiceId }: Owing, paymentMethod: string | null = null) {
  return stack.client.collections.pay({
    ...{ invoiceId, idempotencyKey: randomUUID(), origin: 'customer', waitMs: 30_000 },
    ...{ amount: null, paymentMethod },
  });
}

function handleOf({ invoiceId }: Owing) {
  return stack.temporal.workflow.getHandle(workflowIdOf('collection', invoiceId));
}

/** To noon of a day after the charge day. */
async function moveTo({ accountId, chargeAtMs }: Owing, days: number): Promise<void> {
  const nowMs = Date.now();
  const offsetMs = chargeAtMs + days * dayMs + dayMs / 2 - nowMs;
  await advanceTestClock(stack.ledger, { accountId, offsetMs, actor: 'test', nowMs });
}

/** What the starter does on the charge day. */
async function startAll(): Promise<void> {
  const workflowId = `collection-starter-${randomUUID()}`;
  const taskQueue = stack.workerSettings.taskQueue ?? '';
  await stack.temporal.workflow.execute('collectionStarter', { workflowId, taskQueue, args: [{}] });
}

async function untilDue(debt: Owing, due: number): Promise<void> {
  await expect.poll(async () => (await invoiceNow(stack, debt)).due).toBe(due);
}

/** On the charge day; once it waits for something. */
async function startedDebt(...script: string[]): Promise<Owing> {
  const debt = await debtOf(...script);
  await moveTo(debt, 0);
  await startAll();
  await expect.poll(() => stepOf(debt)).toMatch(/^(needs|wait)/);
  return debt;
}

async function stepOf({ invoiceId }: Owing): Promise<string | undefined> {
  return (await stack.client.collections.status(invoiceId))?.step?.step;
}

/** How often it was told. */
async function toldOf({ accountId }: Owing, kind: string): Promise<number> {
  const rows = await stack.ledger.run('select from notices where account_id = $1 and kind = $2', [
    uuidOf(accountId),
    kind,
  ]);
  return rows.length;
}

async function auditOf({ accountId }: Owing): Promise<string[]> {
  const rows = await stack.ledger.run<{ action: string; actor: string }>(
    `select action, actor from audit_log
     where account_id = $1 and action like 'collection.%' order by audit_id`,
    [uuidOf(accountId)],
  );
  return rows.map(({ action, actor }) => `${action} ${actor}`);
}

function paymentOf({ accountId }: Owing) {
  const found = stack.sandbox.controls
    .objects('payment_intent', 5_000)
    .find(({ metadata }) => (metadata as { account_id?: string }).account_id === accountId);
  return { id: String(found?.['id']), status: String(found?.['status']) };
}

/** What the Temporal UI calls the run. */
async function summaryOf(debt: Owing): Promise<string | undefined> {
  return (await handleOf(debt).describe()).staticSummary();
}

/** As a run that was terminated leaves it: forgiven, and its payment object open. */
async function forgive({ accountId, invoiceId }: Owing): Promise<void> {
  const action = { kind: 'forgive' as const, reason: 'a test' };
  const order = { accountId, invoiceId, action, operationId: randomUUID(), actor: 'operator:ann' };
  await changeCollection(stack.ledger, { ...order, nowMs: Date.now() }, policies);
}

async function writeOff({ invoiceId }: Owing): Promise<void> {
  const done = await stack.client.collections.operate({
    ...{ invoiceId, idempotencyKey: randomUUID(), actor: 'operator:ann' },
    action: { kind: 'write_off', reason: 'a test' },
  });
  expect(done.status).toBe('done');
}

describe('R7 a collection whose run was ended by force', () => {
  test('while the bank asked the customer: paid meanwhile, it is recorded, once', async () => {
    const debt = await debtOf();
    expect(await pay(debt, asking)).toMatchObject({ status: 'requires_action' });
    await handleOf(debt).terminate('a test');
    stack.sandbox.controls.answerAuthentication(paymentOf(debt).id, true);
    expect(await watch()).toMatchObject({ ...nothing, followed: 1 });
    await untilDue(debt, 0);
    expect(paidCharges(stack, debt)).toHaveLength(1);
    expect(await watch()).toMatchObject(nothing);
  });

  test('before a planned charge: an hour after it was due, it is made', async () => {
    const debt = await debtOf('insufficient_funds', 'succeed');
    await moveTo(debt, 0);
    await startAll();
    await expect
      .poll(async () => (await stack.client.collections.status(debt.invoiceId))?.step?.step)
      .toBe('wait');
    const { number } = await invoiceNow(stack, debt);
    expect(await summaryOf(debt)).toBe(`Collect invoice ${number}`);
    await handleOf(debt).terminate('a test');
    expect(await watch()).toMatchObject(nothing);
    await moveTo(debt, 4);
    expect(await watch()).toMatchObject({ ...nothing, followed: 1 });
    expect(await summaryOf(debt)).toBe(`Collect invoice ${number}`);
    await untilDue(debt, 0);
    expect(paidCharges(stack, debt)).toHaveLength(1);
    expect(await watch()).toMatchObject(nothing);
  });

  test('R50 before it was given up: it becomes uncollectible all the same', async () => {
    const debt = await startedDebt();
    await handleOf(debt).terminate('a test');
    await moveTo(debt, 91);
    expect(await watch()).toMatchObject({ ...nothing, followed: 1 });
    expect(await handleOf(debt).result()).toMatchObject({ state: 'uncollectible' });
    expect(await watch()).toMatchObject(nothing);
  });

  const waits = [
    {
      name: 'R50 R61 while it waited for a card: that service stops is told all the same',
      ...{ script: [], writesOff: false },
      ...{ days: 8, kind: 'service_suspended', told: 1 },
    },
    {
      name: 'R13 while it waited for the customer’s confirmation: they are reminded',
      ...{ script: ['authenticate'], writesOff: false },
      ...{ days: 2, kind: 'invoice_authentication_needed', told: 2 },
    },
    {
      name: 'R50 R61 after it was written off: that service stops is told all the same',
      ...{ script: ['lost_card'], writesOff: true },
      ...{ days: 8, kind: 'service_suspended', told: 1 },
    },
  ];

  test.each(waits)('$name', async ({ script, writesOff, days, kind, told }) => {
    const debt = await startedDebt(...script);
    if (writesOff) await writeOff(debt);
    await handleOf(debt).terminate('a test');
    expect(await watch()).toMatchObject(nothing);
    await moveTo(debt, days);
    expect(await toldOf(debt, kind)).toBe(told - 1);
    expect(await watch()).toMatchObject({ ...nothing, followed: 1 });
    await expect.poll(() => toldOf(debt, kind)).toBe(told);
    // Its run has something to cancel, which the watch would find, too, as long as it is not done.
    if (writesOff) await handleOf(debt).result();
    expect(await watch()).toMatchObject(nothing);
    expect(paidCharges(stack, debt)).toEqual([]);
  });

  test('R49 while it waited for a card: the card that comes is charged at once', async () => {
    const debt = await startedDebt();
    await handleOf(debt).terminate('a test');
    await putOnFile(stack, debt.accountId, ownCard(), ['succeed']);
    await untilDue(debt, 0);
    expect(paidCharges(stack, debt)).toHaveLength(1);
    expect(await watch()).toMatchObject(nothing);
  });

  test('R49 and where another card became the default, told by a page or the command line', async () => {
    const debt = await startedDebt('lost_card');
    await handleOf(debt).terminate('a test');
    await stack.client.collections.tell(debt.invoiceId, 'invoice');
    expect((await handleOf(debt).describe()).status.name).toBe('TERMINATED');
    await stack.client.collections.tell(debt.invoiceId, 'card');
    expect((await handleOf(debt).describe()).status.name).toBe('RUNNING');
  });

  test('B1 with an open payment object of an invoice that asks for nothing: it is canceled', async () => {
    const debt = await debtOf('insufficient_funds');
    await pay(debt);
    await handleOf(debt).terminate('a test');
    await forgive(debt);
    expect(paymentOf(debt).status).toBe('requires_payment_method');
    // Where the run that it starts is quick, the watch still has the open object on its list.
    expect(await watch()).toMatchObject({ followed: 1, reviews: 0 });
    await handleOf(debt).result();
    expect(paymentOf(debt).status).toBe('canceled');
    expect(await watch()).toMatchObject(nothing);
  });
});

test('B8 a month tells how many of its collections have begun, and how many wait', async () => {
  const debt = await debtOf('insufficient_funds');
  await startAll();
  const { period } = await invoiceNow(stack, debt);
  if (period === null) throw new Error('the invoice is of a month');
  const [before] = await readInvoicesOfMonth(stack.ledger, { period });
  await moveTo(debt, 0);
  await startAll();
  const [after] = await readInvoicesOfMonth(stack.ledger, { period });
  if (before === undefined || after === undefined) throw new Error('the month has an invoice');
  expect(after.collectionsBegun).toBe(before.collectionsBegun + 1);
  expect(after.toCollect).toBe(before.toCollect - 1);
});

test('a collection with a run of its own is left to it', async () => {
  const debt = await debtOf();
  await pay(debt, asking);
  const { runId } = await handleOf(debt).describe();
  expect(await watch()).toMatchObject(nothing);
  expect((await handleOf(debt).describe()).runId).toBe(runId);
});

/** At Stripe alone, with the names that ours have. */
async function atStripe(
  operationId: string,
  { accountId, paymentMethodId }: Owing,
  paid: boolean,
  cents = 270,
) {
  const [row] = await stack.ledger.run<{ customer: string }>(
    `select customer_id as customer from accounts where account_id = any(
       select account_id from payment_methods where payment_method_id = $1)`,
    [paymentMethodId],
  );
  const response = await fetch(`${stack.sandbox.url}/v1/payment_intents`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack.workerSettings.stripeSecretKey}` },
    body: new URLSearchParams({
      ...{ amount: String(cents), currency: 'usd', customer: String(row?.customer) },
      ...{ 'metadata[operation_id]': operationId, 'metadata[account_id]': accountId },
      ...(paid
        ? { confirm: 'true', off_session: 'true', payment_method: String(paymentMethodId) }
        : {}),
    }),
  });
  const body = (await response.json()) as { id: string };
  expect(response.ok, JSON.stringify(body)).toBe(true);
  return body.id;
}

test('B1 a second open object of a paid invoice is canceled', async () => {
  const debt = await debtOf('succeed');
  await pay(debt);
  await handleOf(debt).result();
  const id = await atStripe(`${debt.invoiceId}/2`, debt, false);
  expect(await watch()).toMatchObject({ ...nothing, canceled: 1 });
  expect(stack.sandbox.controls.object(id)).toMatchObject({ status: 'canceled' });
});

describe('R59 R7 a payment at Stripe of which the ledger knows no charge', () => {
  const reason = 'the database was restored';
  const book = ({ invoiceId }: Owing, paymentIntentId: string) =>
    stack.client.collections.book({ invoiceId, paymentIntentId, actor: 'operator:ann', reason });
  const standing = async (debt: Owing) => {
    const { due, state } = await invoiceNow(stack, debt);
    const { balances } = (await readAccount(stack.ledger, debt)) ?? {};
    return { due, state, refundsDue: balances?.refundsDue };
  };

  test('is shown to an operator, who books it: once, whoever asks how often', async () => {
    const debt = await debtOf('succeed');
    const id = await atStripe(`${debt.invoiceId}/1`, debt, true);
    expect(await watch()).toMatchObject({ ...nothing, reviews: 1 });
    expect(await standing(debt)).toEqual({ due: 2_700_000, state: 'open', refundsDue: 0 });
    const booked = await Promise.all([book(debt, id), book(debt, id)]);
    expect([...booked, await book(debt, id)].map(({ status }) => status)).toEqual([
      ...['done', 'done', 'done'],
    ]);
    expect(await standing(debt)).toEqual({ due: 0, state: 'paid', refundsDue: 0 });
    expect(await toldOf(debt, 'invoice_paid')).toBe(1);
    expect(await auditOf(debt)).toEqual(['collection.book_payment operator:ann']);
    expect(await watch()).toMatchObject(nothing);
  });

  test('is owed back where nothing is due any more', async () => {
    const debt = await debtOf('succeed');
    await pay(debt);
    const id = await atStripe(`${debt.invoiceId}/2`, debt, true);
    expect(await watch()).toMatchObject({ ...nothing, reviews: 1 });
    expect(await book(debt, id)).toEqual({ status: 'done' });
    expect(await standing(debt)).toEqual({ due: 0, state: 'paid', refundsDue: 2_700_000 });
    expect(await watch()).toMatchObject(nothing);
  });

  test('may be a part: the rest is charged by an object of its own', async () => {
    const debt = await debtOf('succeed');
    const id = await atStripe(`${debt.invoiceId}/1`, debt, true, 100);
    expect(await book(debt, id)).toEqual({ status: 'done' });
    expect(await standing(debt)).toEqual({ due: 1_700_000, state: 'open', refundsDue: 0 });
    expect(await pay(debt)).toMatchObject({ status: 'succeeded' });
    const names = stack.sandbox.controls
      .objects('payment_intent', 5_000)
      .map(({ metadata }) => (metadata as { operation_id?: string }).operation_id ?? '')
      .filter((name) => name.startsWith(debt.invoiceId));
    expect(names).toEqual([`${debt.invoiceId}/2`, `${debt.invoiceId}/1`]);
    expect(paidCharges(stack, debt).map(({ amount }) => amount)).toEqual([170, 100]);
  });

  test('may be the object that a run of ours made, paid at Stripe itself', async () => {
    const debt = await debtOf('insufficient_funds', 'succeed');
    expect(await pay(debt)).toMatchObject({ status: 'declined' });
    const { id } = paymentOf(debt);
    const paid = await fetch(`${stack.sandbox.url}/v1/payment_intents/${id}/confirm`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stack.workerSettings.stripeSecretKey}` },
      body: new URLSearchParams({
        ...{ payment_method: String(debt.paymentMethodId), off_session: 'true' },
      }),
    });
    expect(paid.ok).toBe(true);
    expect(await watch()).toMatchObject({ ...nothing, reviews: 1 });
    expect(await book(debt, id)).toEqual({ status: 'done' });
    expect(await standing(debt)).toEqual({ due: 0, state: 'paid', refundsDue: 0 });
    expect(await watch()).toMatchObject(nothing);
  });

  test('is booked on no other invoice, and never before it took money', async () => {
    const debt = await debtOf('succeed');
    const other = await debtOf('succeed');
    const open = await atStripe(`${debt.invoiceId}/1`, debt, false);
    const paid = await atStripe(`${other.invoiceId}/1`, other, true);
    for (const id of [open, paid, 'pi_none']) {
      const refused = { status: 'refused', refusal: { code: 'payment_not_bookable' } };
      expect(await book(debt, id)).toMatchObject(refused);
    }
    expect(await standing(debt)).toEqual({ due: 2_700_000, state: 'open', refundsDue: 0 });
    expect(await book(other, paid)).toEqual({ status: 'done' });
  });

  test('waits while a payment of the invoice is under way', async () => {
    const debt = await debtOf('succeed');
    expect(await pay(debt, asking)).toMatchObject({ status: 'requires_action' });
    const id = await atStripe(`${debt.invoiceId}/2`, debt, true);
    const refused = { status: 'refused', refusal: { code: 'invoice_payment_under_way' } };
    expect(await book(debt, id)).toMatchObject(refused);
    expect(await pay(debt, 'pm_card_mastercard')).toMatchObject({ status: 'succeeded' });
    expect(await book(debt, id)).toEqual({ status: 'done' });
    expect(await standing(debt)).toEqual({ due: 0, state: 'paid', refundsDue: 2_700_000 });
  });
});

test('R59 a payment of an invoice that no run made is shown to an operator, and nothing is done', async () => {
  const debt = await debtOf('succeed');
  await atStripe(`${debt.invoiceId}/1`, debt, true);
  const unknown = await debtOf('succeed');
  await atStripe(`${unknown.invoiceId}0/1`, unknown, false);
  expect(await watch()).toMatchObject({ ...nothing, reviews: 2 });
  expect((await invoiceNow(stack, debt)).due).toBe(2_700_000);
});
