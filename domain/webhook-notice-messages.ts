import { decimal, instant } from './answer-values.ts';
import type { CollectionNotice } from './collection-notices.ts';
import type { CurrencyCode } from './currencies.ts';
import type { Micros } from './money.ts';
import type { BalanceNotice, Notice } from './notices.ts';
import type { WebhookFact } from './webhook-messages.ts';

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
    case 'invoice_due_changed':
    case 'invoice_link_renewed':
      return null;
    case 'authentication_needed':
    case 'authentication_renewed': {
      const { purchaseId, credits } = notice;
      const amounts = { currency: code, credits: decimal(credits, code) };
      return notice.kind === 'authentication_needed'
        ? {
            type: 'purchase.authentication_needed',
            data: { purchaseId, ...amounts, reminder: notice.reminder },
          }
        : { type: 'purchase.authentication_renewed', data: { purchaseId, ...amounts } };
    }
    case 'credits_expiry_announced': {
      const { version, effectiveAtMs, expireAfterMs } = notice;
      const effectiveAt = instant(effectiveAtMs);
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
      const remaining = decimal(notice.remaining, code);
      const data = { currency: code, kind: lotKind, remaining, scope };
      return { type: 'credits.expiring', data: { ...data, expiresAt: instant(expiresAtMs) } };
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

type TellingNotice = Exclude<
  CollectionNotice,
  { kind: 'invoice_paid' | 'invoice_due_changed' | 'invoice_link_renewed' }
>;

function messageOfCollection(notice: TellingNotice, code: CurrencyCode): WebhookFact {
  const amount = (value: Micros) => decimal(value, code);
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
        data: { ...data, nextChargeAt: instant(nextChargeAtMs) },
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
      const data = {
        ...money,
        due: amount(notice.due),
        graceEndsAt: instant(notice.graceEndsAtMs),
      };
      return { type: 'invoice.past_due', data };
    }
    case 'service_suspended':
      return { type: 'service.suspended', data: { ...money, due: amount(notice.due) } };
    case 'service_restored':
      return { type: 'service.restored', data: { ...invoice, paymentId: notice.paymentId } };
  }
}

function messageOfBalance(notice: BalanceNotice, code: CurrencyCode): WebhookFact {
  const amount = (value: Micros) => decimal(value, code);
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
