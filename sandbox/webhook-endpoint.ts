import { answerObject, type Answer, type Call } from './answers.ts';
import { Refusal } from './errors.ts';
import { listAnswer, listFields } from './lists.ts';
import {
  clearableText,
  flag,
  list,
  metadata,
  notSimulated,
  required,
  text,
  type FieldsOf,
} from './parameters.ts';
import { defined, mergeMetadata, type Metadata } from './shapes.ts';
import { table } from './store.ts';

export interface WebhookEndpoint {
  id: string;
  object: 'webhook_endpoint';
  api_version: string | null;
  application: null;
  created: number;
  description: string | null;
  enabled_events: string[];
  livemode: false;
  metadata: Metadata;
  status: 'enabled' | 'disabled';
  url: string;
}

export const webhookEndpoints = table<WebhookEndpoint>('webhook_endpoint');
/** Shown once, when the endpoint is made. */
export const webhookSecrets = table<{ id: string; secret: string }>('webhook_secret');

export const endpointCreateFields = {
  api_version: text,
  connect: notSimulated,
  description: clearableText,
  enabled_events: required(list(text)),
  expand: list(text),
  metadata,
  url: required(text),
};
export const endpointUpdateFields = {
  description: clearableText,
  disabled: flag,
  enabled_events: list(text),
  expand: list(text),
  metadata,
  url: text,
};
export const endpointListFields = listFields;

export function createEndpoint(call: Call<FieldsOf<typeof endpointCreateFields>>): Answer {
  const { transaction, parameters } = call;
  refuseAddress(parameters.url);
  const id = transaction.newId('we');
  const secret = `whsec_${transaction.newId('s').slice(2)}`;
  const endpoint = transaction.put(webhookEndpoints, {
    id,
    object: 'webhook_endpoint',
    api_version: parameters.api_version ?? null,
    application: null,
    created: transaction.nowSeconds,
    description: parameters.description ?? null,
    enabled_events: parameters.enabled_events,
    livemode: false,
    metadata: mergeMetadata({}, parameters.metadata),
    status: 'enabled',
    url: parameters.url,
  });
  transaction.put(webhookSecrets, { id, secret });
  return { kind: 'body', status: 200, body: { ...endpoint, secret } };
}

export function updateEndpoint(call: Call<FieldsOf<typeof endpointUpdateFields>>): Answer {
  const { transaction, parameters, path } = call;
  const endpoint = transaction.require(webhookEndpoints, path[0] ?? '');
  if (parameters.url !== undefined) refuseAddress(parameters.url);
  const disabled = parameters.disabled;
  transaction.put(webhookEndpoints, {
    ...endpoint,
    ...defined({
      description: parameters.description,
      enabled_events: parameters.enabled_events,
      status: disabled === undefined ? undefined : disabled ? 'disabled' : 'enabled',
      url: parameters.url,
    }),
    metadata: mergeMetadata(endpoint.metadata, parameters.metadata),
  });
  return answerObject(webhookEndpoints, endpoint.id);
}

export function retrieveEndpoint(call: Call<unknown>): Answer {
  const id = call.path[0] ?? '';
  return answerObject(webhookEndpoints, call.transaction.require(webhookEndpoints, id).id);
}

export function deleteEndpoint(call: Call<unknown>): Answer {
  const { id } = call.transaction.require(webhookEndpoints, call.path[0] ?? '');
  call.transaction.remove(webhookEndpoints, id);
  call.transaction.remove(webhookSecrets, id);
  return { kind: 'body', status: 200, body: { id, object: 'webhook_endpoint', deleted: true } };
}

export function listEndpoints(call: Call<FieldsOf<typeof endpointListFields>>): Answer {
  return listAnswer(call, '/v1/webhook_endpoints', webhookEndpoints);
}

function refuseAddress(url: string): void {
  if (URL.canParse(url) && /^https?:/.test(url)) return;
  throw new Refusal(
    'parameterInvalid',
    'Invalid URL: An explicit scheme (such as https) must be provided.',
    'url',
  );
}
