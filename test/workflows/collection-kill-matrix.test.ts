import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { CollectionAction } from '../../domain/collection-changes.ts';
import { workflowIdOf } from '../../domain/workflow-ids.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { advanceTestClock } from '../../ledger/account-settings.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { startWorker } from '../../worker/worker.ts';
import { patienceMs } from '../support/patience.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { creditDollars } from './fixtures/credit-note.ts';
import {
  invoiceNow,
  owingAccount,
  ownCard,
  paidCharges,
  type Owing,
} from './fixtures/owing-account.ts';
import { inTurn } from './fixtures/parking-turns.ts';
import type { ParkingPlan } from './fixtures/parking-worker.ts';

/**
 * A worker dies at every activity boundary of a collection, before and after the effect. All are
 * parked at their places, one kill ends the worker, another one takes over.
 */
const dayMs = 86_400_000;
const firstSteps = ['takeCollectionTurn', 'checkCard', 'createPayment', 'recordPaymentObject'];

interface Way {
  /** What the bank says to each charge; none: there is no card on file. */
  readonly script: readonly string[];
  readonly activities: readonly string[];
  /** Noon of this day after the charge day is when its workflow starts. */
  readonly day: number;
  /** What is found in the end. */
  readonly ends: string;
}

const paid = 'paid: 1 charges, 1 payments, 1 attempts, 0 open';
const ways = {
  'is charged on its day': {
    script: ['succeed'],
    activities: [...firstSteps, 'confirmPayment', 'settleInvoicePayment'],
    ...{ day: 0, ends: paid },
  },
  'is declined on its day': {
    script: ['insufficient_funds', 'succeed'],
    activities: ['confirmPayment', 'declineInvoicePayment'],
    ...{ day: 0, ends: 'open: 0 charges, 0 payments, 1 attempts, 1 open' },
  },
  'is paid by the customer': {
    script: [],
    activities: ['openInvoicePayment', 'confirmPayment', 'settleInvoicePayment'],
    ...{ day: -1, ends: paid },
  },
  'waits for the bank': {
    script: [],
    activities: ['recordPaymentAuthentication', 'readPayment'],
    ...{ day: -1, ends: paid },
  },
  'is prepaid by its bank’s advice': {
    script: ['mastercardAdvice_41'],
    activities: ['refuseFingerprint', 'discardCard', 'detachCard'],
    ...{ day: 0, ends: 'open: 0 charges, 0 payments, 1 attempts, 1 open' },
  },
  'is forgiven': {
    script: ['insufficient_funds', 'succeed'],
    activities: ['changeCollection', 'cancelPayment', 'dropPaymentObject'],
    ...{ day: 0, ends: 'forgiven: 0 charges, 0 payments, 1 attempts, 0 open' },
  },
  'is credited while the bank asks': {
    script: [],
    activities: ['cancelPayment', 'endInvoicePayment'],
    day: -1,
    ends: 'open: 0 charges, 0 payments, 0 attempts, 0 open',
  },
  'is given up': {
    script: [],
    activities: ['giveUpCollection'],
    ...{ day: 91, ends: 'uncollectible: 0 charges, 0 payments, 0 attempts, 0 open' },
  },
} as const satisfies Readonly<Record<string, Way>>;
type WayName = keyof typeof ways;

interface Case {
  readonly way: WayName;
  readonly activity: string;
  readonly side: 'before' | 'after';
  readonly debt: Owing;
}

const places = (Object.keys(ways) as WayName[]).flatMap((way) =>
  ways[way].activities.flatMap((activity) =>
    (['before', 'after'] as const).map((side) => ({ way, activity, side })),
  ),
);

let stack: TestStack;
let worker: ChildProcess;
let cases: Case[] = [];
const parked = new Set<string>();

beforeAll(async () => {
  stack = await startTestStack({ worker: false, callsWaitMs: 0 });
  const first = await startWorker(stack.workerSettings, pino({ level: 'silent' }));
  cases = await Promise.all(
    places.map(async (place) => {
      const { script, day } = ways[place.way];
      const card = script.length === 0 ? null : ownCard();
      const nowMs = Date.now();
      const debt = await owingAccount(stack, card, { nowMs, script });
      const offsetMs = debt.chargeAtMs + day * dayMs + dayMs / 2 - nowMs;
      const { accountId } = debt;
      if (offsetMs > 0) {
        await advanceTestClock(stack.ledger, { accountId, offsetMs, actor: 'test', nowMs });
      }
      return { ...place, debt };
    }),
  );
  first.shutdown();
  await first.stopped;
  worker = await startParkingWorker();
});

afterAll(async () => {
  worker.kill('SIGKILL');
  await stack.close();
});

test('B1 B11 B18 a worker that dies at any step leaves one charge, counted once, or none', async () => {
  const calls: Promise<unknown>[] = [];
  for (const group of inTurn(cases)) {
    calls.push(...group.map((one) => begin(one)));
    await Promise.all(group.map((one) => driveUntilParked(one)));
  }
  worker.kill('SIGKILL');

  await stack.startWorker();
  await Promise.all(cases.map((one) => driveToTheEnd(one)));
  await Promise.allSettled(calls);
  await vi.waitFor(
    async () => {
      const found = await Promise.all(
        cases.map(async (one) => `${nameOf(one)}: ${await foundOf(one)}`),
      );
      expect(found).toEqual(cases.map((one) => `${nameOf(one)}: ${ways[one.way].ends}`));
    },
    { timeout: patienceMs, interval: 500 },
  );
  expect((await verifyLedger(stack.ledger)).differences).toEqual([]);
});

/** Everything that somebody outside does to begin with. */
async function begin({ way, debt }: Case): Promise<unknown> {
  const { accountId, invoiceId } = debt;
  switch (way) {
    case 'is paid by the customer':
      return pay(debt, 'pm_card_visa');
    case 'waits for the bank':
    case 'is credited while the bank asks':
      return pay(debt, 'pm_card_threeDSecure2Required');
    default:
      return stack.temporal.workflow.start('collection', {
        ...{ workflowId: idOf(debt), taskQueue: stack.workerSettings.taskQueue ?? '' },
        args: [{ accountId, invoiceId }],
      });
  }
}

function pay({ invoiceId }: Owing, paymentMethod: string) {
  return stack.client.collections.pay({
    ...{ invoiceId, idempotencyKey: randomUUID(), origin: 'customer', amount: null },
    ...{ paymentMethod, waitMs: 100_000 },
  });
}

/** Plays the customer's and the operator's part until the worker stops at the planned place. */
async function driveUntilParked(one: Case): Promise<void> {
  const { way, activity, debt } = one;
  if (way === 'waits for the bank' && activity === 'readPayment') {
    await untilAsked(debt);
    await answerBank(debt);
  }
  if (way === 'is forgiven') void forgive(debt);
  if (way === 'is credited while the bank asks') {
    await untilAsked(debt);
    await creditDollars(stack.ledger, debt, 1, Date.now());
    await stack.client.collections.tell(debt.invoiceId, 'invoice');
  }
  await until(`${nameOf(one)} was not reached`, () => parked.has(idOf(debt)));
}

async function driveToTheEnd({ way, activity, debt }: Case): Promise<void> {
  if (way === 'waits for the bank' && activity !== 'readPayment') {
    await untilAsked(debt);
    await answerBank(debt);
  }
}

async function untilAsked({ invoiceId }: Owing): Promise<void> {
  await until(`the bank was not asked about ${invoiceId}`, async () => {
    const status = await stack.client.collections.status(invoiceId);
    return status?.payment?.status === 'requires_action';
  });
}

async function answerBank(debt: Owing): Promise<void> {
  const [payment] = paymentsOf(debt);
  stack.sandbox.controls.answerAuthentication(String(payment?.['id']), true);
  const type = 'payment_intent.succeeded';
  await stack.client.relayProcessorEvent({ type, workflowId: idOf(debt) });
}

/** Once it was declined, so that there is an open payment object. */
async function forgive(debt: Owing): Promise<void> {
  await until(`${debt.invoiceId} was not charged`, async () => {
    return (await countsOf(debt)).attempts === 1;
  });
  const { invoiceId } = debt;
  const action: CollectionAction = { kind: 'forgive', reason: 'a test' };
  const asked = { invoiceId, idempotencyKey: invoiceId, actor: 'operator:ann', action };
  // The worker may die while it answers: the same call again does nothing twice.
  for (;;) {
    const answer = await stack.client.collections.operate(asked).catch(() => null);
    if (answer !== null) return;
  }
}

async function until(missing: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitFor(
    async () => {
      if (!(await holds())) throw new Error(missing);
    },
    { timeout: patienceMs, interval: 100 },
  );
}

function paymentsOf({ accountId }: Owing) {
  return stack.sandbox.controls
    .objects('payment_intent', 10_000)
    .filter(({ metadata }) => (metadata as { account_id?: string }).account_id === accountId);
}

async function countsOf({ accountId }: Owing) {
  const [row] = await stack.ledger.run<{ payments: number; attempts: number }>(
    `select (select count(*)::int from billing_events
             where account_id = $1 and kind = 'invoice_paid') as payments,
            (select count(*)::int from charge_attempts where account_id = $1) as attempts`,
    [uuidOf(accountId)],
  );
  return row ?? { payments: 0, attempts: 0 };
}

async function foundOf({ debt }: Case): Promise<string> {
  const { state } = await invoiceNow(stack, debt);
  const { payments, attempts } = await countsOf(debt);
  const open = paymentsOf(debt).filter(({ status }) => {
    return !['succeeded', 'canceled'].includes(String(status));
  });
  const taken = paidCharges(stack, debt).length;
  return `${state}: ${taken} charges, ${payments} payments, ${attempts} attempts, ${open.length} open`;
}

function nameOf({ way, activity, side }: Case): string {
  return `${way}, dies ${side} ${activity}`;
}

function idOf({ invoiceId }: Owing): string {
  return workflowIdOf('collection', invoiceId);
}

async function startParkingWorker(): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('fixtures/parking-worker.ts', import.meta.url)), [], {
    execArgv: ['--import', 'tsx'],
  });
  const plan: ParkingPlan = {
    settings: stack.workerSettings,
    places: Object.fromEntries(
      cases.map(({ debt, activity, side }) => [idOf(debt), { activity, side }]),
    ),
  };
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => {
      reject(new Error(`the parking worker ended with ${code}`));
    });
    child.on('message', (message: { ready?: true; parked?: string }) => {
      if (message.ready) resolve();
      if (message.parked !== undefined) parked.add(message.parked);
    });
    child.send(plan);
  });
  return child;
}
