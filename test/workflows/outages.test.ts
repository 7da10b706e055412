import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { keyDigest } from '../../client/ids.ts';
import { purchaseIdFor } from '../../domain/ids.ts';
import { workflowIdOf } from '../../domain/workflow-ids.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { migrate } from '../../ledger/migrate.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import {
  createRolesAndDatabase,
  startPostgres,
  type PostgresServer,
} from '../../local/postgres.ts';
import { Supervision } from '../../local/supervision.ts';
import { findTemporalProgram } from '../../local/temporal-programs.ts';
import { startTemporal, type TemporalServer } from '../../local/temporal.ts';
import { patienceMs } from '../support/patience.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { newOpenFolder } from '../support/open-folder.ts';

/** How long a server stays away; `npm run test:full` sets a minute. */
const outageMs = Number(process.env['OUTAGE_MS'] ?? 4_000);

const folder = newOpenFolder('solvent-outage-');
const supervision = new Supervision(folder);
let postgres: PostgresServer;
let temporal: TemporalServer;
let stack: TestStack;

beforeAll(async () => {
  postgres = await runPostgres();
  await createRolesAndDatabase(postgres);
  await migrate({ url: postgres.url('solvent_owner', 'solvent') });
  temporal = await runTemporal();
  stack = await startTestStack({
    database: { appUrl: postgres.url('solvent_app', 'solvent') },
    temporalServer: temporal,
  });
});

afterAll(async () => {
  expect((await verifyLedger(stack.ledger)).differences).toEqual([]);
  await stack.close();
  await supervision.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** On the same data and port again: a restart as an operator makes it. */
function runPostgres(): Promise<PostgresServer> {
  const preferred = (postgres as PostgresServer | undefined)?.port;
  return startPostgres({
    ...{ folder: join(folder, 'postgres'), supervision, throwAway: true },
    ...(preferred === undefined ? {} : { preferredPort: preferred }),
  });
}

async function runTemporal(): Promise<TemporalServer> {
  const address = (temporal as TemporalServer | undefined)?.address;
  const port = Number(address?.split(':')[1] ?? 0);
  return startTemporal({
    program: await findTemporalProgram('dev-server', () => undefined),
    supervision,
    databaseFile: join(folder, 'temporal.db'),
    ports: { server: port, ui: 0 },
  });
}

interface Order {
  readonly accountId: string;
  readonly idempotencyKey: string;
  readonly purchaseId: string;
  readonly paymentMethod: string;
}

async function order(paymentMethod: string): Promise<Order> {
  const { accountId } = await stack.createAccount();
  const idempotencyKey = randomUUID();
  const purchaseId = purchaseIdFor(accountId, keyDigest(idempotencyKey));
  return { accountId, idempotencyKey, purchaseId, paymentMethod };
}

const buy = ({ accountId, ...given }: Order, waitMs: number) =>
  stack.purchase(accountId, { ...given, waitMs });

/** Purchases that the outage meets at different places. */
async function underWay() {
  const askedByBank = await order('pm_card_threeDSecure2Required');
  await buy(askedByBank, patienceMs);
  const confirming = await order('pm_card_visa');
  // Stripe takes its time over this one, so the server is gone when the answer comes.
  const fault = stack.sandbox.controls.planFault({
    ...{ kind: 'slow', method: 'POST', path: '/v1/payment_intents/:id/confirm' },
    ...{ object: confirming.purchaseId, delayMs: 3_000 },
  });
  const confirmed = buy(confirming, outageMs + patienceMs).catch((error: unknown) => error);
  await expect.poll(() => fault.struck).toBe(1);
  return { askedByBank, confirming, confirmed };
}

async function answerBank({ accountId, purchaseId }: Order): Promise<void> {
  const intent = stack.sandbox.controls
    .objects('payment_intent', 1_000)
    .find(({ metadata }) => (metadata as { account_id?: string }).account_id === accountId);
  stack.sandbox.controls.answerAuthentication(String(intent?.['id']), true);
  const workflowId = workflowIdOf('purchase', purchaseId);
  const event = { type: 'payment_intent.succeeded', workflowId };
  // Told again until someone listens, as Stripe does.
  await vi.waitFor(() => stack.client.relayProcessorEvent(event), {
    timeout: outageMs + patienceMs,
  });
}

async function expectOneChargeAndLot(orders: readonly Order[]): Promise<void> {
  for (const { accountId, purchaseId } of orders) {
    await vi.waitFor(
      async () => {
        const outcome = await stack.client.purchaseStatus(purchaseId);
        expect(outcome?.status).toBe('succeeded');
      },
      { timeout: patienceMs, interval: 250 },
    );
    const state = await readAccount(stack.ledger, { accountId });
    expect(state?.lots).toHaveLength(1);
    const payments = stack.sandbox.controls
      .objects('payment_intent', 1_000)
      .filter(({ metadata }) => (metadata as { account_id?: string }).account_id === accountId);
    expect(payments).toMatchObject([{ status: 'succeeded' }]);
  }
}

describe('R6 R7 a server that goes away and comes back', () => {
  test('PostgreSQL: purchases wait, status is answered meanwhile, one charge and lot each', async () => {
    const { askedByBank, confirming, confirmed } = await underWay();
    await postgres.child.stop();
    const startedMeanwhile = await order('pm_card_visa').catch(() => undefined);
    expect(startedMeanwhile, 'an account cannot be made without its ledger').toBeUndefined();
    await answerBank(askedByBank);
    const downUntil = performance.now() + outageMs;
    do {
      const outcome = await stack.client.purchaseStatus(askedByBank.purchaseId);
      expect(['requires_action', 'pending']).toContain(outcome?.status);
      await sleep(250);
    } while (performance.now() < downUntil);

    postgres = await runPostgres();
    await confirmed;
    await expectOneChargeAndLot([askedByBank, confirming]);
  });

  test('Temporal: callers are told to repeat, and the same key then makes one purchase', async () => {
    const { askedByBank, confirming, confirmed } = await underWay();
    const startedMeanwhile = await order('pm_card_visa');
    await temporal.child.stop();
    await expect(buy(startedMeanwhile, 1_000)).rejects.toMatchObject({
      code: 'temporarily_unavailable',
    });
    await sleep(outageMs);

    temporal = await runTemporal();
    await answerBank(askedByBank);
    await confirmed;
    await vi.waitFor(() => buy(startedMeanwhile, patienceMs), { timeout: patienceMs });
    await vi.waitFor(() => buy(confirming, patienceMs), { timeout: patienceMs });
    await expectOneChargeAndLot([askedByBank, confirming, startedMeanwhile]);
  });
});
