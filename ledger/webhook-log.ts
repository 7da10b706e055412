import type { AccountId } from '../domain/account.ts';
import { failure } from '../domain/failures.ts';
import { accountOfId } from '../domain/ids.ts';
import { houseId, uuidOf } from './account-id.ts';
import { instant } from './columns.ts';
import type { Ledger, Session } from './database.ts';
import { keyOf } from './webhook-endpoints.ts';
import { webhookMessageId, webhooksChannel } from './webhook-messages.ts';

export type DeliveryState = 'waiting' | 'delivered' | 'failed';

/** How one message fares at one endpoint. */
export interface WebhookDelivery {
  readonly messageId: string;
  readonly type: string;
  /** The account it is about; the house's id where it is about none. */
  readonly accountId: AccountId;
  readonly occurredAtMs: number;
  readonly state: DeliveryState;
  readonly attemptsEver: number;
  /** Null: at once, or never where it does not wait. */
  readonly nextAttemptAtMs: number | null;
  readonly lastAttemptAtMs: number | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly deliveredAtMs: number | null;
  /** The newest attempts, oldest first. */
  readonly attempts: readonly LoggedAttempt[];
}

export interface LoggedAttempt {
  readonly attempt: number;
  readonly attemptedAtMs: number;
  readonly durationMs: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly answer: string | null;
}

export interface DeliveryPage {
  readonly deliveries: readonly WebhookDelivery[];
  /** Hand it in for the next page; null on the last one. */
  readonly nextCursor: string | null;
}

const columns = `
  d.delivery_id as "deliveryId", d.message_id as "messageId", m.type, d.account_id as "accountId",
  m.occurred_at as "occurredAtMs", d.state, d.attempts_ever as "attemptsEver",
  d.next_attempt_at as "nextAttemptAtMs", d.last_attempt_at as "lastAttemptAtMs",
  d.last_status as "lastStatus", d.last_error as "lastError", d.delivered_at as "deliveredAtMs",
  coalesce((
    select json_agg(json_build_object('attempt', a.attempt,
      'attemptedAtMs', floor(extract(epoch from a.attempted_at) * 1000),
      'durationMs', a.duration_ms, 'status', a.status, 'error', a.error, 'answer', a.answer)
      order by a.attempt)
    from webhook_attempts a where (a.account_id, a.message_id, a.endpoint_id)
      = (d.account_id, d.message_id, d.endpoint_id)
  ), '[]') as attempts`;

/** One page of an endpoint's log, newest first. A cursor that is none gives the first page. */
export async function listWebhookDeliveries(
  ledger: Ledger,
  input: {
    readonly endpointId: string;
    readonly state: DeliveryState | null;
    readonly cursor: string | null;
    readonly limit: number;
  },
): Promise<DeliveryPage> {
  const { endpointId, state, cursor, limit } = input;
  const before = cursor !== null && /^\d{1,15}$/.test(cursor) ? Number(cursor) : null;
  const rows = await ledger.run<WebhookDelivery & { readonly deliveryId: number }>(
    `select ${columns} from webhook_deliveries d join webhook_messages m
       using (account_id, message_id)
     where d.owner_id = $1 and d.endpoint_id = $2 and ($3::text is null or d.state = $3)
       and ($4::bigint is null or d.delivery_id < $4)
     order by d.delivery_id desc limit $5`,
    [...keyOf(endpointId), state, before, limit + 1],
  );
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    deliveries: page,
    nextCursor: last === undefined ? null : String(last.deliveryId),
  };
}

interface Asked {
  readonly endpointId: string;
  /** Made of the call's idempotency key: a repeat does nothing more. */
  readonly callId: string;
  readonly nowMs: number;
}

/**
 * Has a message sent again, delivered or not, with the id it had.
 * @throws SolventError webhook_endpoint_not_found, webhook_endpoint_disabled,
 * webhook_message_not_found.
 */
export async function replayWebhook(
  ledger: Ledger,
  { endpointId, messageId, callId }: Omit<Asked, 'nowMs'> & { readonly messageId: string },
): Promise<void> {
  const accountId = accountOfId(messageId) ?? houseId;
  await ledger.transaction(async (session) => {
    await assertEnabled(session, endpointId);
    const [delivery] = await session.read<{ isRepeat: boolean }>(
      `select replay_id is not distinct from $4 as "isRepeat" from webhook_deliveries
       where account_id = $1 and message_id = $2 and endpoint_id = $3 for no key update`,
      [uuidOf(accountId), messageId, endpointId, callId],
    );
    if (delivery === undefined) throw failure('webhook_message_not_found');
    if (delivery.isRepeat) return;
    session.write(
      `update webhook_deliveries set state = 'waiting', attempts = 0, next_attempt_at = null,
         replay_id = $4
       where account_id = $1 and message_id = $2 and endpoint_id = $3`,
      [uuidOf(accountId), messageId, endpointId, callId],
    );
    session.write('select pg_notify($1, $2)', [webhooksChannel, endpointId]);
  });
}

/**
 * Has a message without content sent, to try an endpoint; returns its id.
 * @throws SolventError webhook_endpoint_not_found, webhook_endpoint_disabled.
 */
export async function pingWebhookEndpoint(
  ledger: Ledger,
  { endpointId, callId, nowMs }: Asked,
): Promise<{ readonly messageId: string }> {
  const ownerId = accountOfId(endpointId) ?? houseId;
  const messageId = webhookMessageId(ownerId, `ping/${endpointId}/${callId}`);
  const data = { accountId: ownerId === houseId ? null : ownerId, endpointId };
  await ledger.transaction(async (session) => {
    await assertEnabled(session, endpointId);
    session.write(
      `with message as (
         insert into webhook_messages (account_id, message_id, type, data, occurred_at)
         values ($1, $2, 'ping', $3, $4) on conflict do nothing returning account_id, message_id
       ), delivery as (
         insert into webhook_deliveries (account_id, message_id, owner_id, endpoint_id)
         select account_id, message_id, account_id, $5 from message returning endpoint_id
       )
       select pg_notify($6, endpoint_id) from delivery`,
      [
        ...[uuidOf(ownerId), messageId, JSON.stringify(data), instant(nowMs)],
        ...[endpointId, webhooksChannel],
      ],
    );
  });
  return { messageId };
}

async function assertEnabled(session: Session, endpointId: string): Promise<void> {
  const [endpoint] = await session.read<{ disabledAtMs: number | null }>(
    `select disabled_at as "disabledAtMs" from webhook_endpoints
     where account_id = $1 and endpoint_id = $2 and removed_at is null for key share`,
    keyOf(endpointId),
  );
  if (endpoint === undefined) throw failure('webhook_endpoint_not_found');
  if (endpoint.disabledAtMs !== null) throw failure('webhook_endpoint_disabled');
}
