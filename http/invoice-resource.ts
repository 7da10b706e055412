import { z } from '@hono/zod-openapi';
import { amountOutput } from './amounts.ts';

const month = z.string().openapi({ example: '2026-11' });

const taxSchema = z
  .object({
    amount: amountOutput,
    name: z.string().nullable().openapi({ example: 'Sales tax (Washington)' }),
    place: z.string().nullable().openapi({ example: 'US-WA' }),
    partsPerMillion: z.int().openapi({ example: 65_000 }),
  })
  .openapi('InvoiceTax', { description: 'Shown apart (R45), reckoned once for the invoice.' });

const lineSchema = z
  .object({
    model: z.string().nullable(),
    meter: z.string().nullable().openapi({ example: 'input_tokens' }),
    usagePeriod: month.openapi({ description: 'Another month than the invoice’s: late (R43).' }),
    quantity: z.string().nullable().openapi({
      example: '318587100',
      description: 'Null where the cost was told as an amount. Below zero: a correction.',
    }),
    price: z
      .object({
        id: z.int(),
        amount: z.string().openapi({ example: '0.18' }),
        per: z.int().openapi({ example: 1_000_000 }),
        tiers: z.array(z.object({ from: z.int(), amount: z.string() })),
      })
      .nullable(),
    cost: amountOutput,
    free: amountOutput.openapi({ description: 'Paid with free credits.' }),
    purchased: amountOutput.openapi({ description: 'Paid with purchased credits when used.' }),
    unbilled: amountOutput.openapi({ description: 'Left to pay when it was used.' }),
    writtenOff: amountOutput.openapi({ description: 'Charged to nobody (R21).' }),
  })
  .openapi('InvoiceLine');

const creditShape = {
  lot: z.int(),
  usagePeriod: month.openapi({ description: 'The month whose usage they paid.' }),
  paidAt: z.enum(['purchase', 'invoice']).openapi({
    description:
      '`purchase`: when they were bought (R22). `invoice`: when it was made, of what was left ' +
      'before its cut-off (R39).',
  }),
  amount: amountOutput,
};

const creditSchema = z
  .object({
    ...creditShape,
    boughtAt: z.iso.datetime(),
    receipt: z.string().nullable().openapi({ example: 'R-000003' }),
  })
  .openapi('InvoiceCredit');

export const creditNoteSchema = z
  .object({
    id: z.string(),
    number: z.string().openapi({ example: 'CN-000007' }),
    accountId: z.string(),
    invoice: z.string().openapi({ description: 'The id of the invoice that it corrects.' }),
    currency: z.string(),
    net: amountOutput,
    tax: amountOutput,
    amount: amountOutput.openapi({ description: 'Net and tax.' }),
    fromDue: amountOutput.openapi({ description: 'Of it: taken off what was due.' }),
    refundDue: amountOutput.openapi({ description: 'Of it: paid before, and goes back.' }),
    reason: z.string(),
    issuedAt: z.iso.datetime(),
  })
  .openapi('CreditNote');

export const invoiceSchema = z
  .object({
    id: z.string().openapi({ example: 'inv_01jdq3k7x5fzb8h2m4n6p8r0t2_202611' }),
    number: z.string().openapi({ example: 'INV-000042', description: 'Without gaps (R46).' }),
    accountId: z.string(),
    kind: z.enum(['monthly', 'final', 'imported']).openapi({
      description: '`imported`: issued elsewhere, of a customer who was brought in.',
    }),
    state: z.enum(['open', 'paid', 'void', 'uncollectible', 'forgiven']),
    pastDue: z.boolean().openapi({ description: 'Unpaid after its due date (R50).' }),
    currency: z.string(),
    period: month.nullable(),
    cutoff: z.iso
      .datetime()
      .nullable()
      .openapi({ description: 'Usage before it, credits bought before it (R39). Exclusive.' }),
    broughtForward: amountOutput.openapi({ description: 'Carried forward from earlier months.' }),
    net: amountOutput,
    tax: taxSchema,
    amount: amountOutput.openapi({ description: 'Net and tax: what the card is charged.' }),
    due: amountOutput.openapi({ description: 'Still to be paid, tax included.' }),
    paid: amountOutput,
    credited: amountOutput.openapi({ description: 'What credit notes took back, tax included.' }),
    carriedForward: amountOutput.openapi({ description: 'Too little to charge: counts later.' }),
    carriedTo: month.nullable(),
    issuedAt: z.iso.datetime(),
    chargeAt: z.iso
      .datetime()
      .nullable()
      .openapi({ description: 'The begin of the day on which the card is charged.' }),
    dueAt: z.iso.datetime().openapi({ description: 'Past due from then on.' }),
    howToPay: z.array(z.string()).openapi({
      description: 'Sentences for the customer. Credits never pay an invoice (R47).',
    }),
    replaces: z.string().nullable().openapi({ description: 'The void one it stands for.' }),
    voidedAt: z.iso.datetime().nullable(),
  })
  .openapi('Invoice');

export const wholeInvoiceSchema = invoiceSchema
  .extend({
    lines: z.array(lineSchema),
    credits: z.array(creditSchema).openapi({
      description: 'Purchased credits that paid usage of the month after it was used.',
    }),
    creditNotes: z.array(creditNoteSchema),
    replacedBy: z.string().nullable().openapi({ description: 'What stands for this void one.' }),
  })
  .openapi('WholeInvoice');

export const invoicePreviewSchema = z
  .object({
    accountId: z.string(),
    currency: z.string(),
    period: month,
    cutoff: z.iso.datetime(),
    lines: z.array(lineSchema),
    broughtForward: amountOutput,
    credits: z.array(z.object(creditShape)),
    net: amountOutput,
    tax: taxSchema,
    amount: amountOutput,
    carriedForward: amountOutput,
    carriedTo: month.nullable(),
    chargeAt: z.iso.datetime(),
    dueAt: z.iso.datetime(),
  })
  .openapi('InvoicePreview');

export const usageCorrectionSchema = z
  .object({
    accountId: z.string(),
    eventId: z.int().openapi({ description: 'The charge that was taken back.' }),
    currency: z.string(),
    credits: amountOutput.openapi({ description: 'Given back to the lots that paid it.' }),
    unbilled: amountOutput.openapi({ description: 'Owed no longer.' }),
  })
  .openapi('UsageCorrection');
