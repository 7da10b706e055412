import { createHash, randomBytes } from 'node:crypto';
import type { Account, AccountId } from '../domain/account.ts';
import type { CurrencyCode } from '../domain/currencies.ts';
import { webhookMessageIdFor } from '../domain/ids.ts';
import { messageOfEvent } from '../domain/webhook-event-messages.ts';
import {
  messageOfAccount,
  messageOfNewAccount,
  messagesOfCards,
  type WebhookFact,
} from '../domain/webhook-messages.ts';
import { messageOfNotice } from '../domain/webhook-notice-messages.ts';
import { houseId, uuidOf } from './account-id.ts';
import { columnsOf, instant } from './columns.ts';
import type { Session } from './database.ts';
import type { Decision, Entry } from './decision.ts';
import type { AccountFacts } from './facts.ts';
import { noticeIdOf, type NoticeRow } from './notice-rows.ts';

/** What PostgreSQL tells of endpoints that have something to be sent, once it is committed. */
export const webhooksChannel = 'solvent_webhooks';

export interface WebhookMessageRow {
  readonly accountId: AccountId;
  readonly messageId: string;
  readonly fact: WebhookFact;
  /** Null: now, where the decision told no time. */
  readonly occurredAtMs: number | null;
}

/**
 * The id of a message. `source` names the fact within its account, where the same fact may be
 * written again; null where it is written once.
 */
export function webhookMessageId(accountId: AccountId, source: string | null): string {
  const digest =
    source === null
      ? randomBytes(8).toString('hex')
      : createHash('sha256').update(source).digest('hex').slice(0, 16);
  return webhookMessageIdFor(accountId, digest);
}

/** The messages of one decision, whether or not any endpoint wants them. */
export function webhookMessagesOf(
  before: AccountFacts,
  decision: Decision<unknown>,
  entries: readonly Pick<Entry, 'eventId' | 'event' | 'occurredAtMs'>[],
): WebhookMessageRow[] {
  const { accountId, currency } = before.account;
  const row = (fact: WebhookFact | null, source: string | null, occurredAtMs: number | null) =>
    fact === null
      ? []
      : [{ accountId, messageId: webhookMessageId(accountId, source), fact, occurredAtMs }];
  const { account, cards = [], notices = [], audit, occurredAtMs } = decision;
  const decidedAtMs = occurredAtMs ?? audit?.occurredAtMs ?? null;
  const cardsBefore = [...before.cards, ...before.removedCards];
  return [
    ...entries.flatMap(({ eventId, event, occurredAtMs: eventAtMs }) =>
      row(messageOfEvent(event, currency), `event/${eventId}`, eventAtMs),
    ),
    ...notices.flatMap(({ notice, occurredAtMs: noticeAtMs }) =>
      row(messageOfNotice(notice, currency), `notice/${noticeIdOf(notice)}`, noticeAtMs),
    ),
    ...(account === undefined
      ? []
      : row(messageOfAccount(before.account, account), null, decidedAtMs)),
    ...messagesOfCards(cardsBefore, cards).flatMap((fact) => row(fact, null, decidedAtMs)),
  ];
}

/** The message of a notice that is written beside no {@link Decision}; none where it has none. */
export function webhookMessageOfNotice(
  row: NoticeRow & { readonly currency: CurrencyCode },
): WebhookMessageRow[] {
  const { accountId, noticeId, notice, currency, occurredAtMs } = row;
  const fact = messageOfNotice(notice, currency);
  if (fact === null) return [];
  return [
    { accountId, messageId: webhookMessageId(accountId, `notice/${noticeId}`), fact, occurredAtMs },
  ];
}

/** The message of an account that was made. */
export function webhookMessageOfNewAccount(account: Account): WebhookMessageRow {
  const { accountId, createdAtMs: occurredAtMs } = account;
  const messageId = webhookMessageId(accountId, 'created');
  return { accountId, messageId, fact: messageOfNewAccount(account), occurredAtMs };
}

/**
 * Writes those messages that an enabled endpoint of the account, or of the house, wants, and their
 * deliveries, in the transaction that makes their facts. Where nobody listens nothing is written.
 */
export function insertWebhookMessages(session: Session, rows: readonly WebhookMessageRow[]): void {
  session.write(
    `with facts as (
       select account_id, message_id, type, data, coalesce(occurred_at, clock_timestamp()) as at
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
         as f (account_id, message_id, type, data, occurred_at)
     ), wanted as (
       select f.*, e.account_id as owner_id, e.endpoint_id from facts f join webhook_endpoints e
         on e.account_id in (f.account_id, $6) and e.disabled_at is null and e.removed_at is null
         and (e.types is null or f.type = any(e.types))
     ), messages as (
       insert into webhook_messages (account_id, message_id, type, data, occurred_at)
       select distinct on (account_id, message_id) account_id, message_id, type, data::json, at
       from wanted
       on conflict (account_id, message_id) do nothing
       returning account_id, message_id
     ), deliveries as (
       insert into webhook_deliveries (account_id, message_id, owner_id, endpoint_id)
       select w.account_id, w.message_id, w.owner_id, w.endpoint_id
       from wanted w join messages using (account_id, message_id)
       returning endpoint_id
     )
     select pg_notify($7, endpoint_id) from deliveries group by endpoint_id`,
    [
      ...columnsOf(
        rows,
        (row) => uuidOf(row.accountId),
        (row) => row.messageId,
        (row) => row.fact.type,
        ({ accountId, fact }) => dataOf(accountId, fact),
        (row) => instant(row.occurredAtMs),
      ),
      uuidOf(houseId),
      webhooksChannel,
    ],
  );
}

function dataOf(accountId: AccountId, { data }: WebhookFact): string {
  return JSON.stringify({ accountId: accountId === houseId ? null : accountId, ...data });
}
