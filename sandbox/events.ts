import type { Answer, Call } from './answers.ts';
import { answerObject } from './answers.ts';
import type { Change } from './journal.ts';
import { createdParameter, listAnswer, listFields } from './lists.ts';
import { flag, list, text, type FieldsOf } from './parameters.ts';
import { table, type Store } from './store.ts';
import type { Happening, RequestMark } from './transaction.ts';
import { eventVersion } from './versions.ts';

export interface Event {
  id: string;
  object: 'event';
  api_version: string;
  created: number;
  data: { object: { id: string }; previous_attributes?: Record<string, unknown> };
  livemode: false;
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null };
  type: string;
}

export const events = table<Event>('event', (event) => eventKeys(event.type, event.data.object.id));

/** Found again by type and by the object they are about. */
export function eventKeys(type: string, objectId: string): string[] {
  return [`type=${type}`, `object=${objectId}`];
}

const lifetimeSeconds = 30 * 86_400;
const mostKept = 100_000;

/** The changes that forget events: those of thirty days ago, as at Stripe, and the oldest of too many. */
export function outdatedEvents(store: Store, nowSeconds: number): Change[] {
  const changes: Change[] = [];
  let excess = store.count(events.name) - mostKept;
  for (const id of store.ids(events.name)) {
    const created = store.created(events.name, id);
    if (created === undefined) continue;
    if (excess <= 0 && nowSeconds - created < lifetimeSeconds) break;
    excess -= 1;
    changes.push({ table: events.name, id, created, indexKeys: [], text: undefined });
  }
  return changes;
}

/** Put together from texts: the object is not parsed and written again. */
export function eventText(
  id: string,
  happening: Happening,
  created: number,
  pendingWebhooks: number,
  request: RequestMark,
): string {
  const { type, objectText, previousAttributes } = happening;
  const previous =
    previousAttributes === undefined
      ? ''
      : `,"previous_attributes":${JSON.stringify(previousAttributes)}`;
  const key = JSON.stringify(request.idempotencyKey);
  return (
    `{"id":"${id}","object":"event","api_version":"${eventVersion}","created":${created},` +
    `"data":{"object":${objectText}${previous}},"livemode":false,` +
    `"pending_webhooks":${pendingWebhooks},` +
    `"request":{"id":${JSON.stringify(request.id)},"idempotency_key":${key}},"type":"${type}"}`
  );
}

export const eventListFields = {
  ...listFields,
  created: createdParameter,
  delivery_success: flag,
  type: text,
  types: list(text),
};

export function retrieveEvent(call: Call<unknown>): Answer {
  return answerObject(events, call.transaction.require(events, call.path[0] ?? '').id);
}

export function listEvents(call: Call<FieldsOf<typeof eventListFields>>): Answer {
  const { type } = call.parameters;
  const key = type === undefined ? undefined : `type=${type}`;
  return listAnswer(call, '/v1/events', events, [key]);
}
