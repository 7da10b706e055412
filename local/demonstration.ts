import { join } from 'node:path';
import { readState, writeState } from './state-file.ts';

export interface Demonstration {
  accountId: string;
  /** Secret of an API key with role `billing` for all accounts. */
  apiKey: string;
  /** The account's billing page, by a fresh link. */
  portalUrl: string;
}

/**
 * The account a newcomer plays with, made at the first start through the API as a backend would;
 * later starts find it again and open a fresh link to its billing page.
 */
export async function openDemonstration(
  folder: string,
  settings: Readonly<Record<string, string>>,
): Promise<Demonstration> {
  const file = join(folder, 'demonstration.json');
  const apiUrl = settings['PUBLIC_URL'] ?? '';
  let { apiKey } = readState<{ apiKey: string }>(file);
  if (apiKey === undefined || !(await isAccepted(apiUrl, apiKey))) {
    apiKey = await makeKey(settings['DATABASE_URL'] ?? process.env['DATABASE_URL'] ?? '');
    writeState(file, { apiKey });
  }
  const account = await post<{ id: string }>(apiUrl, apiKey, '/v1/accounts', 'demonstration', {
    currency: 'usd',
    name: 'Demonstration Inc.',
    email: 'demonstration@example.com',
    country: 'US',
    region: 'WA',
  });
  const session = await post<{ url: string }>(
    apiUrl,
    apiKey,
    '/v1/portal-sessions',
    `demonstration-${Date.now()}`,
    { accountId: account.id },
  );
  return { accountId: account.id, apiKey, portalUrl: session.url };
}

/** Unknown where the database is another than at the last start. */
async function isAccepted(apiUrl: string, apiKey: string): Promise<boolean> {
  const response = await fetch(`${apiUrl}/v1/accounts/none`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  return response.status !== 401;
}

async function makeKey(databaseUrl: string): Promise<string> {
  throw new Error(`not wired ${databaseUrl}`);
}

async function post<Answer>(
  apiUrl: string,
  apiKey: string,
  path: string,
  idempotencyKey: string,
  body: object,
): Promise<Answer> {
  const response = await fetch(apiUrl + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey,
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) {
    throw new Error(`POST ${path} was answered ${response.status}: ${await response.text()}`);
  }
  return (await response.json()) as Answer;
}
