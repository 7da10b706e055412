import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { pino } from 'pino';
import { isLiveKey, readConfig, sellerOf } from '../config.ts';
import { closeTemporal, connectTemporal } from '../client/connect.ts';
import { processorClock } from '../client/test-clock.ts';
import { SolventClient } from '../client/solvent-client.ts';
import { verifyWebhook } from '../gateway/webhooks.ts';
import { openApiKeys } from '../ledger/api-keys.ts';
import { openLedger } from '../ledger/database.ts';
import { openHoldDesk } from '../ledger/holds.ts';
import { openPolicies } from '../ledger/policies.ts';
import { openPrices } from '../ledger/prices.ts';
import { openRefusalCounter } from '../ledger/refusals.ts';
import { openUsageDesk } from '../ledger/usage.ts';
import { AfterAnswer } from './after-answer.ts';
import { createApp } from './app.ts';
import type { CardEntry } from './dependencies.ts';
import { stopServing } from './stopping.ts';

const config = readConfig(['DATABASE_URL', 'STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET']);
const log = pino({ level: config.LOG_LEVEL, name: 'http' });
const connection = {
  url: config.DATABASE_URL,
  onConnectionError: (error: Error) => {
    log.warn({ err: error }, 'a connection to the ledger broke');
  },
};
const ledger = openLedger({ ...connection, maxConnections: 20 });
const holdLedger = openLedger({ ...connection, maxConnections: 2, repeatsStatements: true });
// Big batches of usage must not stand in the way of requests that ask whether they may run.
const usageLedger = openLedger({ ...connection, maxConnections: 2, repeatsStatements: true });
const refusals = openRefusalCounter(ledger, (error) => {
  log.warn({ err: error }, 'refusals could not be written; they are kept for the next time');
});
const temporal = connectTemporal(config.temporalEnvironment);
// The first purchase should not wait for a handshake. A Temporal that is away is found out later.
temporal.connection.ensureConnected().catch((error: unknown) => {
  log.warn({ err: error }, 'Temporal does not answer yet');
});

function cardEntry(): CardEntry {
  const { STRIPE_PUBLISHABLE_KEY: publishableKey, STRIPE_SECRET_KEY: secretKey } = config;
  if (publishableKey !== undefined) return { kind: 'elements', publishableKey };
  return { kind: isLiveKey(secretKey) ? 'unavailable' : 'test_cards' };
}

const afterAnswer = new AfterAnswer();
const app = createApp({
  ledger,
  apiKeys: openApiKeys(ledger),
  holds: openHoldDesk(holdLedger),
  usage: openUsageDesk(usageLedger, openPrices(ledger)),
  refusals,
  client: new SolventClient({ temporal, publicUrl: config.PUBLIC_URL }),
  verifyWebhook: (rawBody, signature) =>
    verifyWebhook(rawBody, signature, config.STRIPE_WEBHOOK_SECRET),
  settings: {
    publicUrl: config.PUBLIC_URL,
    cardEntry: cardEntry(),
    portalSessionMs: 3_600_000,
    firstOutcomeWaitMs: 10_000,
    seller: sellerOf(config),
    loopbackWebhooksAllowed: !isLiveKey(config.STRIPE_SECRET_KEY),
    ...(config.TEMPORAL_UI_URL !== undefined && {
      temporalUi: { url: config.TEMPORAL_UI_URL, namespace: temporal.options.namespace },
    }),
  },
  policies: openPolicies(ledger),
  nowMs: () => Date.now(),
  processorClock: isLiveKey(config.STRIPE_SECRET_KEY)
    ? null
    : processorClock(config.STRIPE_API_BASE),
  log,
  afterAnswer,
});

const server = serve(
  { fetch: app.fetch, hostname: config.HTTP_HOST, port: config.HTTP_PORT },
  ({ address, port }) => {
    console.log(`http listening on http://${address}:${port}`);
  },
);

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // A second signal while the first is being obeyed changes nothing.
    if (!stopping) stopServing(server as Server, () => void close());
    stopping = true;
  });
}

/** Requests under way were answered; now what they stood on can go. */
async function close(): Promise<void> {
  await afterAnswer.settled();
  await refusals.close();
  await Promise.all([ledger.close(), holdLedger.close(), usageLedger.close()]);
  await closeTemporal(temporal);
}
