import { closeTemporal, connectTemporal } from '../../client/connect.ts';
import { SolventClient } from '../../client/solvent-client.ts';
import { createApp } from '../../http/app.ts';
import type { Api, HttpDependencies } from '../../http/dependencies.ts';
import { openLedger, type Ledger } from '../../ledger/database.ts';
import { createTestDatabase } from '../support/services.ts';
import { dependenciesFor } from './running-app.ts';

/** The application over a real ledger and a Temporal that does not answer. */
export interface LoneApp {
  readonly app: Api;
  readonly ledger: Ledger;
  readonly close: () => Promise<void>;
}

/** Port 1 of loopback: nothing listens there, and connecting fails at once. */
const nowhere = '127.0.0.1:1';

/** No test waits for long for a server that is not there. */
const firstOutcomeWaitMs = 300;

export async function createLoneApp(
  changes: Partial<HttpDependencies> = {},
  given?: Ledger,
): Promise<LoneApp> {
  const ledger = given ?? openLedger({ url: (await createTestDatabase()).appUrl });
  const url = 'http://solvent.test';
  const temporal = connectTemporal({ TEMPORAL_ADDRESS: nowhere });
  const client = new SolventClient({ temporal, publicUrl: url });
  const made = dependenciesFor({ ledger, client, url });
  const settings = { ...made.settings, firstOutcomeWaitMs };
  const app = createApp({ ...made, settings, ...changes });
  return {
    app,
    ledger,
    close: async () => {
      await made.afterAnswer.settled();
      await made.refusals.close();
      await closeTemporal(temporal);
      await ledger.close();
    },
  };
}
