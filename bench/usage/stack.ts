import type { Ledger } from '../../ledger/database.ts';
import { recordPrices } from '../../ledger/prices.ts';
import { startContest, type ContestStack } from '../stack/contest.ts';
import { contenders, model, type Contender } from './cases.ts';
import type { LoadOrder, LoadResult } from './load.ts';
import { storeEvents } from './stored-events.ts';

export type UsageStack = ContestStack<Contender, LoadOrder, LoadResult>;

export function startUsageStack(
  stored: number,
  nodeOptions: readonly string[],
): Promise<UsageStack> {
  return startContest({
    contenders,
    nodeOptions,
    fill: setPrices,
    serverScript: import.meta.resolve('./server-process.ts'),
    loadScript: import.meta.resolve('./load-process.ts'),
    serverArguments: (contender, databaseUrl) => [databaseUrl, contender],
    statements: [
      // Only what holds rows: a table analyzed while empty would be read whole for ever.
      'vacuum analyze accounts, balances, lots, billing_events, transfers, payment_methods, prices',
    ],
    afterwards: (postgres, accountIds) =>
      storeEvents(postgres.url('postgres', 'stored'), accountIds, stored),
  });
}

async function setPrices(ledger: Ledger): Promise<void> {
  const nowMs = Date.now();
  await recordPrices(ledger, {
    wanted: (['input_tokens', 'output_tokens'] as const).map((meter) => {
      const rate = {
        amount: meter === 'input_tokens' ? '0.18' : '0.59',
        per: 1_000_000,
        tiers: [],
      };
      return { currency: 'usd', model, meter, rate };
    }),
    source: 'bench',
    endsGone: false,
    effectiveFromMs: nowMs - 86_400_000,
    nowMs,
    actor: 'bench',
  });
}
