import { setTimeout as sleep } from 'node:timers/promises';
import { quantile, type Bench } from './rounds.ts';

export interface Recovery {
  readonly parked: number;
  /** Of those, how many Stripe had charged; the rest were on their way there. */
  readonly charged: number;
  /** From the kill until the other worker takes work. */
  readonly workerReadyMs: number;
  readonly leastMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The sandbox drips its answers in ten pieces: 23 s, within a call's deadline (stack.ts). */
const pieceMs = 2_300;
/** Killed at the latest after this: before any answer was whole. */
const patienceMs = 20_000;

/**
 * Parks purchases where it matters most: Stripe has taken the money, and its answer is not there yet.
 * The worker is then killed and another started at once; times are from the kill until each is final.
 */
export async function measureRecovery(bench: Bench, parked: number): Promise<Recovery> {
  const { stack, client } = bench;
  const faults = `${stack.sandboxUrl}/_sandbox/faults`;
  await planDrippingConfirms(faults, parked);
  const order = client.carryOut({
    work: 'purchase',
    count: parked,
    inFlight: parked,
    untilFinal: true,
  });
  // Its failure is seen where the order is awaited.
  order.catch(() => undefined);
  const charged = await untilCharged(faults, parked);
  const killedAtMs = Date.now();
  stack.killWorker();
  await fetch(faults, { method: 'DELETE' });
  await stack.startWorker();
  const workerReadyMs = Date.now() - killedAtMs;
  const tookMs = (await order).map(({ answeredAtMs }) => answeredAtMs - killedAtMs);
  const leastMs = Math.min(...tookMs);
  if (leastMs < 0) throw new Error('a purchase was answered before the worker was killed');
  return {
    parked,
    charged,
    workerReadyMs,
    leastMs,
    p50Ms: quantile(tookMs, 0.5),
    p99Ms: quantile(tookMs, 0.99),
  };
}

async function planDrippingConfirms(faults: string, times: number): Promise<void> {
  const response = await fetch(faults, {
    method: 'POST',
    body: JSON.stringify({
      kind: 'drip',
      method: 'POST',
      path: '/v1/payment_intents/:id/confirm',
      // One more than will come, so that it stays in the list and tells how many came.
      times: times + 1,
      delay_ms: pieceMs,
    }),
  });
  if (!response.ok) throw new Error(`the fault was not planned: ${await response.text()}`);
}

/** How many confirms came: all, or those that came in time on a busy machine. */
async function untilCharged(faults: string, wanted: number): Promise<number> {
  const deadlineMs = Date.now() + patienceMs;
  for (;;) {
    const response = await fetch(faults);
    const [fault] = (await response.json()) as { struck: number }[];
    const charged = fault?.struck ?? 0;
    if (charged >= wanted || Date.now() > deadlineMs) return charged;
    await sleep(50);
  }
}
