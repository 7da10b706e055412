import { z } from '@hono/zod-openapi';
import type { AccessCode, AccessDecision } from '../domain/access.ts';
import { accessAnswer, refusalOf, type AccessAnswer } from '../domain/access-answer.ts';
import type { Account } from '../domain/account.ts';
import type { Policy } from '../domain/policy.ts';
import { amountOutput } from './amounts.ts';

const tierSchema = z.object({ code: z.string(), name: z.string() });

const checkSchema = z.object({
  name: z.enum([
    ...(['open', 'admin_hold', 'past_due', 'limited', 'free_credits_in_scope'] as const),
    ...(['tier', 'limit', 'holds'] as const),
  ]),
  rule: z.string(),
  passed: z.boolean(),
  amounts: z.record(z.string(), z.string()).openapi({ description: 'What was compared.' }),
  words: z.string(),
});

const remedySchema = z.object({
  action: z.enum([
    ...(['buy_credits', 'raise_limit', 'add_card', 'spend_more', 'pay_invoice'] as const),
    ...(['wait', 'ask_operator', 'name_model'] as const),
  ]),
  amount: amountOutput
    .nullable()
    .openapi({ description: 'At least this much; a purchase that a card can be charged for.' }),
  tier: z.string().nullable().openapi({ description: 'What the amount brings.' }),
  invoice: z
    .object({ id: z.string(), number: z.string(), due: amountOutput, dueAt: z.iso.datetime() })
    .nullable(),
  words: z.string(),
});

const accessCodes = [
  ...(['account_closed', 'account_on_hold', 'past_due_invoice', 'account_limited'] as const),
  ...(['tier_too_low', 'credits_exhausted', 'balance_limit_reached', 'holds_full'] as const),
] as const satisfies readonly AccessCode[];

export const accessSchema = z
  .object({
    account: z.string(),
    at: z.iso.datetime().openapi({ description: 'The account’s own time it is decided for.' }),
    policyVersion: z.string(),
    allowed: z.boolean(),
    code: z.enum(accessCodes).nullable(),
    rule: z.string().nullable(),
    retryable: z.boolean(),
    currency: z.enum(['usd', 'eur', 'gbp', 'jpy']),
    cost: amountOutput,
    model: z.string().nullable(),
    words: z.object({ headline: z.string(), balance: z.string() }),
    tier: tierSchema,
    neededTier: tierSchema
      .nullable()
      .openapi({ description: 'The least tier the model needs; null: any (R31).' }),
    balances: z
      .object({
        purchased: amountOutput,
        free: amountOutput,
        freeOutOfScope: amountOutput.openapi({ description: 'Of the free: for other models.' }),
        held: amountOutput.openapi({ description: 'Of credits: reserved by running requests.' }),
        heldPostpaid: amountOutput.openapi({ description: 'The same, of the balance limit.' }),
      })
      .openapi({ description: 'Free and purchased credits apart (R24).' }),
    owed: amountOutput,
    balanceLimit: z.object({ effective: amountOutput, ceiling: amountOutput }),
    spendable: amountOutput.openapi({ description: 'What could be spent at once (R20).' }),
    checks: z.array(checkSchema).openapi({
      description: 'All that is looked at, in order; the first that fails gives the code (R54).',
    }),
    remedies: z
      .array(remedySchema)
      .openapi({ description: 'What would make it pass: any one of them.' }),
  })
  .openapi('Access') satisfies z.ZodType<AccessAnswer>;

/** Why a request was refused: the refusal, and the whole decision beside it. */
export interface RefusedAccess {
  readonly refusal: ReturnType<typeof refusalOf>;
  readonly members: {
    readonly currencyCode: string;
    readonly rule?: string;
    readonly fixUrl?: string;
    readonly access: AccessAnswer;
  };
}

/** What a problem document says of a refused request (R55). */
export function refusedAccess(
  decision: AccessDecision,
  account: Account,
  policy: Policy,
  publicUrl: string,
): RefusedAccess {
  const access = accessAnswer(decision, account, policy);
  const fixPath = access.remedies[0] === undefined ? null : fixPathOf(access.remedies[0]);
  return {
    refusal: refusalOf(decision, access),
    members: {
      currencyCode: account.currency,
      access,
      ...(access.rule !== null && { rule: access.rule }),
      ...(fixPath !== null && { fixUrl: `${publicUrl}${fixPath}` }),
    },
  };
}

/** Null: as for every failure of its code. */
function fixPathOf({ action, invoice }: AccessAnswer['remedies'][number]): string | null {
  switch (action) {
    case 'buy_credits':
    case 'spend_more':
      return '/billing/buy';
    case 'raise_limit':
      return '/billing/settings';
    case 'add_card':
      return '/billing/cards';
    case 'pay_invoice':
      return invoice === null ? null : `/billing/invoices/${invoice.id}/pay`;
    case 'wait':
    case 'ask_operator':
    case 'name_model':
      return null;
  }
}
