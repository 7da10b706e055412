import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import * as message from './messages.ts';
import * as step from './proxies.ts';
import { Story } from './story.ts';
import { AccountClock } from './time.ts';

/** Then the run continues as a new one, so that no history grows without bounds. */
const roundsPerRun = 200;

/**
 * Sends an endpoint what is due there, waits for the next retry or the next message, and ends when
 * nothing waits any more. One run for each endpoint: a slow one holds up no other. Its history
 * holds ids and counts; what is sent, and where to, stays in the ledger.
 */
export async function webhookDelivery(
  input: message.WebhookDeliveryInput,
): Promise<message.WebhookDeliveryReport> {
  const { endpointId } = input;
  const clock = new AccountClock();
  let { delivered, failed } = input.report ?? { delivered: 0, failed: 0 };
  let signals = 0;
  setHandler(message.webhooksDueSignal, () => {
    signals += 1;
  });
  for (let rounds = 0; ; rounds += 1) {
    if (rounds === roundsPerRun) {
      await condition(allHandlersFinished);
      return continueAsNew<typeof webhookDelivery>({ endpointId, report: { delivered, failed } });
    }
    const seen = signals;
    const round = await step.deliverWebhooks({ endpointId, nowMs: clock.nowMs() });
    delivered += round.delivered;
    failed += round.failed;
    if (round.disabled !== null) tellOperator(input, round.disabled, clock);
    if (round.nextDueAtMs === null) {
      // A signal that comes while this is decided makes Temporal ask again: none is lost.
      if (signals !== seen) continue;
      return { delivered, failed };
    }
    const waitMs = round.nextDueAtMs - clock.nowMs();
    if (waitMs > 0) await condition(() => signals !== seen, waitMs);
  }
}

function tellOperator(
  { endpointId }: message.WebhookDeliveryInput,
  reason: string,
  clock: AccountClock,
): void {
  const story = new Story(`Webhooks to ${endpointId}`, clock);
  const why = reason === 'gone' ? 'it answered 410' : 'it took nothing for five days';
  story.tell(`The endpoint was disabled: ${why}.`);
  upsertSearchAttributes([{ key: message.searchAttributes.needsReview, value: true }]);
}
