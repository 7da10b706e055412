import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { accountIdFor } from '../../client/ids.ts';
import { SolventClient } from '../../client/solvent-client.ts';
import { together202511 } from '../../domain/policy.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import { createAccount } from '../../ledger/accounts.ts';
import { openLedger, type Ledger } from '../../ledger/database.ts';
import { publicUrl, type BenchStack } from './stack.ts';

const atOnce = 10;

/** Makes accounts that each have a card on file, the way every account gets one. */
export async function createAccounts(
  { databaseUrl }: BenchStack,
  temporal: Client,
  count: number,
): Promise<string[]> {
  const ledger = openLedger({ url: databaseUrl });
  const client = new SolventClient({ temporal, publicUrl });
  try {
    const accountIds: string[] = [];
    while (accountIds.length < count) {
      const batch = Array.from({ length: Math.min(atOnce, count - accountIds.length) }, () =>
        createOne(ledger, client),
      );
      accountIds.push(...(await Promise.all(batch)));
    }
    return accountIds;
  } finally {
    await ledger.close();
  }
}

async function createOne(ledger: Ledger, client: SolventClient): Promise<string> {
  const key = randomUUID();
  const accountId = accountIdFor(key, 'bench');
  await createAccount(
    ledger,
    {
      accountId,
      currency: 'usd',
      name: 'Bench',
      email: `${key}@example.com`,
      taxCountry: null,
      taxRegion: null,
      actor: 'bench',
      nowMs: Date.now(),
    },
    onlyPolicy(together202511),
  );
  const setup = await client.setUpCard({
    accountId,
    idempotencyKey: key,
    source: 'pm_card_visa',
    makeDefault: true,
    actor: 'bench',
    waitMs: 60_000,
  });
  if (setup.status !== 'saved') throw new Error(`the card's set-up was answered ${setup.status}`);
  return accountId;
}
