import { join } from 'node:path';
import { createApiKey } from '../ledger/api-keys.ts';
import { openLedger } from '../ledger/database.ts';
import { postToApi } from './api.ts';
import { recordDemonstrationPrices } from './demonstration-prices.ts';
import { readState, writeState } from './state-file.ts';

export interface Demonstration {
  accountId: string;
  /** Secret of an API key with role `billing`, for all accounts. */
  apiKey: string;
  /** The account's billing page, by a fresh link. */
  portalUrl: string;
}

/**
 * The account a newcomer plays with, made at the first start through the API as a backend would;
 * later starts find it again and open a fresh link to its billing page. Where nothing has a price yet,
 * a few models get one.
 */
export async function openDemonstration(
  folder: string,
  settings: { apiUrl: string; databaseUrl: string },
): Promise<Demonstration> {
  const file = join(folder, 'demonstration.json');
  const { apiUrl, databaseUrl } = settings;
  let { apiKey } = readState<{ apiKey: string }>(file);
  if (apiKey === undefined || !(await isAccepted(apiUrl, apiKey))) {
    apiKey = await makeApiKey(databaseUrl);
    writeState(file, { apiKey });
  }
  const api = { url: apiUrl, key: apiKey };
  const account = await postToApi<{ id: string }>(api, '/v1/accounts', {
    idempotencyKey: 'demonstration',
    body: {
      currency: 'usd',
      name: 'Demonstration Inc.',
      email: 'demonstration@example.com',
      country: 'US',
      region: 'WA',
    },
  });
  await recordDemonstrationPrices(databaseUrl);
  const session = await postToApi<{ url: string }>(api, '/v1/portal-sessions', {
    idempotencyKey: `demonstration-${Date.now()}`,
    body: { accountId: account.id },
  });
  return { accountId: account.id, apiKey, portalUrl: session.url };
}

/** It is unknown where the database is another than at the last start. */
async function isAccepted(apiUrl: string, apiKey: string): Promise<boolean> {
  const response = await fetch(`${apiUrl}/v1/accounts/none`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  return response.status !== 401;
}

async function makeApiKey(databaseUrl: string): Promise<string> {
  const ledger = openLedger({ url: databaseUrl, maxConnections: 1 });
  try {
    const { secret } = await createApiKey(ledger, {
      role: 'billing',
      accountId: null,
      name: 'Demonstration',
      actor: 'npm start',
      nowMs: Date.now(),
    });
    return secret;
  } finally {
    await ledger.close();
  }
}
