import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

/**
 * Connects to Temporal as its own environment configuration says (TEMPORAL_ADDRESS, TLS, API key,
 * profiles), without asking the server yet: a Temporal that is away is found out by the first call.
 */
export function connectTemporal(environment: Record<string, string>): Client {
  const { connectionOptions, namespace } = loadClientConnectConfig({
    overrideEnvVars: environment,
  });
  const connection = Connection.lazy(connectionOptions);
  return new Client({ connection, ...(namespace === undefined ? {} : { namespace }) });
}
