import type { Account } from './account.ts';
import type {
  BillingEvent,
  CreditNoted,
  InvoiceIssued,
  InvoiceVoided,
  TaxedAmount,
} from './billing-events.ts';
import type { CollectionNotice } from './collection-notices.ts';
import { currency as currencyOf, type CurrencyCode } from './currencies.ts';
import { formatDecimal, sum, type Micros } from './money.ts';
import type { BalanceNotice, Notice } from './notices.ts';
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

/** The message of a billing event; null for what happens too often to be one (usage). */
export function messageOfEvent(event: BillingEvent, code: CurrencyCode): WebhookFact | null {
  const amount = (value: Micros) => formatDecimal(value, currencyOf(code));
  const money = { currency: code };
  switch (event.kind) {
    case 'opening_balance': {
      const { purchased, unbilled } = event;
      const owed = sum(...unbilled.map((part) => part.amount));
      const data = { ...money, purchased: amount(purchased), unbilled: amount(owed) };
      return { type: 'account.balance_opened', data };
    }
    case 'credits_granted': {
      const { scope, expiresAtMs } = event;
      const data = { ...money, amount: amount(event.amount), scope, expiresAt: time(expiresAtMs) };
      return { type: 'credits.granted', data };
    }
    case 'credits_expired':
      return { type: 'credits.expired', data: { ...money, amount: amount(event.amount) } };
    case 'purchase_opened': {
      const { purchaseId, credits, tax } = event;
      const data = { purchaseId, ...money, credits: amount(credits), tax: amount(tax) };
      return { type: 'purchase.opened', data };
    }
    case 'pack_purchased': {
      const { purchaseId, receiptNumber, capturedAtMs } = event;
      const paid = sum(...event.paidUnbilled.map((part) => part.amount));
      const amounts = { credits: amount(event.credits), tax: amount(event.tax) };
      const capturedAt = time(capturedAtMs);
      const data = { purchaseId, ...money, ...amounts, paidUnbilled: amount(paid) };
      return { type: 'purchase.succeeded', data: { ...data, receiptNumber, capturedAt } };
    }
    case 'purchase_closed':
      return messageOfEnding(event);
    case 'payment_unapplied': {
      const { purchaseId, refusal } = event;
      const reason = { code: refusal.code, reason: refusal.message };
      const data = { purchaseId, ...money, amount: amount(event.amount), ...reason };
      return { type: 'purchase.returned', data };
    }
    case 'refund_paid': {
      const { purchaseId, refundId } = event;
      return {
        type: 'refund.paid',
        data: { purchaseId, refundId, ...money, amount: amount(event.amount) },
      };
    }
    case 'usage_corrected': {
      const parts = [...event.free, ...event.purchased, ...event.unbilled];
      const returned = sum(...parts.map((part) => part.amount));
      const { eventId, reason } = event;
      return {
        type: 'usage.corrected',
        data: { eventId, reason, ...money, amount: amount(returned) },
      };
    }
    case 'invoice_issued':
    case 'invoice_voided':
    case 'credit_noted':
      return messageOfInvoice(event, code);
    case 'invoice_paid': {
      const { invoiceId, paymentId, paid, excess, capturedAtMs } = event;
      const amounts = { ...taxed(paid, amount), excess: amount(excess) };
      const data = { invoiceId, paymentId, ...money, ...amounts };
      return { type: 'invoice.paid', data: { ...data, capturedAt: time(capturedAtMs) } };
    }
    case 'debt_written_off':
    case 'debt_forgiven': {
      const type = event.kind === 'debt_forgiven' ? 'invoice.forgiven' : 'invoice.written_off';
      const { invoiceId } = event;
      return { type, data: { invoiceId, ...money, ...taxed(event.amount, amount) } };
    }
    case 'usage_charged':
    case 'unbilled_carried':
      return null;
  }
}

function taxed({ net, tax }: TaxedAmount, amount: (value: Micros) => string) {
  return { net: amount(net), tax: amount(tax) };
}

/** Without the number, which is given last: `GET /v1/invoices/{id}` tells it. */
function messageOfInvoice(
  event: InvoiceIssued | InvoiceVoided | CreditNoted,
  code: CurrencyCode,
): WebhookFact {
  const amount = (value: Micros) => formatDecimal(value, currencyOf(code));
  const { invoiceId } = event;
  const money = { invoiceId, currency: code };
  if (event.kind === 'credit_noted') {
    const { creditNoteId } = event;
    const amounts = { net: amount(event.net), tax: amount(event.tax) };
    return { type: 'credit_note.issued', data: { creditNoteId, ...money, ...amounts } };
  }
  const net = sum(...event.net.map((part) => part.amount));
  const amounts = { net: amount(net), tax: amount(event.tax) };
  if (event.kind === 'invoice_voided') {
    const { replacedBy } = event;
    return { type: 'invoice.voided', data: { ...money, ...amounts, replacedBy } };
  }
  const credits = amount(sum(...event.credits.map((part) => part.amount)));
  const { period, dueAtMs } = event;
  const data = { ...money, period, credits, ...amounts, dueAt: time(dueAtMs) };
  return { type: 'invoice.issued', data };
}

function messageOfEnding({
  purchaseId,
  ending,
}: Extract<BillingEvent, { kind: 'purchase_closed' }>): WebhookFact {
  const { code, reason } =
    ending.status === 'declined'
      ? ending.decline
      : { code: ending.refusal.code, reason: ending.refusal.message };
  return { type: `purchase.${ending.status}`, data: { purchaseId, code, reason } };
}

/** The message of a notice; null where the billing event beside it is the message already. */
export function messageOfNotice(notice: Notice, code: CurrencyCode): WebhookFact | null {
  switch (notice.kind) {
    case 'purchase_succeeded':
    case 'purchase_declined':
    case 'purchase_refused':
    case 'payment_returned':
    case 'credits_granted':
    case 'invoice_issued':
    case 'credit_note_issued':
    case 'invoice_paid':
    case 'invoice_link_renewed':
      return null;
    case 'authentication_needed':
    case 'authentication_renewed': {
      const { purchaseId, credits } = notice;
      const amounts = { currency: code, credits: formatDecimal(credits, currencyOf(code)) };
      return notice.kind === 'authentication_needed'
        ? {
            type: 'purchase.authentication_needed',
            data: { purchaseId, ...amounts, reminder: notice.reminder },
          }
        : { type: 'purchase.authentication_renewed', data: { purchaseId, ...amounts } };
    }
    case 'credits_expiry_announced': {
      const { version, effectiveAtMs, expireAfterMs } = notice;
      const effectiveAt = new Date(effectiveAtMs).toISOString();
      return {
        type: 'credits.expiry_announced',
        data: { policyVersion: version, effectiveAt, expireAfterMs },
      };
    }
    case 'webhook_endpoint_disabled': {
      const { endpointId, reason } = notice;
      return { type: 'webhook_endpoint.disabled', data: { endpointId, reason } };
    }
    case 'credits_expiring': {
      const { lotKind, scope, expiresAtMs } = notice;
      const remaining = formatDecimal(notice.remaining, currencyOf(code));
      const data = { currency: code, kind: lotKind, remaining, scope };
      return { type: 'credits.expiring', data: { ...data, expiresAt: time(expiresAtMs) } };
    }
    case 'invoice_payment_declined':
    case 'invoice_card_refused':
    case 'invoice_card_needed':
    case 'invoice_authentication_needed':
    case 'invoice_past_due':
    case 'service_suspended':
    case 'service_restored':
      return messageOfCollection(notice, code);
    case 'low_balance':
    case 'free_credits_used_up':
    case 'balance_limit_share_reached':
    case 'balance_limit_lowered':
    case 'tier_reached':
      return messageOfBalance(notice, code);
  }
}

type TellingNotice = Exclude<CollectionNotice, { kind: 'invoice_paid' | 'invoice_link_renewed' }>;

function messageOfCollection(notice: TellingNotice, code: CurrencyCode): WebhookFact {
  const amount = (value: Micros) => formatDecimal(value, currencyOf(code));
  const { invoiceId, number } = notice;
  const invoice = { invoiceId, number };
  const money = { ...invoice, currency: code };
  switch (notice.kind) {
    case 'invoice_payment_declined': {
      const { paymentId, decline, nextChargeAtMs } = notice;
      const why = { code: decline.code, reason: decline.reason };
      const data = { paymentId, ...money, amount: amount(notice.amount), ...why };
      return {
        type: 'invoice.payment_declined',
        data: { ...data, nextChargeAt: time(nextChargeAtMs) },
      };
    }
    case 'invoice_card_refused': {
      const { paymentId, refusal } = notice;
      const why = { code: refusal.code, reason: refusal.message };
      const data = { paymentId, ...money, amount: amount(notice.amount), ...why };
      return { type: 'invoice.card_refused', data };
    }
    case 'invoice_card_needed':
      return { type: 'invoice.card_needed', data: { ...money, due: amount(notice.due) } };
    case 'invoice_authentication_needed': {
      const { paymentId, reminder } = notice;
      const data = { paymentId, ...money, amount: amount(notice.amount), reminder };
      return { type: 'invoice.authentication_needed', data };
    }
    case 'invoice_past_due': {
      const data = { ...money, due: amount(notice.due), graceEndsAt: time(notice.graceEndsAtMs) };
      return { type: 'invoice.past_due', data };
    }
    case 'service_suspended':
      return { type: 'service.suspended', data: { ...money, due: amount(notice.due) } };
    case 'service_restored':
      return { type: 'service.restored', data: { ...invoice, paymentId: notice.paymentId } };
  }
}

function messageOfBalance(notice: BalanceNotice, code: CurrencyCode): WebhookFact {
  const amount = (value: Micros) => formatDecimal(value, currencyOf(code));
  const money = { currency: code };
  switch (notice.kind) {
    case 'low_balance': {
      const { threshold, remaining } = notice;
      const amounts = { threshold: amount(threshold), remaining: amount(remaining) };
      return { type: 'credits.low', data: { ...money, ...amounts } };
    }
    case 'free_credits_used_up': {
      const { cause, purchased } = notice;
      const data = { ...money, cause, purchased: amount(purchased) };
      return { type: 'credits.free_used_up', data };
    }
    case 'balance_limit_share_reached': {
      const { percent, owed, limit } = notice;
      const data = { ...money, percent, owed: amount(owed), limit: amount(limit) };
      return { type: 'balance_limit.share_reached', data };
    }
    case 'balance_limit_lowered': {
      const amounts = { owed: amount(notice.owed), limit: amount(notice.limit) };
      return { type: 'balance_limit.lowered', data: { ...money, ...amounts } };
    }
    case 'tier_reached': {
      const data = { ...money, tier: notice.tier, limit: amount(notice.limit) };
      return { type: 'tier.reached', data };
    }
  }
}

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

function time(instantMs: number): string;
function time(instantMs: number | null): string | null;
function time(instantMs: number | null): string | null {
  return instantMs === null ? null : new Date(instantMs).toISOString();
}
