import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { keyDigest } from '../../client/ids.ts';
import { webhookEndpointIdFor } from '../../domain/ids.ts';
import type { WebhookType } from '../../domain/webhook-messages.ts';
import type { Ledger } from '../../ledger/database.ts';
import { createWebhookEndpoint } from '../../ledger/webhook-endpoints.ts';
import {
  listWebhookDeliveries,
  pingWebhookEndpoint,
  type WebhookDelivery,
} from '../../ledger/webhook-log.ts';
import { startReceiver, type PlannedAnswer, type Receiver } from './webhook-receiver.ts';

/** A server with planned answers, gone when the running test ends. */
export async function receiving(...answers: PlannedAnswer[]): Promise<Receiver> {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  receiver.answerWith(...answers);
  return receiver;
}

export interface Registered {
  readonly receiver: Receiver;
  readonly endpointId: string;
  readonly secret: string;
}

/** Registers a receiver for an account, or for the house. */
export async function register(
  ledger: Ledger,
  accountId: string,
  receiver: Receiver,
  types: readonly WebhookType[] | null = null,
): Promise<Registered> {
  const endpointId = webhookEndpointIdFor(accountId, keyDigest(randomUUID()));
  const asked = { endpointId, actor: 'test', nowMs: Date.now() };
  const { url } = receiver;
  const { secret } = await createWebhookEndpoint(ledger, { ...asked, accountId, url, types });
  return { receiver, endpointId, secret: secret ?? '' };
}

/** Has a message sent that tells nothing. */
export function ping(ledger: Ledger, { endpointId }: Pick<Registered, 'endpointId'>) {
  return pingWebhookEndpoint(ledger, { endpointId, callId: randomUUID(), nowMs: Date.now() });
}

/** The endpoint's log, newest first. */
export async function logOf(
  ledger: Ledger,
  { endpointId }: Pick<Registered, 'endpointId'>,
): Promise<readonly WebhookDelivery[]> {
  const page = { endpointId, state: null, cursor: null, limit: 50 };
  return (await listWebhookDeliveries(ledger, page)).deliveries;
}
