import { z } from '@hono/zod-openapi';
import { isMeter, meterNames, meters, parseQuantity } from '../domain/meter.ts';
import type { MeteredQuantity } from '../domain/usage.ts';
import { amountOutput } from './amounts.ts';

/** The most events of one request. */
export const mostEvents = 1_000;

const quantityInput = z
  .union([z.number(), z.string()])
  .optional()
  .openapi({ description: 'A number, or a decimal string.' });

/** What one request used, by meter; its model is told elsewhere. */
export const usageInput = z
  .strictObject(
    Object.fromEntries(
      meterNames.map((name) => [name, quantityInput.openapi({ description: meters[name].units })]),
    ),
    { error: 'must be an object of meters and quantities' },
  )
  .transform((told, context): MeteredQuantity[] => {
    const quantities = Object.entries(told).flatMap(([name, value]): MeteredQuantity[] => {
      if (!isMeter(name) || value === undefined) return [];
      const read = parseQuantity(String(value), name);
      if (read.status === 'read') return [{ meter: name, quantity: read.quantity }];
      context.addIssue({ code: 'custom', path: [name], message: read.message });
      return [];
    });
    if (Object.keys(told).length === 0) {
      context.addIssue({ code: 'custom', message: 'must have at least one meter' });
    }
    return quantities;
  });

/** For the description only: events are read by `domain/usage-report.ts`, which is faster. */
export const usageEventSchema = z
  .object({
    specversion: z.literal('1.0'),
    id: z.string().openapi({
      example: '0198c5f2-6b1e-7c0a-9d53-2f1d0c7e4a11',
      description:
        'What it is charged once by, with its source. A UUIDv7 or ULID is found fastest.',
    }),
    source: z.string().openapi({ example: 'https://gateway.example.com/eu-1' }),
    type: z.string().openapi({ example: 'com.solvent.usage', description: 'Any text.' }),
    subject: z
      .string()
      .openapi({ description: 'The account.', example: 'acct_01jdq3k7x5fzb8h2m4n6p8r0t2' }),
    time: z.iso.datetime({ offset: true }).openapi({ description: 'When the usage happened.' }),
    data: z
      .object({
        model: z.string().openapi({ example: 'openai/gpt-oss-20b' }),
        hold: z
          .string()
          .optional()
          .openapi({ description: 'The hold its request ran under; it is settled.' }),
        ...Object.fromEntries(
          meterNames.map((name) => [
            name,
            quantityInput.openapi({ description: meters[name].units }),
          ]),
        ),
      })
      .openapi({ description: 'The model and at least one meter; no other fields.' }),
  })
  .openapi('UsageEvent', { description: 'A CloudEvent 1.0; further attributes are ignored.' });

const resultSchema = z.object({
  id: z.string().nullable().openapi({ description: 'The event’s; null where it has none.' }),
  status: z.enum(['accepted', 'duplicate', 'conflict', 'rejected']),
  hold: z.enum(['settled', 'ended', 'unknown']).optional().openapi({
    description: 'Of an event that names one: settled, or charged as usage without one (R21).',
  }),
  code: z.string().optional(),
  reason: z.string().optional().openapi({ description: 'What is wrong, and what to do.' }),
});

const chargedSchema = z.object({
  account: z.string(),
  currency: z.string(),
  charged: amountOutput,
  writtenOff: amountOutput.openapi({
    description: 'What nothing was left for: charged to nobody, and not to be billed (R21).',
  }),
});

export const usageReportSchema = z
  .object({
    results: z.array(resultSchema).openapi({ description: 'One for each event, in their order.' }),
    accounts: z.array(chargedSchema).openapi({ description: 'What was charged now, by account.' }),
  })
  .openapi('UsageReport');

export type UsageReportResource = z.infer<typeof usageReportSchema>;
export type UsageResult = z.infer<typeof resultSchema>;
