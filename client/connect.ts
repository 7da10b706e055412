import { setTimeout as sleep } from 'node:timers/promises';
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

/** Three seconds in all: longer, and a caller would wait for an answer that is "try again". */
const attempts = 6;
/** Longer than the last of these attempts waits for its turn. */
const lastAttemptWaitMs = 2_000;

/**
 * Connects to Temporal as its own environment configuration says (TEMPORAL_ADDRESS, TLS, API key,
 * profiles), without asking the server yet: a Temporal that is away is found out by the first call.
 */
export function connectTemporal(environment: Record<string, string>): Client {
  const { connectionOptions, namespace } = loadClientConnectConfig({
    overrideEnvVars: environment,
  });
  const retry = makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ maxAttempts: attempts }));
  const connection = Connection.lazy({ ...connectionOptions, interceptors: [retry] });
  return new Client({ connection, ...(namespace === undefined ? {} : { namespace }) });
}

/**
 * Closes the connection once no attempt of a call waits for its turn any more, be its caller long
 * answered: on a closed channel gRPC would throw it past everyone.
 */
export async function closeTemporal({ connection }: Client): Promise<void> {
  await sleep(lastAttemptWaitMs);
  await connection.close();
}
