import { randomUUID } from 'node:crypto';
import { refusal } from '../../domain/failures.ts';
import { micros } from '../../domain/money.ts';
import { together202511 } from '../../domain/policy.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { applyChanges, type Change } from '../../ledger/change.ts';
import { closePurchase } from '../../ledger/purchase-endings.ts';
import { storeWebhookEvent } from '../../ledger/webhook-events.ts';
import type { TestStack } from '../support/stack.ts';
import { startReceiver } from '../support/webhook-receiver.ts';
import type { RecordingName } from './required.ts';
import {
  askingCard,
  askStripe,
  finished,
  order,
  waiting,
  type Order,
  type Play,
  type Run,
} from './stage.ts';
import { leaveWebhookMessage } from './webhook-plays.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** One run of what a Schedule starts, to its end; returns the first of its runs. */
async function run(
  stack: TestStack,
  workflowType: 'sweep' | 'paymentWatch' | 'creditExpiry',
): Promise<Run> {
  const handle = await stack.temporal.workflow.start(workflowType, {
    workflowId: `${workflowType}-${randomUUID()}`,
    taskQueue: stack.workerSettings.taskQueue ?? '',
  });
  await handle.result();
  return { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
}

async function terminate(stack: TestStack, { workflowId }: Run): Promise<void> {
  await stack.temporal.workflow.getHandle(workflowId).terminate('to be recorded');
}

/** A purchase that lost its run while the bank asked the customer. */
async function lost(stack: TestStack): Promise<Order> {
  const one = await order(stack);
  await one.buy({ paymentMethod: askingCard });
  await waiting(stack, one);
  await terminate(stack, one);
  return one;
}

/** A purchase that lost its run at a call to Stripe, and what the payment watch then started. */
function lostAt(path: string): Play {
  return async (stack) => {
    const one = await order(stack);
    stack.sandbox.controls.planFault({ method: 'POST', path, kind: 'drop_before', times: 1_000 });
    await one.buy({ waitMs: 1_000 });
    await terminate(stack, one);
    stack.sandbox.controls.clearFaults();
    await run(stack, 'paymentWatch');
    return one.finished();
  };
}

/** A mail that a worker left which died between the notice and its mail. */
async function leaveMail(stack: TestStack, { accountId, purchaseId }: Order): Promise<void> {
  const payload = {
    ...{ kind: 'purchase_refused', purchaseId, credits: 25_000_000 },
    refusal: refusal('payment_not_completed'),
  };
  await stack.ledger.run(
    `insert into notices (account_id, notice_id, kind, payload, occurred_at, recorded_at)
     values ($1, $2, $3, $4, clock_timestamp(), clock_timestamp() - interval '6 minutes')`,
    [uuidOf(accountId), `${purchaseId}:left`, payload.kind, JSON.stringify(payload)],
  );
}

async function leaveWebhook(stack: TestStack, workflowId: string): Promise<void> {
  await storeWebhookEvent(stack.ledger, {
    ...{ eventId: `evt_${randomUUID()}`, type: 'payment_intent.succeeded', objectId: 'pi_any' },
    ...{ workflowId, nowMs: Date.now() - 2 * minuteMs },
  });
}

/** More payments than one run walks through; none of them is ours. */
async function manyPayments(stack: TestStack): Promise<void> {
  const ask = () => askStripe(stack, '/v1/payment_intents', { amount: '500', currency: 'usd' });
  for (let made = 0; made < 1_020; made += 60) await Promise.all(Array.from({ length: 60 }, ask));
}

/** Free credits that ended a minute ago, and as many that end in a day. */
async function endingCredits(stack: TestStack, count: number): Promise<void> {
  const { accountId } = await stack.createAccount();
  const [nowMs, grantedAtMs] = [Date.now(), Date.now() - 30 * dayMs];
  const changes = [-minuteMs, dayMs].flatMap((inMs) =>
    Array.from({ length: count }, (_, index) =>
      granting(accountId, `${inMs}/${index}`, grantedAtMs, nowMs + inMs),
    ),
  );
  await applyChanges(stack.ledger, changes);
}

function granting(
  accountId: string,
  key: string,
  occurredAtMs: number,
  expiresAtMs: number,
): Change<null> {
  const policies = onlyPolicy(together202511);
  const grant = { amount: micros(1_000_000), scope: null, expiresAtMs, reason: 'a play' };
  return {
    accountId,
    entry: { key, input: null, policies, occurredAtMs },
    decide: () => ({ events: [{ kind: 'credits_granted', ...grant }], result: null }),
  };
}

/** What runs by itself looks at everything there is: each of these wants a stack to itself. */
export const regularPlays = {
  'sweep-nothing-left-over': (stack) => run(stack, 'sweep'),
  async 'sweep-webhooks-and-mails'(stack) {
    const one = await order(stack);
    await one.buy({ paymentMethod: askingCard });
    await waiting(stack, one);
    await leaveMail(stack, one);
    await leaveWebhook(stack, one.workflowId);
    await leaveWebhook(stack, 'purchase/pur_unknown');
    return run(stack, 'sweep');
  },
  async 'sweep-mail-server-away'(stack) {
    await leaveMail(stack, await order(stack));
    await stack.mailbox.close();
    return run(stack, 'sweep');
  },
  async 'sweep-starts-webhook-delivery'(stack) {
    const receiver = await startReceiver();
    const delivery = await leaveWebhookMessage(stack, receiver.url);
    const swept = await run(stack, 'sweep');
    await finished(stack, delivery.workflowId);
    await receiver.close();
    return swept;
  },
  'credit-expiry-nothing-due': (stack) => run(stack, 'creditExpiry'),
  async 'credit-expiry-expired-and-announced'(stack) {
    await endingCredits(stack, 1);
    return run(stack, 'creditExpiry');
  },
  async 'credit-expiry-continued'(stack) {
    await endingCredits(stack, 1_050);
    return run(stack, 'creditExpiry');
  },
  async 'credit-expiry-went-on'(stack) {
    await endingCredits(stack, 1_050);
    const { workflowId } = await run(stack, 'creditExpiry');
    return { workflowId };
  },
  async 'payment-watch-all-well'(stack) {
    const [over, open] = [await order(stack), await order(stack)];
    await over.buy();
    await over.finished();
    await open.buy({ paymentMethod: askingCard });
    await waiting(stack, open);
    return run(stack, 'paymentWatch');
  },
  async 'payment-watch-cancels'(stack) {
    const { accountId, purchaseId } = await lost(stack);
    const ending = { status: 'canceled' as const, refusal: refusal('payment_not_completed') };
    const nowMs = Date.now();
    await closePurchase(
      stack.ledger,
      { accountId, purchaseId, ending, attempt: null, nowMs },
      onlyPolicy(together202511),
    );
    return run(stack, 'paymentWatch');
  },
  async 'payment-watch-follows'(stack) {
    await lost(stack);
    return run(stack, 'paymentWatch');
  },
  async 'payment-watch-calls-operator'(stack) {
    const one = await order(stack);
    // Named as ours, although the ledger has no such purchase.
    await askStripe(stack, '/v1/payment_intents', {
      ...{ amount: '500', currency: 'usd', 'metadata[operation_id]': one.purchaseId },
    });
    return run(stack, 'paymentWatch');
  },
  async 'payment-watch-continued'(stack) {
    await manyPayments(stack);
    return run(stack, 'paymentWatch');
  },
  async 'payment-watch-went-on'(stack) {
    await manyPayments(stack);
    const { workflowId } = await run(stack, 'paymentWatch');
    return { workflowId };
  },
  async 'purchase-followed-up'(stack) {
    const one = await lost(stack);
    one.answerBank(true);
    await run(stack, 'paymentWatch');
    return one.finished();
  },
  'purchase-followed-up-without-payment': lostAt('/v1/payment_intents'),
  'purchase-followed-up-unconfirmed': lostAt('/v1/payment_intents/:id/confirm'),
  async 'purchase-followed-up-unrecorded'(stack) {
    const one = await order(stack);
    const path = '/v1/payment_intents';
    const kind = 'drop_after';
    stack.sandbox.controls.planFault({ method: 'POST', path, kind, times: 1_000 });
    const list = { method: 'GET', path, kind: 'drop_before', times: 1_000 } as const;
    stack.sandbox.controls.planFault(list);
    await one.buy({ waitMs: 1_000 });
    await terminate(stack, one);
    stack.sandbox.controls.clearFaults();
    await run(stack, 'paymentWatch');
    return finished(stack, one.workflowId);
  },
} satisfies Partial<Record<RecordingName, Play>>;
