import type { AccountId } from '../domain/account.ts';
import { accountOfId } from '../domain/ids.ts';
import {
  disabledBy,
  isSuccess,
  nextDeliveryStep,
  type DisabledReason,
  type WebhookAnswer,
} from '../domain/webhook-endpoint.ts';
import { houseId, uuidOf } from './account-id.ts';
import { insertAudit } from './audit.ts';
import { instant } from './columns.ts';
import type { Ledger, Session } from './database.ts';
import { insertNotices, noticeIdOf } from './notice-rows.ts';
import { giveUpDeliveries, keyOf } from './webhook-endpoints.ts';
import { insertWebhookMessages, webhookMessageId } from './webhook-messages.ts';

/** Where to send, and what to sign with: the current secret first, then those still valid. */
export interface SendingEndpoint {
  readonly url: string;
  readonly secrets: readonly string[];
}

/** A message that is due at one endpoint. */
export interface DueDelivery {
  readonly accountId: AccountId;
  readonly messageId: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly occurredAtMs: number;
}

/** Undefined where nothing may be sent there: it is disabled, removed, or unknown. */
export async function readSendingEndpoint(
  ledger: Ledger,
  { endpointId, nowMs }: { readonly endpointId: string; readonly nowMs: number },
): Promise<SendingEndpoint | undefined> {
  const [endpoint] = await ledger.run<SendingEndpoint>(
    `select url, array(
       select secret from webhook_secrets s
       where (s.account_id, s.endpoint_id) = (e.account_id, e.endpoint_id)
         and secret is not null and (ends_at is null or ends_at > $3)
       order by ends_at desc nulls first
     ) as secrets
     from webhook_endpoints e
     where account_id = $1 and endpoint_id = $2 and disabled_at is null and removed_at is null`,
    [...keyOf(endpointId), instant(nowMs)],
  );
  return endpoint;
}

/** What is due at an endpoint, longest waiting first. */
export async function readDueDeliveries(
  ledger: Ledger,
  due: { readonly endpointId: string; readonly nowMs: number; readonly limit: number },
): Promise<DueDelivery[]> {
  return ledger.run(
    `select account_id as "accountId", message_id as "messageId", m.type, m.data,
       m.occurred_at as "occurredAtMs"
     from webhook_deliveries d join webhook_messages m using (account_id, message_id)
     where d.endpoint_id = $1 and d.state = 'waiting'
       and (d.next_attempt_at is null or d.next_attempt_at <= $2)
     order by d.next_attempt_at nulls first, d.delivery_id limit $3`,
    [due.endpointId, instant(due.nowMs), due.limit],
  );
}

/** When the endpoint's next attempt is due, 0 where one is due at once; null where nothing waits. */
export async function readNextDue(
  ledger: Ledger,
  { endpointId }: { readonly endpointId: string },
): Promise<number | null> {
  const [next] = await ledger.run<{ dueAtMs: number }>(
    `select coalesce(next_attempt_at, 'epoch') as "dueAtMs" from webhook_deliveries
     where endpoint_id = $1 and state = 'waiting' order by next_attempt_at nulls first limit 1`,
    [endpointId],
  );
  return next?.dueAtMs ?? null;
}

/** Endpoints with something that should have been sent for `olderThanMs`: for the sweep. */
export async function listEndpointsWithDueWebhooks(
  ledger: Ledger,
  input: { readonly nowMs: number; readonly olderThanMs: number; readonly limit: number },
): Promise<string[]> {
  const rows = await ledger.run<{ endpointId: string }>(
    `select endpoint_id as "endpointId" from webhook_deliveries
     where state = 'waiting' and case when next_attempt_at is null
       then recorded_at < clock_timestamp() - $2 * interval '1 millisecond'
       else next_attempt_at < $1::timestamptz - $2 * interval '1 millisecond' end
     group by endpoint_id order by min(delivery_id) limit $3`,
    [instant(input.nowMs), input.olderThanMs, input.limit],
  );
  return rows.map(({ endpointId }) => endpointId);
}

/** Messages, with their log, older than this are forgotten, unless something still waits. */
export async function forgetWebhookMessages(
  ledger: Ledger,
  { olderThanMs, limit }: { readonly olderThanMs: number; readonly limit: number },
): Promise<void> {
  await ledger.run(
    `delete from webhook_messages where (account_id, message_id) in (
       select account_id, message_id from webhook_messages m
       where recorded_at < clock_timestamp() - $1 * interval '1 millisecond' and not exists (
         select from webhook_deliveries d
         where (d.account_id, d.message_id) = (m.account_id, m.message_id) and d.state = 'waiting'
       )
       order by recorded_at limit $2
     )`,
    [olderThanMs, limit],
  );
}

/** Attempts kept of one delivery; a replay adds to them. */
const mostAttempts = 30;

export interface WebhookAttempt extends WebhookAnswer {
  readonly accountId: AccountId;
  readonly messageId: string;
  readonly endpointId: string;
  readonly durationMs: number;
  /** The begin of the answer's body, 200 characters at most. */
  readonly answer: string | null;
  /** When it was made; its retry is reckoned from here. */
  readonly nowMs: number;
}

/**
 * Records how an attempt ended, when the next one is due, and, where that was the last straw, that
 * the endpoint is disabled, together with the notice that says so. An attempt that ends after
 * another one delivered the message changes nothing but the log.
 */
export async function recordWebhookAttempt(
  ledger: Ledger,
  attempt: WebhookAttempt,
): Promise<{ readonly disabled: DisabledReason | null }> {
  return ledger.transaction(async (session) => {
    const [endpoint, delivery] = await Promise.all([
      lockEndpoint(session, attempt.endpointId),
      lockDelivery(session, attempt),
    ]);
    if (endpoint === undefined || delivery === undefined) return { disabled: null };
    logAttempt(session, attempt, delivery.attemptsEver + 1);
    writeStep(session, attempt, delivery);
    const since = isSuccess(attempt) ? null : (endpoint.failingSinceMs ?? attempt.nowMs);
    if (since !== endpoint.failingSinceMs) writeFailingSince(session, attempt.endpointId, since);
    const disabled = disabledBy(attempt, since, attempt.nowMs);
    if (disabled === null || disabled === 'asked' || endpoint.isDisabled) return { disabled: null };
    disable(session, attempt, disabled);
    return { disabled };
  });
}

async function lockEndpoint(session: Session, endpointId: string) {
  const [endpoint] = await session.read<{ failingSinceMs: number | null; isDisabled: boolean }>(
    `select failing_since as "failingSinceMs",
       disabled_at is not null or removed_at is not null as "isDisabled"
     from webhook_endpoints where account_id = $1 and endpoint_id = $2 for no key update`,
    keyOf(endpointId),
  );
  return endpoint;
}

interface LockedDelivery {
  readonly state: 'waiting' | 'delivered' | 'failed';
  readonly attempts: number;
  readonly attemptsEver: number;
}

const ofDelivery = 'account_id = $1 and message_id = $2 and endpoint_id = $3';

function deliveryKey(name: Pick<WebhookAttempt, 'accountId' | 'messageId' | 'endpointId'>) {
  return [uuidOf(name.accountId), name.messageId, name.endpointId];
}

async function lockDelivery(session: Session, attempt: WebhookAttempt) {
  const [delivery] = await session.read<LockedDelivery>(
    `select state, attempts, attempts_ever as "attemptsEver" from webhook_deliveries
     where ${ofDelivery} for no key update`,
    deliveryKey(attempt),
  );
  return delivery;
}

function logAttempt(session: Session, attempt: WebhookAttempt, number: number): void {
  const { nowMs, durationMs, status, error, answer } = attempt;
  const key = deliveryKey(attempt);
  session.write(
    `insert into webhook_attempts (account_id, message_id, endpoint_id, attempt, attempted_at,
       duration_ms, status, error, answer)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [...key, number, instant(nowMs), durationMs, status, error, answer],
  );
  session.write(`delete from webhook_attempts where ${ofDelivery} and attempt <= $4`, [
    ...key,
    number - mostAttempts,
  ]);
}

function writeStep(session: Session, attempt: WebhookAttempt, delivery: LockedDelivery): void {
  const { nowMs, status, error } = attempt;
  const attempts = delivery.attempts + 1;
  const step =
    delivery.state === 'waiting' || isSuccess(attempt)
      ? nextDeliveryStep(attempt, attempts, nowMs)
      : { state: delivery.state };
  session.write(
    `update webhook_deliveries set state = $4, attempts = $5, attempts_ever = attempts_ever + 1,
       next_attempt_at = $6, last_attempt_at = $7, last_status = $8, last_error = $9,
       delivered_at = coalesce(delivered_at, $10)
     where ${ofDelivery}`,
    [
      ...[...deliveryKey(attempt), step.state, attempts],
      instant('nextAttemptAtMs' in step ? step.nextAttemptAtMs : null),
      ...[instant(nowMs), status, error],
      instant(isSuccess(attempt) ? nowMs : null),
    ],
  );
}

function writeFailingSince(session: Session, endpointId: string, sinceMs: number | null): void {
  session.write(
    'update webhook_endpoints set failing_since = $3 where account_id = $1 and endpoint_id = $2',
    [...keyOf(endpointId), instant(sinceMs)],
  );
}

/** The operator's endpoints have no mail address: the log, and the workflow's details, tell. */
function disable(
  session: Session,
  { endpointId, nowMs }: WebhookAttempt,
  reason: Exclude<DisabledReason, 'asked'>,
): void {
  session.write(
    `update webhook_endpoints set disabled_at = $3, disabled_reason = $4
     where account_id = $1 and endpoint_id = $2`,
    [...keyOf(endpointId), instant(nowMs), reason],
  );
  giveUpDeliveries(session, endpointId);
  const accountId = accountOfId(endpointId) ?? houseId;
  const action = 'webhook_endpoint.disable';
  const detail = { endpointId, reason };
  insertAudit(session, [{ accountId, actor: 'system', action, detail, occurredAtMs: nowMs }]);
  const kind = 'webhook_endpoint_disabled';
  const notice = { kind, endpointId, reason, disabledAtMs: nowMs } as const;
  const noticeId = noticeIdOf(notice);
  if (accountId !== houseId) {
    insertNotices(session, [{ accountId, noticeId, notice, occurredAtMs: nowMs }]);
  }
  const messageId = webhookMessageId(accountId, `notice/${noticeId}`);
  const fact = { type: 'webhook_endpoint.disabled', data: detail } as const;
  insertWebhookMessages(session, [{ accountId, messageId, fact, occurredAtMs: nowMs }]);
}
