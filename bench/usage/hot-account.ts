import { randomUUID } from 'node:crypto';
import { quantity } from '../../domain/meter.ts';
import { openLedger } from '../../ledger/database.ts';
import { openPolicies } from '../../ledger/policies.ts';
import { openPrices } from '../../ledger/prices.ts';
import { openUsageDesk, usageBatches, type UsageBatches } from '../../ledger/usage.ts';
import { model } from './cases.ts';

const atOnce = 500;
const poolSize = 20;

/** In batches as usual, or each request in a transaction of its own. */
export const ways = {
  batched: { connections: usageBatches.width, batches: usageBatches },
  alone: { connections: poolSize, batches: { width: poolSize, small: 1, large: 1 } },
} satisfies Record<string, { connections: number; batches: UsageBatches }>;

/** Transfers a second of one account in this process: each request is charged by one transfer. */
export async function transfersPerSecond(
  url: string,
  accountId: string,
  way: keyof typeof ways,
  seconds: number,
): Promise<number> {
  const { connections, batches } = ways[way];
  const ledger = openLedger({ url, maxConnections: connections, repeatsStatements: true });
  const policies = openPolicies(ledger);
  const desk = openUsageDesk(ledger, openPrices(ledger), batches);
  let done = 0;
  const endMs = performance.now() + seconds * 1_000;
  const caller = async () => {
    while (performance.now() < endMs) {
      const event = {
        accountId,
        usageKey: randomUUID(),
        occurredAtMs: Date.now(),
        model,
        holdId: null,
        quantities: [{ meter: 'output_tokens' as const, quantity: quantity(211) }],
      };
      const schedule = await policies.read();
      await desk.report({ events: [event], policies: schedule, nowMs: Date.now() });
      if (performance.now() < endMs) done += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  await ledger.close();
  return done / seconds;
}
