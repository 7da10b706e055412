import { decimal, instant } from './answer-values.ts';
import type {
  BillingEvent,
  CreditNoted,
  InvoiceIssued,
  InvoiceVoided,
  TaxedAmount,
} from './billing-events.ts';
import type { CurrencyCode } from './currencies.ts';
import { sum, type Micros } from './money.ts';
import type { WebhookFact } from './webhook-messages.ts';

/** The message of a billing event; null for what happens too often to be one (usage). */
export function messageOfEvent(event: BillingEvent, code: CurrencyCode): WebhookFact | null {
  switch (event.kind) {
    case 'opening_balance':
    case 'credits_granted':
    case 'credits_expired':
    case 'usage_corrected':
      return messageOfCredits(event, code);
    case 'purchase_opened':
    case 'pack_purchased':
    case 'purchase_closed':
    case 'payment_unapplied':
    case 'refund_paid':
      return messageOfPurchase(event, code);
    case 'invoice_issued':
    case 'invoice_voided':
    case 'credit_noted':
      return messageOfInvoice(event, code);
    case 'invoice_paid':
    case 'debt_written_off':
    case 'debt_forgiven':
      return messageOfDebt(event, code);
    case 'usage_charged':
    case 'unbilled_carried':
      return null;
  }
}

type EventOf<Kind extends BillingEvent['kind']> = Extract<BillingEvent, { readonly kind: Kind }>;

type CreditsEvent = EventOf<
  'opening_balance' | 'credits_granted' | 'credits_expired' | 'usage_corrected'
>;

function messageOfCredits(event: CreditsEvent, code: CurrencyCode): WebhookFact {
  const amount = (value: Micros) => decimal(value, code);
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
      const expiresAt = instant(expiresAtMs);
      const data = { ...money, amount: amount(event.amount), scope, expiresAt };
      return { type: 'credits.granted', data };
    }
    case 'credits_expired':
      return { type: 'credits.expired', data: { ...money, amount: amount(event.amount) } };
    case 'usage_corrected': {
      const parts = [...event.free, ...event.purchased, ...event.unbilled];
      const returned = sum(...parts.map((part) => part.amount));
      const { eventId, reason } = event;
      const data = { eventId, reason, ...money, amount: amount(returned) };
      return { type: 'usage.corrected', data };
    }
  }
}

type PurchaseEvent = EventOf<
  'purchase_opened' | 'pack_purchased' | 'purchase_closed' | 'payment_unapplied' | 'refund_paid'
>;

function messageOfPurchase(event: PurchaseEvent, code: CurrencyCode): WebhookFact {
  const amount = (value: Micros) => decimal(value, code);
  const money = { currency: code };
  switch (event.kind) {
    case 'purchase_opened': {
      const { purchaseId, credits, tax } = event;
      const data = { purchaseId, ...money, credits: amount(credits), tax: amount(tax) };
      return { type: 'purchase.opened', data };
    }
    case 'pack_purchased': {
      const { purchaseId, receiptNumber, capturedAtMs } = event;
      const paid = sum(...event.paidUnbilled.map((part) => part.amount));
      const amounts = { credits: amount(event.credits), tax: amount(event.tax) };
      const capturedAt = instant(capturedAtMs);
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
      const data = { purchaseId, refundId, ...money, amount: amount(event.amount) };
      return { type: 'refund.paid', data };
    }
  }
}

type DebtEvent = EventOf<'invoice_paid' | 'debt_written_off' | 'debt_forgiven'>;

function messageOfDebt(event: DebtEvent, code: CurrencyCode): WebhookFact {
  const amount = (value: Micros) => decimal(value, code);
  const money = { currency: code };
  const { invoiceId } = event;
  if (event.kind === 'invoice_paid') {
    const { paymentId, paid, excess, capturedAtMs } = event;
    const amounts = { ...taxed(paid, amount), excess: amount(excess) };
    const data = { invoiceId, paymentId, ...money, ...amounts };
    return { type: 'invoice.paid', data: { ...data, capturedAt: instant(capturedAtMs) } };
  }
  const type = event.kind === 'debt_forgiven' ? 'invoice.forgiven' : 'invoice.written_off';
  return { type, data: { invoiceId, ...money, ...taxed(event.amount, amount) } };
}

function taxed({ net, tax }: TaxedAmount, amount: (value: Micros) => string) {
  return { net: amount(net), tax: amount(tax) };
}

/** Without the number, which is given last: `GET /v1/invoices/{id}` tells it. */
function messageOfInvoice(
  event: InvoiceIssued | InvoiceVoided | CreditNoted,
  code: CurrencyCode,
): WebhookFact {
  const amount = (value: Micros) => decimal(value, code);
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
  const data = { ...money, period, credits, ...amounts, dueAt: instant(dueAtMs) };
  return { type: 'invoice.issued', data };
}

function messageOfEnding({ purchaseId, ending }: EventOf<'purchase_closed'>): WebhookFact {
  const { code, reason } =
    ending.status === 'declined'
      ? ending.decline
      : { code: ending.refusal.code, reason: ending.refusal.message };
  return { type: `purchase.${ending.status}`, data: { purchaseId, code, reason } };
}
