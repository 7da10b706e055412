import { instant } from '../domain/answer-values.ts';
import type { WebhookEndpoint } from '../domain/webhook-endpoint.ts';
import { houseId } from '../ledger/account-id.ts';
import type { WebhookDelivery } from '../ledger/webhook-log.ts';
import type { Json } from './json.ts';
import { table, utcTime } from './words.ts';

export function endpointJson(endpoint: WebhookEndpoint): { readonly [name: string]: Json } {
  const { endpointId, accountId, url, types, createdAtMs, disabledAtMs } = endpoint;
  return {
    id: endpointId,
    accountId: accountId === houseId ? null : accountId,
    url,
    types,
    enabled: disabledAtMs === null,
    disabledAt: instant(disabledAtMs),
    disabledReason: endpoint.disabledReason,
    createdAt: instant(createdAtMs),
  };
}

const reasons = {
  gone: 'it answered 410',
  failing: 'it took nothing for 5 days',
  asked: 'by its owner',
} as const;

export function endpointsTable(endpoints: readonly WebhookEndpoint[]): string {
  return table(
    ['ENDPOINT', 'ADDRESS', 'TYPES', 'STATE'],
    endpoints.map(({ endpointId, url, types, disabledReason }) => [
      ...[endpointId, url, types?.join(',') ?? 'all'],
      disabledReason === null ? 'enabled' : `disabled: ${reasons[disabledReason]}`,
    ]),
  );
}

export function deliveryJson(delivery: WebhookDelivery): Json {
  const { messageId, type, accountId, occurredAtMs, state, attemptsEver } = delivery;
  const { nextAttemptAtMs, deliveredAtMs, attempts } = delivery;
  return {
    messageId,
    type,
    state,
    attempts: attemptsEver,
    accountId: accountId === houseId ? null : accountId,
    occurredAt: instant(occurredAtMs),
    nextAttemptAt: instant(nextAttemptAtMs),
    deliveredAt: instant(deliveredAtMs),
    log: attempts.map(({ attemptedAtMs, ...attempt }) => ({
      ...attempt,
      attemptedAt: instant(attemptedAtMs),
    })),
  };
}

export function deliveriesTable(deliveries: readonly WebhookDelivery[]): string {
  return table(
    ['MESSAGE', 'TYPE', 'HAPPENED', 'STATE', 'ATTEMPTS', 'LAST ANSWER', 'NEXT'],
    deliveries.map((delivery) => [
      ...[delivery.messageId, delivery.type, utcTime(delivery.occurredAtMs), delivery.state],
      String(delivery.attemptsEver),
      delivery.lastError ?? (delivery.lastStatus === null ? '' : String(delivery.lastStatus)),
      nextOf(delivery),
    ]),
  );
}

function nextOf({ state, nextAttemptAtMs }: WebhookDelivery): string {
  if (state !== 'waiting') return '';
  return nextAttemptAtMs === null ? 'at once' : utcTime(nextAttemptAtMs);
}
