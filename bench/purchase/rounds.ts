import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { ClientProcess, Order } from './client-process.ts';
import { processorSeconds } from './process-time.ts';
import type { BenchStack } from './stack.ts';

/** What counts towards a purchase's cost, and, apart, what stands for Stripe. */
export const measured = ['temporal', 'worker', 'client', 'postgres'] as const;
export type Measured = (typeof measured)[number];

/** One round of calls. Processor time is in milliseconds per call; null where there is no /proc. */
export interface Round {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly latenciesMs: readonly number[];
  readonly processorMs: Record<Measured | 'sandbox', number> | null;
}

export interface Bench {
  readonly stack: BenchStack;
  readonly client: ClientProcess;
  readonly temporal: Client;
}

/**
 * Carries out an order and measures until the last workflow is closed, since what comes after the
 * answer (mail, end) is part of the cost.
 */
export async function measure(bench: Bench, order: Order): Promise<Round> {
  const before = timesOf(bench, order);
  const startedAt = performance.now();
  const answers = await bench.client.carryOut(order);
  await allClosed(bench);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = timesOf(bench, order);
  const perCall = (name: Measured | 'sandbox') =>
    (((after?.[name] ?? 0) - (before?.[name] ?? 0)) * 1000) / order.count;
  const latenciesMs = answers.map(({ tookMs }) => tookMs);
  return {
    perSecond: order.count / seconds,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    latenciesMs,
    processorMs:
      before && after
        ? {
            temporal: perCall('temporal'),
            worker: perCall('worker'),
            client: perCall('client'),
            postgres: perCall('postgres'),
            sandbox: perCall('sandbox'),
          }
        : null,
  };
}

function timesOf({ stack, client }: Bench, { work }: Order) {
  const { temporal, postgres, sandbox, worker, bareWorker } = stack.pids;
  return processorSeconds({
    temporal,
    postgres,
    sandbox,
    client: client.pid,
    worker: work === 'bare' ? bareWorker : worker,
  });
}

/** Visibility is written after a workflow is closed, so it never says too early that all are. */
async function allClosed({ temporal }: Bench): Promise<void> {
  const open = 'ExecutionStatus = "Running" and WorkflowType in ("purchase", "bare")';
  while ((await temporal.workflow.count(open)).count > 0) await sleep(50);
}

export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? NaN;
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
}
