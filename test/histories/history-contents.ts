import type { EventJson, HistoryJson } from './recordings.ts';

type Json = Readonly<Record<string, unknown>>;

/** What a history tells about its run. */
export interface HistoryContents {
  readonly type: string;
  /** Of the result, its `status` or `state`; of the last `PaymentState` where the run is still open. */
  readonly status: string;
  readonly activities: ReadonlySet<string>;
  /** Updates and signals it received, by name. */
  readonly messages: ReadonlySet<string>;
}

export function contentsOf(history: HistoryJson): HistoryContents {
  const { events } = history;
  const started = attributes(events, 'WorkflowExecutionStarted')[0];
  return {
    type: nameIn(started?.['workflowType']),
    status: statusOf(events),
    activities: new Set([
      ...attributes(events, 'ActivityTaskScheduled').map(({ activityType }) =>
        nameIn(activityType),
      ),
      ...attributes(events, 'MarkerRecorded').flatMap(localActivityOf),
    ]),
    messages: new Set([
      ...attributes(events, 'WorkflowExecutionSignaled').map(({ signalName }) => text(signalName)),
      ...attributes(events, 'WorkflowExecutionUpdateAccepted').flatMap(updateNameOf),
    ]),
  };
}

/** Everything a person could read in it: the JSON, and each payload decoded. */
export function readableText(history: HistoryJson): string {
  return [JSON.stringify(history), ...payloadsIn(history).map(decoded)].join('\n');
}

function statusOf(events: readonly EventJson[]): string {
  const result = attributes(events, 'WorkflowExecutionCompleted')[0];
  if (result !== undefined) {
    const value = valuesIn(result)[0] as Json | null;
    const outcome = (value?.['outcome'] ?? value) as Json | null;
    return text(outcome?.['status'] ?? outcome?.['state'] ?? 'completed');
  }
  if (attributes(events, 'WorkflowExecutionContinuedAsNew').length > 0) return 'continued';
  const last = events.at(-1)?.eventType ?? '';
  if (/WORKFLOW_EXECUTION_(FAILED|TERMINATED|TIMED_OUT|CANCELED)$/.test(last)) return last;
  const told = attributes(events, 'UpsertWorkflowSearchAttributes').flatMap(
    ({ searchAttributes }) => {
      const { indexedFields } = searchAttributes as { indexedFields: Json };
      const state = indexedFields['PaymentState'];
      return state === undefined ? [] : [text(valuesIn(state)[0])];
    },
  );
  return told.at(-1) ?? 'pending';
}

/** The attributes of all events of a kind. */
function attributes(events: readonly EventJson[], kind: string): Json[] {
  const key = `${kind.charAt(0).toLowerCase()}${kind.slice(1)}EventAttributes`;
  return events.flatMap((event) => (event[key] === undefined ? [] : [event[key] as Json]));
}

/** The SDK records a local activity as a marker whose details name it. */
function localActivityOf(marker: Json): string[] {
  if (marker['markerName'] !== 'core_local_activity') return [];
  return valuesIn(marker).flatMap((value) => {
    const name = (value as Json | null)?.['activity_type'];
    return typeof name === 'string' ? [name] : [];
  });
}

/** A run made by a reset is not told again what the first one was asked. */
function updateNameOf({ acceptedRequest }: Json): string[] {
  const request = acceptedRequest as { input: Json } | undefined;
  return request === undefined ? [] : [nameIn(request.input)];
}

function nameIn(value: unknown): string {
  return text((value as Json | undefined)?.['name']);
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`not a text: ${JSON.stringify(value)}`);
  return value;
}

function valuesIn(value: unknown): unknown[] {
  return payloadsIn(value).map((payload) => {
    const content = decoded(payload);
    return content === '' ? null : (JSON.parse(content) as unknown);
  });
}

/** Every payload at any depth: an object whose `data` is base64. */
function payloadsIn(value: unknown): { data: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const { metadata, data } = value as { metadata?: unknown; data?: unknown };
  if (typeof metadata === 'object') return [{ data: typeof data === 'string' ? data : '' }];
  return Object.values(value).flatMap(payloadsIn);
}

function decoded({ data }: { data: string }): string {
  return Buffer.from(data, 'base64').toString('utf8');
}
