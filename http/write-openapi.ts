import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { connectTemporal } from '../client/connect.ts';
import { SolventClient } from '../client/solvent-client.ts';
import { openApiKeys } from '../ledger/api-keys.ts';
import { openLedger } from '../ledger/database.ts';
import { openHoldDesk } from '../ledger/holds.ts';
import { openPolicies } from '../ledger/policies.ts';
import { openPrices } from '../ledger/prices.ts';
import { openRefusalCounter } from '../ledger/refusals.ts';
import { openUsageDesk } from '../ledger/usage.ts';
import { AfterAnswer } from './after-answer.ts';
import { createApp } from './app.ts';

/**
 * Writes the committed `http/openapi.json`; with `--check` compares it instead and fails where it
 * differs. Connections are made when first used, and describing the API uses none.
 */
const file = fileURLToPath(new URL('openapi.json', import.meta.url));
const publicUrl = 'http://127.0.0.1';
const ledger = openLedger({ url: 'postgres://127.0.0.1/none' });
const app = createApp({
  ledger,
  apiKeys: openApiKeys(ledger),
  holds: openHoldDesk(ledger),
  usage: openUsageDesk(ledger, openPrices(ledger)),
  refusals: openRefusalCounter(ledger),
  client: new SolventClient({ temporal: connectTemporal({}), publicUrl }),
  verifyWebhook: () => undefined,
  settings: {
    publicUrl,
    cardEntry: { kind: 'unavailable' },
    portalSessionMs: 0,
    firstOutcomeWaitMs: 0,
    seller: { name: '', addressLines: [], taxId: null, email: null },
    loopbackWebhooksAllowed: false,
  },
  policies: openPolicies(ledger),
  nowMs: () => 0,
  processorClock: null,
  log: pino({ level: 'silent' }),
  afterAnswer: new AfterAnswer(),
});
const response = await app.request('/openapi.json');
const description = `${JSON.stringify(await response.json(), null, 2)}\n`;

if (!process.argv.includes('--check')) {
  await writeFile(file, description);
} else if ((await readFile(file, 'utf8')) !== description) {
  console.error('http/openapi.json is not what the routes say. Run: npm run openapi');
  process.exitCode = 1;
}
