import { z } from '@hono/zod-openapi';
import type { HoldAnswer, SettlementAnswer } from '../domain/hold-answer.ts';
import { micros } from '../domain/money.ts';
import { amountInput, amountOutput } from './amounts.ts';
import { usageInput } from './usage-resource.ts';
import { accountIdInput, nameInput } from './validation.ts';

/** A thousand million: no request costs more, and sums of such amounts stay exact. */
const greatestCost = micros(1_000_000_000_000_000);
const mustBeCost = 'must be at most "1000000000"';
const mustBeId = 'must be 1 to 255 visible characters, new for each request';
const mustBeSeconds = 'must be a whole number of seconds from 1 on';

const anyCost = amountInput.refine((cost) => cost <= greatestCost, { error: mustBeCost });
const costAboveZero = anyCost.refine((cost) => cost > 0, { error: 'must be above zero' });

const ttlSecondsInput = z
  .int({ error: mustBeSeconds })
  .min(1, { error: mustBeSeconds })
  .max(100_000_000, { error: mustBeSeconds })
  .optional()
  .openapi({
    example: 600,
    description: 'How long it lasts unless it is extended; absent: as the policy says.',
  });

export const holdIdInput = z
  .string({ error: mustBeId })
  .regex(/^[\x21-\x7e]{1,255}$/, { error: mustBeId })
  .openapi({
    example: 'req_8f14e45f',
    description:
      'Yours: the request’s own id, unique within the account for ever. It is the idempotency ' +
      'key: a repeat with the same input answers the same hold and reserves nothing more.',
  });

export const holdInput = z.strictObject({
  account: accountIdInput,
  id: holdIdInput,
  cost: costAboveZero.openapi({ description: 'The most the request can cost.' }),
  model: nameInput(200)
    .optional()
    .openapi({ description: 'Model or service; absent, only free credits for any use are used.' }),
  ttlSeconds: ttlSecondsInput,
});

export const settlementInput = z
  .strictObject({
    account: accountIdInput,
    cost: anyCost.optional().openapi({ description: 'What it cost: less or more than was held.' }),
    usage: usageInput
      .optional()
      .openapi({ description: 'Or what it used, priced as its model is now (R69).' }),
  })
  .refine(({ cost, usage }) => (cost === undefined) !== (usage === undefined), {
    error: 'is needed, or usage: one of the two',
    path: ['cost'],
  });

export const extensionInput = z.strictObject({
  account: accountIdInput,
  cost: costAboveZero.openapi({ description: 'What is to be reserved in all, from its start.' }),
  ttlSeconds: ttlSecondsInput,
});

export const releaseInput = z.strictObject({ account: accountIdInput });

export const holdSchema = z
  .object({
    id: z.string(),
    account: z.string(),
    state: z.enum(['open', 'settled', 'released', 'expired']),
    currency: z.string(),
    model: z.string().nullable(),
    cost: amountOutput.openapi({ description: 'All that is, or was, reserved.' }),
    reserved: z
      .object({ credits: amountOutput, balanceLimit: amountOutput })
      .openapi({ description: 'From where: credits, and what may be owed.' }),
    openedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    settledCost: amountOutput.nullable(),
    writtenOff: amountOutput
      .nullable()
      .openapi({ description: 'What of it nothing was left for: charged to nobody (R21).' }),
    admittedBy: z
      .object({
        policyVersion: z.string(),
        cost: amountOutput,
        spendable: amountOutput,
        balanceLimit: amountOutput,
        owed: amountOutput,
      })
      .openapi({ description: 'The numbers it was admitted by.' }),
  })
  .openapi('Hold') satisfies z.ZodType<HoldAnswer>;

export const settlementSchema = z
  .object({
    id: z.string(),
    account: z.string(),
    state: z.literal('settled'),
    currency: z.string(),
    model: z.string().nullable(),
    cost: amountOutput,
    charged: amountOutput.openapi({ description: 'The cost less what was written off.' }),
    paidBy: z
      .object({ free: amountOutput, purchased: amountOutput, owed: amountOutput })
      .openapi({ description: 'The pots that paid, and what is owed for it (R27).' }),
    writtenOff: amountOutput.openapi({
      description: 'What nothing was left for: charged to nobody, and not to be billed (R21).',
    }),
  })
  .openapi('HoldSettlement') satisfies z.ZodType<SettlementAnswer>;
