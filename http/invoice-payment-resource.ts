import { z } from '@hono/zod-openapi';
import type { CurrencyCode } from '../domain/currencies.ts';
import { invoicePaymentAnswer } from '../domain/invoice-payment-answer.ts';
import type { InvoicePayment, InvoicePaymentOutcome } from '../domain/invoice-payments.ts';
import type { Invoice } from '../domain/invoices.ts';
import { amountOutput, decimal } from './amounts.ts';
import { declineSchema, refusalSchema } from './purchase-resource.ts';

/** A payment of an invoice as the API shows it, final or not. */
export const invoicePaymentSchema = z
  .object({
    id: z.string().openapi({ example: 'ipay_01jdq3k7x5fzb8h2m4n6p8r0t2_0123456789abcdef' }),
    invoice: z.string().openapi({ description: 'The id of the invoice.' }),
    status: z
      .enum(['pending', 'requires_action', 'succeeded', 'declined', 'refused', 'canceled'])
      .openapi({ description: 'Only `pending` and `requires_action` can still change.' }),
    currency: z.string(),
    amount: amountOutput.nullable().openapi({
      description: 'What the card is charged; null until the payment was opened.',
    }),
    origin: z
      .enum(['scheduled', 'customer', 'operator'])
      .nullable()
      .openapi({ description: 'Who wanted it: the schedule, the customer, or an operator.' }),
    chargeId: z.string().nullable(),
    createdAt: z.iso.datetime().nullable(),
    finalAt: z.iso.datetime().nullable(),
    decline: declineSchema.nullable(),
    refusal: refusalSchema.nullable(),
    actionUrl: z.url().nullable().openapi({
      description: 'Where the customer confirms the payment to the bank (R13).',
    }),
    url: z.url().openapi({ description: 'Ask here how the payment stands.' }),
  })
  .openapi('InvoicePayment');

export type InvoicePaymentResource = z.infer<typeof invoicePaymentSchema>;

/** The same with what is left of the invoice. */
export const paidInvoiceSchema = invoicePaymentSchema
  .extend({
    invoiceState: z.enum(['open', 'paid', 'void', 'uncollectible', 'forgiven']),
    invoiceDue: amountOutput.openapi({ description: 'Still to be paid of the invoice.' }),
  })
  .openapi('PaidInvoice');

export type PaidInvoiceResource = z.infer<typeof paidInvoiceSchema>;

/** `actionUrl` is known to the invoice's workflow alone. */
export function invoicePaymentResource(
  payment: InvoicePayment,
  code: CurrencyCode,
  actionUrl: string | null,
  publicUrl: string,
): InvoicePaymentResource {
  return {
    ...invoicePaymentAnswer(payment, code),
    actionUrl: payment.state === 'requires_action' ? actionUrl : null,
    url: paymentUrl(payment, publicUrl),
  };
}

/** A payment that was asked for, and that the ledger has no row of: not yet, or it was refused. */
export function unopenedPaymentResource(
  outcome: InvoicePaymentOutcome,
  code: CurrencyCode,
  publicUrl: string,
): InvoicePaymentResource {
  const { paymentId, invoiceId, status } = outcome;
  const { refusal = null } = 'refusal' in outcome ? outcome : {};
  return {
    id: paymentId,
    invoice: invoiceId,
    status,
    currency: code,
    amount: null,
    origin: null,
    chargeId: null,
    createdAt: null,
    finalAt: null,
    decline: null,
    actionUrl: null,
    refusal: refusal === null ? null : { code: refusal.code, message: refusal.message },
    url: paymentUrl(outcome, publicUrl),
  };
}

export function withInvoice(
  payment: InvoicePaymentResource,
  { state, due }: Pick<Invoice, 'state' | 'due'>,
): PaidInvoiceResource {
  return { ...payment, invoiceState: state, invoiceDue: decimal(due, payment.currency) };
}

function paymentUrl(
  { invoiceId, paymentId }: Pick<InvoicePaymentOutcome, 'invoiceId' | 'paymentId'>,
  publicUrl: string,
): string {
  return `${publicUrl}/v1/invoices/${invoiceId}/payments/${paymentId}`;
}
