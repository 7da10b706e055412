import { instant } from '../domain/answer-values.ts';
import { z } from '@hono/zod-openapi';
import { subtract, sum, type Micros } from '../domain/money.ts';
import type { Purchase } from '../domain/purchase.ts';
import { amountOutput, decimal } from './amounts.ts';
import { stillDueSchema } from './still-due.ts';

const receiptSchema = z
  .object({
    number: z.string().openapi({ example: 'R-000001' }),
    chargeId: z.string(),
    capturedAt: z.iso.datetime(),
    credits: amountOutput,
    tax: amountOutput.openapi({ description: 'Apart from the credits, never part of them (R45).' }),
    total: amountOutput.openapi({ description: 'What the card was charged.' }),
    paidUnbilled: amountOutput.openapi({
      description: 'Of the credits: what paid this month’s usage at once (R22).',
    }),
    addedToBalance: amountOutput.openapi({ description: 'Of the credits: what was added (R22).' }),
  })
  .openapi('Receipt');

/** Why the bank declined, and what helps (R14). */
export const declineSchema = z.object({
  code: z.string(),
  reason: z.string(),
  whoCanFix: z.enum(['customer', 'bank', 'operator', 'nobody']),
  whatToDo: z.string(),
});

export const refusalSchema = z.object({ code: z.string(), message: z.string() });

/** A purchase as the API shows it, final or not. */
export const purchaseSchema = z
  .object({
    id: z.string(),
    accountId: z.string(),
    status: z
      .enum([
        'pending',
        'requires_action',
        'succeeded',
        'declined',
        'refused',
        'canceled',
        'returned',
      ])
      .openapi({
        description:
          'Only `pending` and `requires_action` can still change. `returned`: captured, could ' +
          'not become credits, and goes back to the card.',
      }),
    currency: z.string().nullable(),
    credits: amountOutput.nullable(),
    tax: amountOutput.nullable().openapi({ description: 'Null until the purchase was opened.' }),
    total: amountOutput.nullable(),
    createdAt: z.iso.datetime().nullable(),
    finalAt: z.iso.datetime().nullable(),
    actionUrl: z.url().nullable().openapi({
      description: 'Where the customer confirms the payment to the bank (R13).',
    }),
    receipt: receiptSchema.nullable(),
    decline: declineSchema.nullable(),
    refusal: refusalSchema
      .nullable()
      .openapi({ description: 'Why it was refused, canceled or returned.' }),
    url: z.url().openapi({ description: 'Ask here how the purchase stands.' }),
  })
  .openapi('Purchase');

/** The same beside what it does not pay (R48). */
export const shownPurchaseSchema = purchaseSchema
  .extend({ stillDue: stillDueSchema })
  .openapi('ShownPurchase');

export type ShownPurchase = z.infer<typeof shownPurchaseSchema>;

export type PurchaseResource = z.infer<typeof purchaseSchema>;

/** Shows a purchase as the ledger keeps it. `actionUrl` is known to its workflow alone. */
export function purchaseResource(
  purchase: Purchase,
  actionUrl: string | null,
  publicUrl: string,
): PurchaseResource {
  const { purchaseId, accountId, currency, credits, tax, decline, refusal } = purchase;
  return {
    id: purchaseId,
    accountId,
    status: purchase.state,
    currency,
    credits: decimal(credits, currency),
    tax: decimal(tax, currency),
    total: decimal(sum(credits, tax), currency),
    createdAt: instant(purchase.openedAtMs),
    finalAt: purchase.finalAtMs === null ? null : instant(purchase.finalAtMs),
    actionUrl: purchase.state === 'requires_action' ? actionUrl : null,
    receipt: receiptResource(purchase),
    decline: decline === null ? null : declineResource(decline),
    refusal: refusal === null ? null : { code: refusal.code, message: refusal.message },
    url: purchaseUrl(purchaseId, publicUrl),
  };
}

/** A purchase that was asked for and that the ledger has no row of yet. */
export function unopenedPurchaseResource(
  { purchaseId, accountId }: Pick<Purchase, 'purchaseId' | 'accountId'>,
  asked: { amount: Micros; currency: string } | null,
  publicUrl: string,
): PurchaseResource {
  return {
    id: purchaseId,
    accountId,
    status: 'pending',
    currency: asked?.currency ?? null,
    credits: asked === null ? null : decimal(asked.amount, asked.currency),
    tax: null,
    total: null,
    createdAt: null,
    finalAt: null,
    actionUrl: null,
    receipt: null,
    decline: null,
    refusal: null,
    url: purchaseUrl(purchaseId, publicUrl),
  };
}

/** The explanation without what only the collection needs to know of it. */
export function declineResource(decline: NonNullable<Purchase['decline']>) {
  const { code, reason, whoCanFix, whatToDo } = decline;
  return { code, reason, whoCanFix, whatToDo };
}

function purchaseUrl(purchaseId: string, publicUrl: string): string {
  return `${publicUrl}/v1/purchases/${purchaseId}`;
}

function receiptResource({ receipt, credits, tax, currency }: Purchase) {
  if (receipt === null) return null;
  return {
    number: receipt.receiptNumber,
    chargeId: receipt.chargeId,
    capturedAt: instant(receipt.capturedAtMs),
    credits: decimal(credits, currency),
    tax: decimal(tax, currency),
    total: decimal(sum(credits, tax), currency),
    paidUnbilled: decimal(receipt.paidUnbilled, currency),
    addedToBalance: decimal(subtract(credits, receipt.paidUnbilled), currency),
  };
}
