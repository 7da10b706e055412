import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

/** Three seconds in all: longer, and a caller would wait for an answer that is "try again". */
const attempts = 6;

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
