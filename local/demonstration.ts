import { join } from 'node:path';
import { createApiKey, type ApiKeyRole } from '../ledger/api-keys.ts';
import { openLedger, type Ledger } from '../ledger/database.ts';
import { createOperatorLink } from '../ledger/operator-sessions.ts';
import { postToApi } from './api.ts';
import { recordDemonstrationPrices } from './demonstration-prices.ts';
import { readState, writeState } from './state-file.ts';

export interface Demonstration {
  accountId: string;
  /** Secret of an API key with role `billing`, for all accounts. */
  apiKey: string;
  /** The account's billing page, by a fresh link. */
  portalUrl: string;
  /** Signs {@link demonstrationOperator} in to the operators' pages, once, within the hour. */
  operatorUrl: string;
}

/** Who works at the operators' pages of this machine. */
export const demonstrationOperator = 'local';
const operatorLinkMs = 3_600_000;

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
  const operatorUrl = `${apiUrl}/operator/sign-in/${await operatorLink(databaseUrl)}`;
  return { accountId: account.id, apiKey, portalUrl: session.url, operatorUrl };
}

async function operatorLink(databaseUrl: string): Promise<string> {
  return withLedger(databaseUrl, async (ledger) => {
    const operator = demonstrationOperator;
    const order = () => ({ operator, validMs: operatorLinkMs, nowMs: Date.now() });
    const link = await createOperatorLink(ledger, order());
    if (link.status === 'made') return link.token;
    await makeKey(ledger, 'operator', operator);
    const second = await createOperatorLink(ledger, order());
    if (second.status !== 'made') throw new Error('a key was made, and no operator has it');
    return second.token;
  });
}

/** It is unknown where the database is another than at the last start. */
async function isAccepted(apiUrl: string, apiKey: string): Promise<boolean> {
  const response = await fetch(`${apiUrl}/v1/accounts/none`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  return response.status !== 401;
}

async function makeApiKey(databaseUrl: string): Promise<string> {
  return withLedger(databaseUrl, (ledger) => makeKey(ledger, 'billing', 'Demonstration'));
}

async function makeKey(ledger: Ledger, role: ApiKeyRole, name: string): Promise<string> {
  const key = { role, name, accountId: null, actor: 'npm start', nowMs: Date.now() };
  return (await createApiKey(ledger, key)).secret;
}

async function withLedger<T>(url: string, work: (ledger: Ledger) => Promise<T>): Promise<T> {
  const ledger = openLedger({ url, maxConnections: 1 });
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}
