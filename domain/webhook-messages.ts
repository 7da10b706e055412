import type { Account } from './account.ts';
import { currency as currencyOf } from './currencies.ts';
import { formatDecimal } from './money.ts';
import type { SavedCard } from './payment-methods.ts';

/**
 * What is sent to webhook endpoints (docs/WEBHOOKS.md): one message for each fact, named by the
 * fact. Ids, codes, decimal amounts with their currency; never a name, a mail address or card data.
 */
export const webhookTypes = [
  'account.created',
  'account.updated',
  'account.closed',
  'account.balance_opened',
  'credits.granted',
  'credits.expired',
  'credits.expiry_announced',
  'credits.expiring',
  'credits.low',
  'credits.free_used_up',
  'balance_limit.share_reached',
  'balance_limit.lowered',
  'tier.reached',
  'payment_method.saved',
  'payment_method.removed',
  'purchase.opened',
  'purchase.authentication_needed',
  'purchase.authentication_renewed',
  'purchase.succeeded',
  'purchase.declined',
  'purchase.refused',
  'purchase.canceled',
  'purchase.returned',
  'refund.paid',
  'usage.corrected',
  'invoice.issued',
  'invoice.voided',
  'credit_note.issued',
  'invoice.paid',
  'invoice.payment_declined',
  'invoice.card_refused',
  'invoice.card_needed',
  'invoice.authentication_needed',
  'invoice.past_due',
  'invoice.written_off',
  'invoice.forgiven',
  'service.suspended',
  'service.restored',
  'webhook_endpoint.disabled',
  'ping',
] as const;

export type WebhookType = (typeof webhookTypes)[number];

/** The shape of `data` may grow; what it has keeps its name and meaning within a version. */
export const webhookVersion = 1;

type Value = string | number | boolean | null | readonly Value[];

export interface WebhookFact {
  readonly type: WebhookType;
  /** Without `accountId`, which every message has. */
  readonly data: Readonly<Record<string, Value>>;
}

/** The body as it is sent and signed, the same text at every attempt. */
export function webhookBody(message: {
  readonly type: string;
  readonly occurredAtMs: number;
  readonly data: Readonly<Record<string, unknown>>;
}): string {
  const { type, occurredAtMs, data } = message;
  const timestamp = new Date(occurredAtMs).toISOString();
  return JSON.stringify({ version: webhookVersion, type, timestamp, data });
}

/** The message of an account that was made. */
export function messageOfNewAccount({ plan, currency }: Account): WebhookFact {
  return { type: 'account.created', data: { plan, currency } };
}

/** The message of an account's settings; null where nothing a customer sees was changed. */
export function messageOfAccount(before: Account, after: Account): WebhookFact | null {
  const data = settingsOf(after);
  const isClosed = after.status === 'closed' && before.status !== 'closed';
  if (isClosed) return { type: 'account.closed', data };
  const isSame = JSON.stringify(settingsOf(before)) === JSON.stringify(data);
  return isSame ? null : { type: 'account.updated', data };
}

/** Why an operator keeps an account from use is the operators' own; that it is kept is not. */
function settingsOf({ status, plan, currency, ...account }: Account) {
  const { ownBalanceLimit: limit, adminHold } = account;
  const ownBalanceLimit = limit === null ? null : formatDecimal(limit, currencyOf(currency));
  return { status, plan, currency, ownBalanceLimit, heldByOperator: adminHold !== null };
}

type Card = SavedCard & { readonly removedAtMs?: number | null };

/** The messages of cards that were added, renewed, made the default or taken off the file. */
export function messagesOfCards(
  before: readonly Card[],
  changed: readonly Card[],
): readonly WebhookFact[] {
  return changed.flatMap((card): WebhookFact[] => {
    const { paymentMethodId, isDefault } = card;
    if (card.removedAtMs != null) {
      return [{ type: 'payment_method.removed', data: { paymentMethodId } }];
    }
    const known = before.find((other) => other.paymentMethodId === paymentMethodId);
    const isSame =
      known?.isDefault === isDefault && JSON.stringify(known.card) === JSON.stringify(card.card);
    return isSame ? [] : [{ type: 'payment_method.saved', data: { paymentMethodId, isDefault } }];
  });
}
