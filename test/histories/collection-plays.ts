import { randomUUID } from 'node:crypto';
import type { CollectionAction } from '../../domain/collection-changes.ts';
import { micros } from '../../domain/money.ts';
import { workflowIdOf } from '../../domain/workflow-ids.ts';
import type { PayInvoiceRequest } from '../../client/collections.ts';
import { advanceTestClock } from '../../ledger/account-settings.ts';
import { replaceInvoice } from '../../ledger/invoice-corrections.ts';
import { readPriceBook } from '../../ledger/prices.ts';
import { policies } from '../ledger/ledger-fixture.ts';
import type { TestStack } from '../support/stack.ts';
import { owingAccount, ownCard, type Owing } from '../workflows/fixtures/owing-account.ts';
import type { RecordingName } from './required.ts';
import { askingCard, email, finished, fullName, saveCard, until, waiting } from './stage.ts';
import type { Play, Run } from './stage.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Cards are charged again in the daytime. */
const noonMs = 12 * hourMs;
const createPath = { method: 'POST', path: '/v1/payment_intents' };
const confirmPath = { method: 'POST', path: '/v1/payment_intents/:id/confirm' };
const readPath = { method: 'GET', path: '/v1/payment_intents/:id' };

/** One invoice that owes, and its workflow. */
class Debt implements Run {
  readonly stack: TestStack;
  readonly owing: Owing;
  readonly workflowId: string;
  readonly openedAtMs = Date.now();

  constructor(stack: TestStack, owing: Owing) {
    this.stack = stack;
    this.owing = owing;
    this.workflowId = workflowIdOf('collection', owing.invoiceId);
  }

  async start(): Promise<void> {
    const { accountId, invoiceId } = this.owing;
    await this.stack.temporal.workflow.start('collection', {
      workflowId: this.workflowId,
      taskQueue: this.stack.workerSettings.taskQueue ?? '',
      args: [{ accountId, invoiceId }],
    });
  }

  /** Moves the account to so long after the begin of its charge day. */
  async moveTo(afterChargeDayMs: number): Promise<void> {
    const { accountId, chargeAtMs } = this.owing;
    const offsetMs = chargeAtMs + afterChargeDayMs - this.openedAtMs;
    const nowMs = Date.now();
    await advanceTestClock(this.stack.ledger, { accountId, offsetMs, actor: 'recorder', nowMs });
    await this.stack.client.relayClockMoved({ workflowId: this.workflowId, offsetMs });
  }

  pay(given: Partial<PayInvoiceRequest> = {}) {
    return this.stack.client.collections.pay({
      ...{ invoiceId: this.owing.invoiceId, idempotencyKey: randomUUID(), origin: 'customer' },
      ...{ amount: null, paymentMethod: null, returnUrl: 'http://127.0.0.1:1/', waitMs: 30_000 },
      ...given,
    });
  }

  async operate(action: CollectionAction): Promise<void> {
    const done = await this.stack.client.collections.operate({
      ...{ invoiceId: this.owing.invoiceId, idempotencyKey: randomUUID() },
      ...{ actor: 'operator:recorder', action },
    });
    if (done.status !== 'done') throw new Error(JSON.stringify(done));
  }

  /** The card on file. */
  card(): string {
    return String(this.owing.paymentMethodId);
  }

  /** The newest payment object of the account at Stripe. */
  paymentId(): string {
    const { accountId } = this.owing;
    const payment = this.stack.sandbox.controls
      .objects('payment_intent', 10_000)
      .find(({ metadata }) => (metadata as { account_id?: string }).account_id === accountId);
    return String(payment?.['id']);
  }

  answerBank(isAuthenticated: boolean): void {
    this.stack.sandbox.controls.answerAuthentication(this.paymentId(), isAuthenticated);
  }

  comeBack() {
    return this.stack.client.collections.confirm(this.owing.invoiceId, 30_000);
  }

  /** Once its workflow is known: another one starts it and does not wait. */
  async started(): Promise<void> {
    const handle = this.stack.temporal.workflow.getHandle(this.workflowId);
    await until(async () => (await handle.describe().catch(() => null)) !== null);
  }

  async terminate(): Promise<void> {
    await this.stack.temporal.workflow.getHandle(this.workflowId).terminate('to be recorded');
  }

  waiting(): Promise<Run> {
    return waiting(this.stack, this);
  }

  finished(): Promise<Run> {
    return finished(this.stack, this.workflowId);
  }
}

/** What the bank of its card says to each charge; none: there is no card. */
async function debt(stack: TestStack, script: readonly string[]): Promise<Debt> {
  const card = script.length === 0 ? null : ownCard();
  const options = { nowMs: Date.now(), email, name: fullName, script };
  return new Debt(stack, await owingAccount(stack, card, options));
}

/** Its workflow runs and waits for the charge day. */
async function begun(stack: TestStack, ...script: string[]): Promise<Debt> {
  const one = await debt(stack, script);
  await one.start();
  await one.waiting();
  return one;
}

/** Its card was charged on the charge day, and whatever came of that. */
async function charged(stack: TestStack, ...script: string[]): Promise<Debt> {
  const one = await begun(stack, ...script);
  await one.moveTo(0);
  await one.waiting();
  return one;
}

const paid = {
  async 'collection-paid-on-the-day'(stack) {
    const one = await begun(stack, 'succeed');
    await one.moveTo(0);
    return one.finished();
  },
  async 'collection-paid-after-retry'(stack) {
    const one = await charged(stack, 'insufficient_funds', 'succeed');
    await one.moveTo(4 * dayMs + noonMs);
    return one.finished();
  },
  async 'collection-paid-by-customer'(stack) {
    const one = await debt(stack, []);
    await one.pay({ paymentMethod: 'pm_card_mastercard' });
    return one.finished();
  },
  async 'collection-paid-with-another-card'(stack) {
    const one = await charged(stack, 'lost_card');
    await saveCard(stack, one.owing.accountId, 'pm_card_visa_debit');
    await stack.client.collections.tell(one.owing.invoiceId, 'card');
    await one.moveTo(4 * dayMs + noonMs);
    return one.finished();
  },
  async 'collection-paid-in-parts'(stack) {
    const one = await begun(stack, 'succeed');
    await one.pay({ amount: micros(1_000_000) });
    await one.waiting();
    await one.pay();
    return one.finished();
  },
  async 'collection-paid-after-authentication'(stack) {
    const one = await charged(stack, 'authenticate');
    await one.moveTo(25 * hourMs);
    await one.waiting();
    await one.pay();
    await one.waiting();
    one.answerBank(true);
    await one.comeBack();
    return one.finished();
  },
  async 'collection-paid-by-booking'(stack) {
    const one = await charged(stack, 'insufficient_funds', 'succeed');
    // Somebody pays it at Stripe itself; an operator books what was taken.
    await confirmAtStripe(stack, one);
    await stack.client.collections.book({
      ...{ invoiceId: one.owing.invoiceId, paymentIntentId: one.paymentId() },
      ...{ actor: 'operator:recorder', reason: 'to be recorded' },
    });
    return one.finished();
  },
  async 'collection-paid-by-webhook'(stack) {
    const one = await begun(stack);
    await one.pay({ paymentMethod: askingCard });
    one.answerBank(true);
    const { workflowId } = one;
    await stack.client.relayProcessorEvent({ type: 'payment_intent.succeeded', workflowId });
    return one.finished();
  },
  async 'collection-unknown-then-paid'(stack) {
    const one = await begun(stack, 'succeed');
    const { controls } = stack.sandbox;
    const { invoiceId } = one.owing;
    controls.planFault({ ...confirmPath, kind: 'error_500_after', object: invoiceId });
    controls.planFault({ ...readPath, kind: 'drop_before', times: 3 });
    await one.moveTo(0);
    return one.finished();
  },
  async 'collection-processing-then-paid'(stack) {
    const one = await begun(stack, 'process');
    await one.moveTo(0);
    await until(() => objectIs(one, 'processing'));
    stack.sandbox.controls.settleProcessing(one.paymentId(), null);
    const decision = 'look_again' as const;
    await stack.client.collections.resolve(one.owing.invoiceId, { decision }, 30_000);
    return one.finished();
  },
  async 'collection-resumed'(stack) {
    const one = await begun(stack);
    await one.pay({ paymentMethod: askingCard });
    await one.waiting();
    await one.terminate();
    one.answerBank(true);
    await one.start();
    return one.finished();
  },
  async 'collection-found-over'(stack) {
    const one = await debt(stack, ['succeed']);
    await one.pay();
    await one.finished();
    await one.pay();
    return one.finished();
  },
} satisfies Partial<Record<RecordingName, Play>>;

const unpaid = {
  async 'collection-void'(stack) {
    const one = await begun(stack);
    const { accountId, invoiceId } = one.owing;
    const asked = { accountId, invoiceId, reason: 'to be recorded', actor: 'operator:recorder' };
    const book = await readPriceBook(stack.ledger);
    await replaceInvoice(stack.ledger, { ...asked, nowMs: Date.now() }, policies, book);
    await stack.client.collections.tell(invoiceId, 'invoice');
    return one.finished();
  },
  async 'collection-written-off'(stack) {
    const one = await charged(stack, 'do_not_honor');
    await one.operate({ kind: 'write_off', reason: 'to be recorded' });
    // It ends once it has told that service stops.
    await one.moveTo(8 * dayMs);
    return one.finished();
  },
  async 'collection-given-up'(stack) {
    const one = await begun(stack);
    await one.moveTo(8 * dayMs);
    await one.waiting();
    await one.moveTo(90 * dayMs);
    return one.finished();
  },
  async 'collection-forgiven'(stack) {
    const one = await charged(stack, 'insufficient_funds');
    await one.operate({ kind: 'forgive', reason: 'to be recorded' });
    return one.finished();
  },
  async 'collection-forgiven-after-payment-came-late'(stack) {
    const one = await charged(stack, 'insufficient_funds', 'succeed', 'succeed');
    // Somebody pays it at Stripe itself, where an operator's word comes a moment earlier.
    await confirmAtStripe(stack, one);
    await one.operate({ kind: 'forgive', reason: 'to be recorded' });
    return one.finished();
  },
} satisfies Partial<Record<RecordingName, Play>>;

const open = {
  async 'collection-open-before-charge-day'(stack) {
    return (await begun(stack, 'succeed')).waiting();
  },
  async 'collection-open-declined'(stack) {
    return (await charged(stack, 'insufficient_funds', 'lost_card')).waiting();
  },
  async 'collection-open-operated'(stack) {
    const one = await charged(stack, 'insufficient_funds', 'do_not_honor');
    await one.operate({ kind: 'pause', reason: 'to be recorded' });
    await one.operate({ kind: 'resume' });
    await one.operate({ kind: 'schedule', retryAfterDays: [2, 4] });
    await one.operate({ kind: 'retry_now' });
    await one.waiting();
    const untilMs = one.owing.chargeAtMs + 10 * dayMs;
    await one.operate({ kind: 'promise', untilMs, reason: 'to be recorded' });
    return one.waiting();
  },
  async 'collection-open-called-off'(stack) {
    const one = await begun(stack, 'succeed');
    const call = one.pay({ paymentMethod: askingCard });
    await until(() => objectIs(one, 'requires_action'));
    await call;
    const decision = 'call_off' as const;
    await stack.client.collections.resolve(one.owing.invoiceId, { decision }, 30_000);
    return one.waiting();
  },
  async 'collection-open-stripe-away'(stack) {
    const one = await begun(stack, 'succeed');
    const { invoiceId } = one.owing;
    // A stored 500 that did nothing: it never comes right, so the attempt is called off.
    stack.sandbox.controls.planFault({ ...createPath, kind: 'error_500', object: invoiceId });
    await one.moveTo(0);
    return one.waiting();
  },
  async 'collection-open-card-expired'(stack) {
    const one = await begun(stack, 'succeed');
    // The issuer told Stripe, and nobody told us.
    stack.sandbox.controls.updateCard(one.card(), { expMonth: 1, expYear: 2020 });
    await one.moveTo(0);
    return one.waiting();
  },
  async 'collection-open-card-prepaid'(stack) {
    const one = await begun(stack, 'succeed');
    stack.sandbox.controls.updateCard(one.card(), { funding: 'prepaid' });
    await one.moveTo(0);
    return one.waiting();
  },
  async 'collection-open-prepaid-by-advice'(stack) {
    return (await charged(stack, 'mastercardAdvice_41')).waiting();
  },
  async 'collection-open-asks-customer'(stack) {
    const one = await charged(stack, 'authentication_required');
    await one.moveTo(73 * hourMs);
    return one.waiting();
  },
  async 'collection-open-needs-operator'(stack) {
    return (await charged(stack, 'duplicate_transaction')).waiting();
  },
} satisfies Partial<Record<RecordingName, Play>>;

function objectIs(one: Debt, status: string): boolean {
  return one.stack.sandbox.controls.object(one.paymentId())?.['status'] === status;
}

async function confirmAtStripe(stack: TestStack, one: Debt): Promise<void> {
  const { sandbox, workerSettings } = stack;
  const response = await fetch(`${sandbox.url}/v1/payment_intents/${one.paymentId()}/confirm`, {
    method: 'POST',
    headers: { authorization: `Bearer ${workerSettings.stripeSecretKey}` },
    body: new URLSearchParams({ payment_method: one.card(), off_session: 'true' }),
  });
  if (!response.ok) throw new Error(await response.text());
}

/** Collections that are played beside others. */
export const collectionPlays = { ...paid, ...unpaid, ...open };

async function runStarter(stack: TestStack): Promise<Run> {
  const workflowId = `collection-starter-${randomUUID()}`;
  const taskQueue = stack.workerSettings.taskQueue ?? '';
  await stack.temporal.workflow.execute('collectionStarter', {
    ...{ workflowId, taskQueue, args: [{}] },
  });
  return { workflowId };
}

/** An invoice whose charge day has come, and no workflow of its own. */
async function dueToday(stack: TestStack): Promise<Debt> {
  const one = await debt(stack, ['succeed']);
  await one.moveTo(0);
  return one;
}

/** Each wants a stack to itself: a starter takes all there are. */
export const starterPlays = {
  async 'collection-starter-started'(stack) {
    const debts = [await dueToday(stack), await dueToday(stack)];
    const run = await runStarter(stack);
    await Promise.all(debts.map((one) => one.finished()));
    return run;
  },
  async 'collection-starter-found-running'(stack) {
    const one = await begun(stack, 'succeed');
    await one.moveTo(0);
    const run = await runStarter(stack);
    await one.finished();
    return run;
  },
  'collection-starter-nothing-to-start': runStarter,
  async 'payment-watch-collects'(stack) {
    const one = await begun(stack);
    await one.pay({ paymentMethod: askingCard });
    await one.waiting();
    await one.terminate();
    one.answerBank(true);
    const workflowId = `paymentWatch-${randomUUID()}`;
    const taskQueue = stack.workerSettings.taskQueue ?? '';
    await stack.temporal.workflow.execute('paymentWatch', { workflowId, taskQueue });
    await one.started();
    await one.finished();
    return { workflowId };
  },
  async 'sweep-starts-collections'(stack) {
    const one = await dueToday(stack);
    const workflowId = `sweep-${randomUUID()}`;
    const taskQueue = stack.workerSettings.taskQueue ?? '';
    await stack.temporal.workflow.execute('sweep', { workflowId, taskQueue });
    await one.started();
    await one.finished();
    return { workflowId };
  },
} satisfies Partial<Record<RecordingName, Play>>;
