/**
 * The whole HTTP application, a process of its own, with our way of taking usage or the bare one.
 * Arguments: the database, and which.
 */
import { serve } from '@hono/node-server';
import { pino } from 'pino';
import { closeTemporal, connectTemporal } from '../../client/connect.ts';
import { SolventClient } from '../../client/solvent-client.ts';
import { AfterAnswer } from '../../http/after-answer.ts';
import { createApp } from '../../http/app.ts';
import { openApiKeys } from '../../ledger/api-keys.ts';
import { openLedger } from '../../ledger/database.ts';
import { openHoldDesk } from '../../ledger/holds.ts';
import { openPolicies } from '../../ledger/policies.ts';
import { openPrices } from '../../ledger/prices.ts';
import { openRefusalCounter } from '../../ledger/refusals.ts';
import { openUsageDesk } from '../../ledger/usage.ts';
import { openBareUsageDesk } from '../bare/usage.ts';

const [url = '', contender] = process.argv.slice(2);
const ledger = openLedger({ url, maxConnections: 4 });
const usageLedger = openLedger({ url, maxConnections: 2, repeatsStatements: true });
const prices = openPrices(ledger);
const desk = openUsageDesk(usageLedger, prices);
const temporal = connectTemporal({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
const publicUrl = 'http://127.0.0.1:1';
const app = createApp({
  ledger,
  apiKeys: openApiKeys(ledger),
  holds: openHoldDesk(ledger),
  usage: contender === 'bare' ? { ...desk, ...openBareUsageDesk(usageLedger, prices) } : desk,
  refusals: openRefusalCounter(ledger),
  client: new SolventClient({ temporal, publicUrl }),
  verifyWebhook: () => undefined,
  settings: {
    publicUrl,
    cardEntry: { kind: 'unavailable' },
    seller: { name: 'Benchmark', addressLines: [], taxId: null, email: null },
    portalSessionMs: 1,
    firstOutcomeWaitMs: 1,
    loopbackWebhooksAllowed: false,
  },
  policies: openPolicies(ledger),
  nowMs: () => Date.now(),
  processorClock: null,
  log: pino({ level: 'warn' }),
  afterAnswer: new AfterAnswer(),
});

const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
  console.log(`listening on ${port}`);
});

process.once('SIGTERM', () => {
  server.close();
  void Promise.all([ledger.close(), usageLedger.close(), closeTemporal(temporal)]);
});
