import { together202511 } from '../../domain/policy.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import { closeAccount } from '../../ledger/account-closing.ts';
import * as message from '../../workflows/messages.ts';
import type { RecordingName } from './required.ts';
import {
  askingCard,
  askStripe,
  newCard,
  Order,
  order,
  saveCard,
  until,
  waiting,
  type Play,
} from './stage.ts';
import type { TestStack } from '../support/stack.ts';

const hourMs = 3_600_000;
const confirmPath = { method: 'POST', path: '/v1/payment_intents/:id/confirm' };
const readPath = { method: 'GET', path: '/v1/payment_intents/:id' };

/** A purchase whose bank asks the customer. */
async function asked(stack: TestStack): Promise<Order> {
  const one = await order(stack);
  await one.buy({ paymentMethod: askingCard });
  return one;
}

/** One call of the customer's decides all. */
function once(given: Parameters<Order['buy']>[0]): Play {
  return async (stack) => {
    const one = await order(stack);
    await one.buy(given);
    return one.finished();
  };
}

const succeeded = {
  'purchase-new-card': once({}),
  async 'purchase-card-on-file'(stack) {
    const one = await order(stack);
    await saveCard(stack, one.accountId, 'pm_card_visa');
    await one.buy({ paymentMethod: null });
    return one.finished();
  },
  async 'purchase-authenticated'(stack) {
    const one = await asked(stack);
    one.answerBank(true);
    await one.comeBack();
    return one.finished();
  },
  async 'purchase-authenticated-by-webhook'(stack) {
    const one = await asked(stack);
    one.answerBank(true);
    const { workflowId } = one;
    const type = 'payment_intent.succeeded';
    await stack.client.relayProcessorEvent({ type, workflowId });
    return one.finished();
  },
  async 'purchase-authenticated-by-new-link'(stack) {
    const one = await asked(stack);
    await waiting(stack, one);
    await one.moveClock(25 * hourMs);
    await waiting(stack, one);
    await stack.client.sendAuthenticationLink(one.purchaseId);
    await waiting(stack, one);
    one.answerBank(true);
    await one.comeBack();
    return one.finished();
  },
  async 'purchase-unknown-then-succeeded'(stack) {
    const one = await order(stack);
    const { controls } = stack.sandbox;
    controls.planFault({ ...confirmPath, kind: 'error_500_after', object: one.purchaseId });
    controls.planFault({ ...readPath, kind: 'drop_before', times: 3 });
    await one.buy();
    return one.finished();
  },
  async 'purchase-processing-then-succeeded'(stack) {
    const one = await order(stack);
    await one.buy({ paymentMethod: 'pm_sandbox_script_process' });
    stack.sandbox.controls.settleProcessing(one.paymentId(), null);
    await one.comeBack();
    return one.finished();
  },
  async 'purchase-found-final'(stack) {
    const one = await order(stack);
    await one.buy();
    await one.finished();
    const { workflowId } = one;
    const handle = stack.temporal.workflow.getHandle(workflowId);
    const { events } = await handle.fetchHistory();
    const firstTask = events?.find(({ workflowTaskCompletedEventAttributes: done }) => done);
    const { runId } = await stack.temporal.workflowService.resetWorkflowExecution({
      namespace: stack.temporal.options.namespace,
      workflowExecution: { workflowId },
      requestId: one.idempotencyKey,
      reason: 'to be recorded',
      workflowTaskFinishEventId: firstTask?.eventId ?? null,
    });
    await stack.temporal.workflow.getHandle(workflowId, runId).result();
    return { workflowId, runId };
  },
  async 'purchase-resumed'(stack) {
    const one = await asked(stack);
    await waiting(stack, one);
    await stack.temporal.workflow.getHandle(one.workflowId).terminate('to be recorded');
    one.answerBank(true);
    await one.buy({ paymentMethod: askingCard });
    return one.finished();
  },
} satisfies Partial<Record<RecordingName, Play>>;

const unpaid = {
  'purchase-declined': once({ paymentMethod: 'pm_card_chargeDeclinedInsufficientFunds' }),
  async 'purchase-failed-at-the-bank'(stack) {
    const one = await asked(stack);
    one.answerBank(false);
    await one.comeBack();
    return one.finished();
  },
  'purchase-refused-amount': once({ dollars: 4.99 }),
  'purchase-refused-without-card': once({ paymentMethod: null }),
  async 'purchase-refused-duplicate'(stack) {
    const first = await asked(stack);
    const second = new Order(stack, first.accountId);
    await second.buy();
    return second.finished();
  },
  'purchase-refused-prepaid': once({ paymentMethod: 'pm_card_mastercard_prepaid' }),
  'purchase-refused-prepaid-by-advice': once({ paymentMethod: 'pm_sandbox_mastercardAdvice_40' }),
  async 'purchase-refused-prepaid-on-file'(stack) {
    const one = await order(stack);
    // No other play's card: its number is remembered as prepaid.
    const card = await saveCard(stack, one.accountId, 'pm_card_amex');
    stack.sandbox.controls.updateCard(card, { funding: 'prepaid' });
    await one.buy({ paymentMethod: null });
    return one.finished();
  },
} satisfies Partial<Record<RecordingName, Play>>;

const calledOff = {
  async 'purchase-canceled'(stack) {
    const one = await asked(stack);
    await stack.temporal.workflow.getHandle(one.workflowId).cancel();
    return one.finished();
  },
  async 'purchase-called-off-by-operator'(stack) {
    const one = await asked(stack);
    const handle = stack.temporal.workflow.getHandle(one.workflowId);
    const resolve = message.resolvePurchaseUpdate;
    await handle.executeUpdate(resolve, { args: [{ decision: 'look_again' }] });
    await handle.executeUpdate(resolve, { args: [{ decision: 'call_off' }] });
    return one.finished();
  },
  async 'purchase-authentication-expired'(stack) {
    const one = await asked(stack);
    await waiting(stack, one);
    await one.moveClock(80 * hourMs);
    await waiting(stack, one);
    await one.moveClock(30 * 24 * hourMs);
    return one.finished();
  },
  async 'purchase-confirm-never-done'(stack) {
    const one = await order(stack);
    const { controls } = stack.sandbox;
    controls.planFault({ ...confirmPath, kind: 'error_500', object: one.purchaseId });
    await one.buy();
    return one.finished();
  },
  async 'purchase-rejected-by-stripe'(stack) {
    const one = await order(stack);
    const paymentMethod = await newCard(stack, 'tok_visa');
    stack.sandbox.controls.planFault({
      ...{ method: 'POST', path: '/v1/payment_intents', kind: 'slow', delayMs: 1_500 },
      object: one.purchaseId,
    });
    const call = one.buy({ paymentMethod });
    await until(() => paymentExists(one));
    // Meanwhile somebody else keeps the card, so that Stripe turns the confirm down.
    const { id } = await askStripe(stack, '/v1/customers', {});
    await askStripe(stack, `/v1/payment_methods/${paymentMethod}/attach`, { customer: id });
    await call;
    return one.finished();
  },
  async 'purchase-given-up-before-payment'(stack) {
    const one = await order(stack);
    stack.sandbox.controls.planFault({
      ...{ method: 'POST', path: '/v1/customers', kind: 'error_500', object: one.accountId },
    });
    await one.buy();
    return one.finished();
  },
} satisfies Partial<Record<RecordingName, Play>>;

const returned = {
  async 'purchase-returned-account-closed'(stack) {
    const one = await asked(stack);
    const { accountId } = one;
    await closeAccount(
      stack.ledger,
      { accountId, actor: 'recorder', nowMs: Date.now() },
      onlyPolicy(together202511),
    );
    one.answerBank(true);
    await one.comeBack();
    return one.finished();
  },
  async 'purchase-returned-prepaid'(stack) {
    const one = await order(stack);
    // No other play's card: its number is remembered as prepaid.
    const card = await newCard(stack, 'tok_authenticationRequired');
    await one.buy({ paymentMethod: card });
    stack.sandbox.controls.updateCard(card, { funding: 'prepaid' });
    one.answerBank(true);
    await one.comeBack();
    return one.finished();
  },
} satisfies Partial<Record<RecordingName, Play>>;

const open = {
  async 'purchase-open-at-the-bank'(stack) {
    return waiting(stack, await asked(stack));
  },
  async 'purchase-open-reminded'(stack) {
    const one = await asked(stack);
    await waiting(stack, one);
    await one.moveClock(25 * hourMs);
    return waiting(stack, one);
  },
  async 'purchase-open-processing'(stack) {
    const one = await order(stack);
    await one.buy({ paymentMethod: 'pm_sandbox_script_process' });
    // Waits double, so that soon one is long enough to be met.
    return waiting(stack, one);
  },
  async 'purchase-open-unknown'(stack) {
    const one = await order(stack);
    const { controls } = stack.sandbox;
    controls.planFault({ ...confirmPath, kind: 'error_500_after', object: one.purchaseId });
    controls.planFault({ ...readPath, kind: 'drop_before', times: 1_000 });
    await one.buy();
    return waiting(stack, one);
  },
  async 'purchase-open-alarmed'(stack) {
    const one = await order(stack);
    await one.buy({ paymentMethod: 'pm_sandbox_script_process' });
    await waiting(stack, one);
    await one.moveClock(hourMs);
    return waiting(stack, one);
  },
} satisfies Partial<Record<RecordingName, Play>>;

function paymentExists(one: Order): boolean {
  try {
    return one.paymentId() !== '';
  } catch {
    return false;
  }
}

/** Purchases that are played beside others; those of the payment watch are in watch-plays.ts. */
export const purchasePlays = { ...succeeded, ...unpaid, ...calledOff, ...returned, ...open };
