import { webhookBody } from '../domain/webhook-messages.ts';
import { isSuccess, type DisabledReason } from '../domain/webhook-endpoint.ts';
import {
  forgetWebhookMessages,
  listEndpointsWithDueWebhooks,
  readDueDeliveries,
  readNextDue,
  readSendingEndpoint,
  recordWebhookAttempt,
  type DueDelivery,
  type SendingEndpoint,
} from '../ledger/webhook-deliveries.ts';
import type { Dependencies } from './dependencies.ts';

/** What one round of sending did, and when the next one is due; null: nothing waits. */
export interface WebhookRound {
  readonly delivered: number;
  readonly failed: number;
  readonly nextDueAtMs: number | null;
  readonly disabled: DisabledReason | null;
}

/** One round; what is left is due at once and comes with the next. */
const mostPerRound = 20;
/** At the same time: receivers see them in any order, which they must allow for anyway. */
const atOnce = 5;
/** No message is begun after this, so that a round of a slow endpoint ends well within its time. */
const roundMs = 20_000;

/** More than a minute brings; what is left waits for the next sweep. */
const mostForgotten = 1_000;

/** Activities that send messages to webhook endpoints; bodies and secrets never leave them. */
export const createWebhookActivities = ({ ledger, webhooks }: Dependencies) => {
  /**
   * A worker that dies between an attempt and its record leaves the message due: it is sent again
   * under the same id.
   */
  const attempt = async (
    endpointId: string,
    { url, secrets }: SendingEndpoint,
    due: DueDelivery,
    nowMs: number,
  ) => {
    const { accountId, messageId } = due;
    const sent = await webhooks.send({ url, secrets, messageId, body: webhookBody(due) });
    const { disabled } = await recordWebhookAttempt(ledger, {
      accountId,
      messageId,
      endpointId,
      nowMs,
      ...sent,
    });
    return { isDelivered: isSuccess(sent), disabled };
  };

  return {
    /** Sends what is due at one endpoint; `nowMs` is the clock. */
    async deliverWebhooks(input: { endpointId: string; nowMs: number }): Promise<WebhookRound> {
      const { endpointId } = input;
      const startedMs = performance.now();
      const round = { delivered: 0, failed: 0, disabled: null as DisabledReason | null };
      const endpoint = await readSendingEndpoint(ledger, input);
      if (endpoint === undefined) return { ...round, nextDueAtMs: null };
      const due = await readDueDeliveries(ledger, { ...input, limit: mostPerRound });
      const work = async () => {
        for (;;) {
          const elapsedMs = Math.round(performance.now() - startedMs);
          const next = elapsedMs < roundMs && round.disabled === null ? due.shift() : undefined;
          if (next === undefined) return;
          const done = await attempt(endpointId, endpoint, next, input.nowMs + elapsedMs);
          round[done.isDelivered ? 'delivered' : 'failed'] += 1;
          round.disabled ??= done.disabled;
        }
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      return { ...round, nextDueAtMs: await readNextDue(ledger, input) };
    },

    async listEndpointsWithDueWebhooks(input: {
      nowMs: number;
      olderThanMs: number;
      limit: number;
    }): Promise<{ endpointIds: string[] }> {
      return { endpointIds: await listEndpointsWithDueWebhooks(ledger, input) };
    },

    async forgetWebhookMessages({ olderThanMs }: { olderThanMs: number }): Promise<void> {
      await forgetWebhookMessages(ledger, { olderThanMs, limit: mostForgotten });
    },
  };
};
