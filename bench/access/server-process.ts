/**
 * The whole HTTP application, a process of its own, with one contender in the place of what answers
 * holds. Argument: its settings as JSON.
 */
import { serve } from '@hono/node-server';
import { pino } from 'pino';
import { closeTemporal, connectTemporal } from '../../client/connect.ts';
import { SolventClient } from '../../client/solvent-client.ts';
import { AfterAnswer } from '../../http/after-answer.ts';
import { createApp } from '../../http/app.ts';
import { openApiKeys } from '../../ledger/api-keys.ts';
import { openLedger } from '../../ledger/database.ts';
import { openPolicies } from '../../ledger/policies.ts';
import { openPrices } from '../../ledger/prices.ts';
import { openRefusalCounter } from '../../ledger/refusals.ts';
import { openUsageDesk } from '../../ledger/usage.ts';
import { openContender, type ServerSettings } from './contenders.ts';

const settings = JSON.parse(process.argv[2] ?? '{}') as ServerSettings;
const log = pino({ level: 'warn' });
const ledger = openLedger({ url: settings.databaseUrl, maxConnections: 4 });
const contender = openContender(settings);
const refusals = openRefusalCounter(ledger, (error) => {
  log.warn({ err: error }, 'refusals could not be written');
});
// Nobody is there, and nobody is asked: holds need no workflow.
const temporal = connectTemporal({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
const publicUrl = 'http://127.0.0.1:1';
const app = createApp({
  ledger,
  apiKeys: openApiKeys(ledger),
  holds: contender.desk,
  usage: openUsageDesk(ledger, openPrices(ledger)),
  refusals,
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
  log,
  afterAnswer: new AfterAnswer(),
});

const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
  console.log(`listening on ${port}`);
});

process.once('SIGTERM', () => {
  server.close();
  void refusals
    .close()
    .then(() => Promise.all([ledger.close(), contender.close(), closeTemporal(temporal)]));
});
