import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { keyDigest } from '../../client/ids.ts';
import { purchaseIdFor } from '../../domain/ids.ts';
import { workflowIdOf } from '../../domain/workflow-ids.ts';
import { together202511 } from '../../domain/policy.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import { closeAccount } from '../../ledger/account-closing.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { patienceMs } from '../support/patience.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { inTurn } from './fixtures/parking-turns.ts';
import type { ParkingPlan } from './fixtures/parking-worker.ts';

/**
 * A worker dies at every activity boundary of every way a purchase can go, before and after the
 * effect. All purchases are parked at their places, one kill ends the worker, another takes over.
 */
const ways = {
  succeeds: {
    card: 'pm_card_visa',
    ending: 'succeeded',
    charges: 1,
    lots: 1,
    activities: [
      'openPurchase',
      'checkCard',
      'createCustomer',
      'recordCustomer',
      'createPayment',
      'recordPayment',
      'confirmPayment',
      'settlePurchase',
      'deliverNotices',
    ],
  },
  'is declined': {
    card: 'pm_card_chargeDeclined',
    ending: 'declined',
    charges: 0,
    lots: 0,
    activities: ['confirmPayment', 'closePurchase', 'cancelPayment'],
  },
  'is refused as prepaid': {
    card: 'pm_card_mastercard_prepaid',
    ending: 'refused',
    charges: 0,
    lots: 0,
    activities: ['refuseFingerprint', 'closePurchase'],
  },
  'is authenticated': {
    card: 'pm_card_threeDSecure2Required',
    ending: 'succeeded',
    charges: 1,
    lots: 1,
    activities: ['markRequiresAction', 'readPayment', 'settlePurchase'],
  },
  'is returned': {
    card: 'pm_card_threeDSecure2Required',
    ending: 'returned',
    charges: 1,
    lots: 0,
    activities: ['settlePurchase', 'refundPayment', 'recordRefundPaid'],
  },
} as const;

interface Case {
  readonly way: keyof typeof ways;
  readonly activity: string;
  readonly side: 'before' | 'after';
  readonly idempotencyKey: string;
  accountId: string;
  purchaseId: string;
}

const cases: Case[] = (Object.keys(ways) as Case['way'][]).flatMap((way) =>
  ways[way].activities.flatMap((activity) =>
    (['before', 'after'] as const).map((side) => ({
      ...{ way, activity, side, idempotencyKey: randomUUID() },
      ...{ accountId: '', purchaseId: '' },
    })),
  ),
);

let stack: TestStack;
let worker: ChildProcess;
const parked = new Set<string>();

beforeAll(async () => {
  // No patience: a query must not come first to the worker that takes over (see `untilStatus`).
  stack = await startTestStack({ worker: false, callsWaitMs: 0 });
  for (const one of cases) {
    one.accountId = (await stack.createAccount({ email: `${randomUUID()}@example.com` })).accountId;
    one.purchaseId = purchaseIdFor(one.accountId, keyDigest(one.idempotencyKey));
  }
  worker = await startParkingWorker();
});

afterAll(async () => {
  worker.kill('SIGKILL');
  await stack.close();
});

test('R6 R7 B18 a worker that dies at any step leaves one charge and one lot, or none', async () => {
  const calls: Promise<unknown>[] = [];
  for (const group of inTurn(cases)) {
    calls.push(...group.map((one) => purchase(one)));
    await Promise.all(group.map((one) => driveUntilParked(one)));
  }
  worker.kill('SIGKILL');
  const killedAtMs = performance.now();

  await stack.startWorker();
  const recoveries = await Promise.all(
    cases.map(async (one) => {
      await untilFinal(one);
      return performance.now() - killedAtMs;
    }),
  );
  await Promise.allSettled(calls);
  await Promise.all(cases.map((one) => stack.temporal.workflow.getHandle(idOf(one)).result()));

  const found = await Promise.all(
    cases.map(async (one) => `${nameOf(one)}: ${await countsOf(one)}`),
  );
  expect(found).toEqual(cases.map(expectationOf));
  expect((await verifyLedger(stack.ledger)).differences).toEqual([]);
  report(found, recoveries);
});

async function purchase({ accountId, idempotencyKey, way }: Case) {
  const paymentMethod = ways[way].card;
  return stack.purchase(accountId, { idempotencyKey, paymentMethod, waitMs: 100_000 });
}

/** Plays the customer's and the operator's part until the worker stops at the planned place. */
async function driveUntilParked(one: Case): Promise<void> {
  const isAsked = one.way === 'is authenticated' || one.way === 'is returned';
  if (isAsked && one.activity !== 'markRequiresAction') {
    await untilStatus(one, 'requires_action');
    await answerTheBank(one);
  }
  await vi.waitFor(
    () => {
      expect(parked, `${nameOf(one)} was not reached`).toContain(idOf(one));
    },
    { timeout: patienceMs, interval: 50 },
  );
}

async function answerTheBank(one: Case): Promise<void> {
  const { accountId, way } = one;
  if (way === 'is returned') {
    await closeAccount(
      stack.ledger,
      { accountId, actor: 'test', nowMs: Date.now() },
      onlyPolicy(together202511),
    );
  }
  const intent = paymentsOf(accountId)[0];
  stack.sandbox.controls.answerAuthentication(String(intent?.['id']), true);
  await stack.client.relayProcessorEvent({
    type: 'payment_intent.succeeded',
    workflowId: idOf(one),
  });
}

async function untilFinal(one: Case): Promise<void> {
  const parkedBeforeTheBank =
    one.way === 'is authenticated' && one.activity === 'markRequiresAction';
  if (parkedBeforeTheBank) {
    await untilStatus(one, 'requires_action');
    await answerTheBank(one);
  }
  await untilStatus(one, ways[one.way].ending);
}

/**
 * A query that waits until the dead worker's queue is given up is answered by the new one from
 * events that no workflow task has taken yet, and the SDK's next replay may order them otherwise. So
 * calls wait here as long as ours do, and are repeated.
 */
async function untilStatus({ purchaseId }: Case, status: string): Promise<void> {
  await vi.waitFor(
    async () => {
      expect((await stack.client.purchaseStatus(purchaseId))?.status).toBe(status);
    },
    { timeout: patienceMs, interval: 200 },
  );
}

function paymentsOf(accountId: string) {
  return stack.sandbox.controls
    .objects('payment_intent', 10_000)
    .filter(({ metadata }) => (metadata as { account_id?: string }).account_id === accountId);
}

async function countsOf({ accountId }: Case): Promise<string> {
  const payments = paymentsOf(accountId);
  const ids = payments.map(({ id }) => id);
  const open = payments.filter(({ status }) => !['succeeded', 'canceled'].includes(String(status)));
  const charges = stack.sandbox.controls
    .objects('charge', 10_000)
    .filter((charge) => charge['paid'] === true && ids.includes(charge['payment_intent']));
  const state = await readAccount(stack.ledger, { accountId });
  const { purchased, refundsDue } = state?.balances ?? {};
  return (
    `${charges.length} charges, ${state?.lots.length} lots, ${open.length} open, ` +
    `purchased ${purchased}, due ${refundsDue}`
  );
}

function expectationOf(one: Case): string {
  const { charges, lots } = ways[one.way];
  const counts = `${charges} charges, ${lots} lots, 0 open`;
  return `${nameOf(one)}: ${counts}, purchased ${lots * 25_000_000}, due 0`;
}

function nameOf({ way, activity, side }: Case): string {
  return `${way}, dies ${side} ${activity}`;
}

function idOf({ purchaseId }: Case): string {
  return workflowIdOf('purchase', purchaseId);
}

function report(found: readonly string[], recoveriesMs: readonly number[]): void {
  const sorted = recoveriesMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  console.log(found.join('\n'));
  console.log(
    `final after the kill: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms (${sorted.length} parked)`,
  );
}

async function startParkingWorker(): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('fixtures/parking-worker.ts', import.meta.url)), [], {
    execArgv: ['--import', 'tsx'],
  });
  const places = Object.fromEntries(
    cases.map((one) => [idOf(one), { activity: one.activity, side: one.side }]),
  );
  const plan: ParkingPlan = { settings: stack.workerSettings, places };
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
