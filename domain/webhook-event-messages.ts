import type {
  BillingEvent,
  CreditNoted,
  InvoiceIssued,
  InvoiceVoided,
  TaxedAmount,
} from './billing-events.ts';
import { currency as currencyOf, type CurrencyCode } from './currencies.ts';
import { formatDecimal, sum, type Micros } from './money.ts';
import { timeText, type WebhookFact } from './webhook-messages.ts';

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
      const data = {
        ...money,
        amount: amount(event.amount),
        scope,
        expiresAt: timeText(expiresAtMs),
      };
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
      const capturedAt = timeText(capturedAtMs);
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
      return { type: 'invoice.paid', data: { ...data, capturedAt: timeText(capturedAtMs) } };
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
  const data = { ...money, period, credits, ...amounts, dueAt: timeText(dueAtMs) };
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
