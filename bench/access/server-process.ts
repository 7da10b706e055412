/** One contender behind the HTTP server, a process of its own. Argument: its settings as JSON. */
import { serve } from '@hono/node-server';
import { openContender, type ServerSettings } from './contenders.ts';
import { createBenchApp } from './application.ts';
import { openLedger } from '../../ledger/database.ts';
import { openPolicies } from '../../ledger/policies.ts';

const settings = JSON.parse(process.argv[2] ?? '{}') as ServerSettings;
const ledger = openLedger({ url: settings.databaseUrl, maxConnections: 4 });
const { desk, close } = openContender(settings);
const app = createBenchApp({ ledger, holds: desk, policies: openPolicies(ledger) });
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
  console.log(`listening on ${port}`);
});

process.on('SIGTERM', () => {
  server.close();
  if ('closeAllConnections' in server) server.closeAllConnections();
  void Promise.all([ledger.close(), close()]);
});
