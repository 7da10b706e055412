import { z } from '@hono/zod-openapi';
import { statementBooks } from '../domain/statement.ts';
import { amountOutput } from './amounts.ts';

const balancesSchema = z
  .object(
    Object.fromEntries(statementBooks.map((book) => [book, amountOutput])) as Record<
      (typeof statementBooks)[number],
      typeof amountOutput
    >,
  )
  .openapi('StatementBalances', {
    description:
      'Free and purchased credits are ours to give; unbilled, invoiced and its tax are owed; ' +
      'refunds due go back to the card.',
  });

const entrySchema = z
  .object({
    id: z.int().openapi({ description: 'The billing event’s id.' }),
    at: z.iso.datetime(),
    kind: z.string().openapi({ example: 'pack_purchased' }),
    description: z.string().openapi({ example: 'Credits bought, receipt R-000001' }),
    movements: z.array(
      z.object({
        description: z.string().openapi({ example: 'Credits paid by card (lot 2)' }),
        amount: amountOutput,
        lot: z.int().nullable(),
        month: z.string().nullable().openapi({ example: '2026-11' }),
        invoice: z.string().nullable(),
      }),
    ),
    change: balancesSchema,
    balances: balancesSchema.openapi({ description: 'Right after this entry.' }),
    policyVersion: z.string(),
  })
  .openapi('StatementEntry');

export const statementSchema = z
  .object({
    account: z.string(),
    currency: z.string(),
    opening: balancesSchema.openapi({ description: 'Before all entries from `from` to `to`.' }),
    closing: balancesSchema.openapi({
      description: 'After them: opening + the changes of all entries, exactly (R66).',
    }),
    data: z.array(entrySchema),
    nextCursor: z.string().nullable().openapi({ description: 'Null on the last page.' }),
  })
  .openapi('Statement');

export const lotsSchema = z
  .object({
    account: z.string(),
    currency: z.string(),
    at: z.iso.datetime(),
    data: z.array(
      z
        .object({
          id: z.int(),
          kind: z.enum(['purchased', 'free']),
          source: z.string().openapi({ example: 'bought, receipt R-000001' }),
          acquiredAt: z.iso.datetime(),
          amount: amountOutput.openapi({
            description: 'used + expired + withdrawn + remaining, exactly.',
          }),
          used: amountOutput,
          expired: amountOutput,
          withdrawn: amountOutput.openapi({ description: 'Returned to the card, or disputed.' }),
          remaining: amountOutput,
          held: amountOutput.openapi({ description: 'Of what remains: reserved by requests.' }),
          scope: z.array(z.string()).nullable(),
          expiresAt: z.iso.datetime().nullable(),
          frozenAt: z.iso.datetime().nullable(),
        })
        .openapi('StatementLot'),
    ),
    nextCursor: z.string().nullable().openapi({ description: 'Null on the last page.' }),
  })
  .openapi('StatementLots');

const sums = {
  cost: amountOutput.openapi({ description: 'free + purchased + unbilled + writtenOff.' }),
  free: amountOutput,
  purchased: amountOutput,
  unbilled: amountOutput.openapi({ description: 'To be invoiced.' }),
  writtenOff: amountOutput.openapi({ description: 'Charged to nobody (R21).' }),
};
const modelName = z.string().nullable().openapi({ description: 'Null: none was said.' });

export const usageSummarySchema = z
  .object({
    account: z.string(),
    currency: z.string(),
    from: z.iso.datetime(),
    to: z.iso.datetime().openapi({ description: 'Exclusive.' }),
    by: z.enum(['day', 'model', 'lot']),
    total: z
      .object({
        debited: amountOutput,
        free: amountOutput,
        purchased: amountOutput,
        unbilled: amountOutput,
      })
      .openapi({ description: 'Added up from the transfers: what all rows come to (R66).' }),
    data: z.array(
      z.union([
        z.object({ day: z.iso.date(), model: modelName, ...sums }).openapi('DayUsage'),
        z.strictObject({ model: modelName, ...sums }).openapi('ModelUsage'),
        z
          .object({
            pot: z.enum(['free', 'purchased', 'unbilled']),
            lot: z.int().nullable(),
            month: z.string().nullable(),
            amount: amountOutput,
          })
          .openapi('LotUsage'),
      ]),
    ),
  })
  .openapi('UsageSummary');

const quantitySchema = z.object({
  model: z.string(),
  meter: z.string().openapi({ example: 'input_tokens' }),
  quantity: z.string().openapi({ example: '1200', description: 'Units, as a decimal string.' }),
  price: z.object({
    id: z.int(),
    amount: z.string().nullable().openapi({ example: '0.18' }),
    per: z.int().nullable().openapi({ example: 1_000_000 }),
    tiers: z.array(z.object({ from: z.int(), amount: z.string() })),
  }),
});

export const debitUsageSchema = z
  .object({
    account: z.string(),
    currency: z.string(),
    entry: z.int().openapi({ description: 'The billing event’s id.' }),
    at: z.iso.datetime(),
    hold: z.string().nullable().openapi({ description: 'The hold it settled, if any.' }),
    lines: z
      .array(
        quantitySchema.extend({
          month: z.string().openapi({ description: 'The usage happened in it.' }),
          amount: amountOutput.openapi({
            description:
              'The rounded cost of the month’s total at this price, less what was charged ' +
              'before (R69). What of it was written off is told by the entry.',
          }),
        }),
      )
      .openapi({
        description: 'What all its usage comes to. Empty where a hold was settled by a plain cost.',
      }),
    data: z
      .array(
        z.object({
          id: z.string().openapi({
            description:
              'The UUID it is known by: its own id, or made of its source and id (docs/USAGE.md).',
          }),
          time: z.iso.datetime(),
          usage: z.array(quantitySchema),
        }),
      )
      .openapi({ description: 'One page of the usage events behind it.' }),
    nextCursor: z.string().nullable().openapi({ description: 'Null on the last page.' }),
  })
  .openapi('DebitUsage');
