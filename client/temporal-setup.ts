import { Connection, isGrpcServiceError, type Client } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import { failure } from '../domain/failures.ts';
import { available, isDeadline } from './answers.ts';
import { keepSchedules } from './schedules.ts';

/** One thing a namespace needs, and how it stands now. */
export interface SetupStep {
  readonly subject: string;
  /** `not_done`: this connection may not, or must not; `detail` says who can and how. */
  readonly status: 'as_needed' | 'changed' | 'not_done';
  readonly detail: string;
}

export interface TemporalSetup {
  readonly namespace: string;
  readonly steps: readonly SetupStep[];
}

/** For all of it: a server that is away would be waited for much longer. */
const timeoutMs = 8_000;

const day = 86_400_000;

/** Closed workflows answer repeats of their key while they are kept: a month at least. */
const leastRetentionMs = 30 * day;

/** The numbers of Temporal's wire format for the types of search attributes. */
const wireTypes = { Keyword: 2, Bool: 5 } as const;

/** What the Temporal UI and lists can be searched by. */
export const searchAttributes: Readonly<Record<string, keyof typeof wireTypes>> = {
  AccountId: 'Keyword',
  InvoiceId: 'Keyword',
  PaymentState: 'Keyword',
  NeedsReview: 'Bool',
  DeclineCode: 'Keyword',
};

/** gRPC's words for "this connection may not" and "this server has no such call" (Temporal Cloud). */
const permissionDenied = 7;
const unimplemented = 12;
const notFound = 5;

/**
 * Gives the client's namespace what the workflows need: search attributes, retention, Schedules. What is
 * there already is left alone, so it may be run again at any time, on any Temporal.
 * @throws SolventError temporarily_unavailable where Temporal does not answer.
 */
export async function setUpTemporal(temporal: Client): Promise<TemporalSetup> {
  const { connection } = temporal;
  if (!(connection instanceof Connection)) throw new Error('not a connection to a server');
  try {
    return await connection.withDeadline(Date.now() + timeoutMs, () => setUp(temporal, connection));
  } catch (error) {
    if (isDeadline(error)) throw failure('temporarily_unavailable');
    throw error;
  }
}

async function setUp(temporal: Client, connection: Connection): Promise<TemporalSetup> {
  const { namespace } = temporal.options;
  const retentionMs = await readRetention(connection, namespace);
  if (retentionMs === undefined) return { namespace, steps: [missing(namespace)] };
  return {
    namespace,
    steps: [
      await raiseRetention(connection, namespace, retentionMs),
      ...(await addAttributes(connection, namespace)),
      ...(await keepSchedules(temporal)),
    ],
  };
}

function missing(namespace: string): SetupStep {
  const command = `temporal operator namespace create --namespace ${namespace} --retention 30d`;
  return {
    subject: 'namespace',
    status: 'not_done',
    detail: `it does not exist; make it first: ${command}`,
  };
}

/** Undefined where there is no such namespace. */
async function readRetention(
  connection: Connection,
  namespace: string,
): Promise<number | undefined> {
  const answer = await unlessRefused([notFound], () =>
    connection.workflowService.describeNamespace({ namespace }),
  );
  if (answer === undefined) return undefined;
  const retention = answer.config?.workflowExecutionRetentionTtl;
  // Absent: kept for ever.
  return retention == null ? Number.POSITIVE_INFINITY : tsToMs(retention);
}

async function raiseRetention(
  connection: Connection,
  namespace: string,
  retentionMs: number,
): Promise<SetupStep> {
  const subject = 'retention';
  if (retentionMs >= leastRetentionMs) {
    const detail = retentionMs === Infinity ? 'for ever' : `${retentionMs / day} days`;
    return { subject, status: 'as_needed', detail };
  }
  const change = `from ${retentionMs / day} to ${leastRetentionMs / day} days`;
  const answer = await unlessRefused([permissionDenied, unimplemented], () =>
    connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: msToTs(leastRetentionMs) },
    }),
  );
  return answer === undefined
    ? { subject, status: 'not_done', detail: `this connection may not raise it ${change}` }
    : { subject, status: 'changed', detail: `raised ${change}` };
}

async function addAttributes(connection: Connection, namespace: string): Promise<SetupStep[]> {
  const refusals = [permissionDenied, unimplemented];
  const { operatorService } = connection;
  const listed = await unlessRefused(refusals, () =>
    operatorService.listSearchAttributes({ namespace }),
  );
  const present = listed?.customAttributes;
  const absent = Object.keys(searchAttributes).filter((name) => present?.[name] === undefined);
  const added =
    present === undefined || absent.length === 0
      ? undefined
      : await unlessRefused(refusals, () =>
          operatorService.addSearchAttributes({ namespace, searchAttributes: wire(absent) }),
        );
  return Object.entries(searchAttributes).map(([name, type]): SetupStep => {
    const subject = `search attribute ${name}`;
    const found = present?.[name];
    if (Number(found) === wireTypes[type]) return { subject, status: 'as_needed', detail: type };
    if (found !== undefined) {
      const detail = `it exists with another type (number ${found}); ${type} is needed`;
      return { subject, status: 'not_done', detail };
    }
    if (added !== undefined) return { subject, status: 'changed', detail: `${type}, added` };
    return { subject, status: 'not_done', detail: `this connection may not add it as ${type}` };
  });
}

function wire(names: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const type = searchAttributes[name];
      return type === undefined ? [] : [[name, wireTypes[type]]];
    }),
  );
}

/** The call's answer; undefined where the server refuses it with one of these codes. */
async function unlessRefused<T>(
  codes: readonly number[],
  call: () => Promise<T>,
): Promise<T | undefined> {
  return available(async () => {
    try {
      return await call();
    } catch (error) {
      if (isGrpcServiceError(error) && codes.includes(error.code)) return undefined;
      throw error;
    }
  });
}
