import { z } from '@hono/zod-openapi';
import { agingAges } from '../domain/collection-answer.ts';
import { amountOutput } from './amounts.ts';
import { invoicePaymentSchema } from './invoice-payment-resource.ts';

const maybeInstant = z.iso.datetime().nullable();
const step = z.enum([
  ...(['over', 'charge', 'wait', 'paused', 'needs_card'] as const),
  ...(['needs_authentication', 'needs_operator', 'give_up'] as const),
]);
const state = z.enum(['open', 'paid', 'void', 'uncollectible', 'forgiven']);

/** Codes stand in it as banks sent them, hence it is for operators alone (R14). */
export const collectionSchema = z
  .object({
    invoice: z.string(),
    number: z.string(),
    accountId: z.string(),
    state,
    currency: z.string(),
    amount: amountOutput,
    due: amountOutput,
    chargeAt: maybeInstant,
    dueAt: z.iso.datetime(),
    next: z
      .object({ step, words: z.string(), chargeAt: maybeInstant })
      .openapi({ description: 'What is done next, decided from the facts of now.' }),
    pastDueAt: maybeInstant.openapi({
      description: 'Pauses move it (R50), as the next two; null: not while one without end lasts.',
    }),
    serviceStopsAt: maybeInstant,
    givenUpAt: maybeInstant,
    timeZone: z.string().nullable(),
    retryAfterDays: z.array(z.int()).nullable().openapi({
      description: 'Days after the first charge; null: those of the policy.',
    }),
    retryAskedAt: maybeInstant,
    pauses: z.array(
      z.object({
        reason: z.enum(['operator', 'promise', 'dispute', 'recount']),
        from: z.iso.datetime(),
        until: maybeInstant,
      }),
    ),
    attempts: z.array(
      z.object({
        at: z.iso.datetime(),
        origin: z.enum(['scheduled', 'customer', 'operator']),
        outcome: z.enum(['succeeded', 'declined', 'authentication_failed']),
        amount: amountOutput,
        chargeId: z.string().nullable(),
        cardBrand: z.string().nullable(),
        declineCode: z.string().nullable(),
        adviceCode: z.string().nullable(),
        networkDeclineCode: z.string().nullable(),
        networkAdviceCode: z.string().nullable(),
      }),
    ),
    payments: z.array(invoicePaymentSchema.omit({ url: true, actionUrl: true })),
    audit: z.array(
      z.object({
        at: z.iso.datetime(),
        actor: z.string(),
        action: z.string(),
        reason: z.string().nullable(),
      }),
    ),
  })
  .openapi('Collection');

const age = z.string().openapi({
  enum: agingAges,
  description: 'Days past the due date that the invoice says, in its account’s own time.',
});

const sums = {
  invoices: z.int(),
  amount: amountOutput.openapi({ description: 'Still to be paid, tax included.' }),
  uncollectible: amountOutput.openapi({ description: 'Of it: no longer collected, still owed.' }),
};

export const agingSchema = z
  .object({
    currency: z.string(),
    buckets: z.array(z.object({ age, ...sums })),
    total: z.object(sums),
    booked: amountOutput.openapi({ description: 'What the ledger’s books say of the same.' }),
    agrees: z.boolean(),
  })
  .openapi('Aging');

export const dueInvoiceSchema = z
  .object({
    invoice: z.string(),
    number: z.string(),
    accountId: z.string(),
    state,
    currency: z.string(),
    due: amountOutput,
    dueAt: z.iso.datetime(),
    age,
    step: step.nullable().openapi({ description: 'Null: nothing was done about it so far.' }),
    nextChargeAt: maybeInstant,
  })
  .openapi('DueInvoice');
