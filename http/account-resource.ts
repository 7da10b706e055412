import { z } from '@hono/zod-openapi';
import { accountAnswer } from '../domain/account-answer.ts';
import type { Account, Balances } from '../domain/account.ts';
import type { SavedCard } from '../domain/payment-methods.ts';
import type { Policy } from '../domain/policy.ts';
import { standingOf } from '../domain/standing.ts';
import { amountOutput } from './amounts.ts';
import { cardResource, cardSchema } from './card-resource.ts';

export const accountSchema = z
  .object({
    id: z.string(),
    status: z.enum(['open', 'closed']),
    currency: z.string(),
    plan: z.enum(['build', 'scale', 'enterprise']),
    tier: z
      .object({ code: z.string(), name: z.string().openapi({ example: 'Build Tier 2' }) })
      .openapi({ description: 'By lifetime paid spend; `limited` has never paid (R26, R29).' }),
    balances: z
      .object({
        purchased: amountOutput.openapi({ description: 'Credits bought. They never expire (R1).' }),
        free: amountOutput.openapi({ description: 'Credits given.' }),
        held: amountOutput.openapi({ description: 'Of both: reserved by running requests.' }),
        heldPostpaid: amountOutput.openapi({ description: 'The same, of the balance limit.' }),
        refundsDue: amountOutput.openapi({
          description: 'Money on its way back to the card: never credits, never spendable.',
        }),
      })
      .openapi({ description: 'Free and purchased credits are two pots, shown apart (R24).' }),
    owed: amountOutput.openapi({ description: 'Unbilled usage and open invoices (R16).' }),
    unbilled: amountOutput,
    invoiced: amountOutput,
    lifetimePaid: amountOutput,
    balanceLimit: z
      .object({
        effective: amountOutput.openapi({ description: 'The most the account may owe now.' }),
        own: amountOutput.nullable().openapi({ description: 'The customer’s own value, if any.' }),
        ceiling: amountOutput,
      })
      .openapi({ description: 'R16, R18.' }),
    lowBalanceThresholds: z
      .array(amountOutput)
      .openapi({ description: 'Credits left, at and below which a mail is sent (R61).' }),
    netDays: z.int().nullable().openapi({ description: 'By contract; null: as the policy says.' }),
    timeZone: z.string().nullable().openapi({ description: 'As IANA names it; null: UTC.' }),
    onHold: z.boolean().openapi({ description: 'An operator keeps it from use (R54).' }),
    defaultCard: cardSchema.nullable(),
    taxPlace: z.object({ country: z.string().nullable(), region: z.string().nullable() }),
    createdAt: z.iso.datetime(),
    links: z.object({
      self: z.url(),
      access: z.url(),
      purchases: z.url(),
      purchasePreviews: z.url(),
      paymentMethods: z.url(),
    }),
  })
  .openapi('Account');

export type AccountResource = z.infer<typeof accountSchema>;

/** What is told of an account: facts of the ledger, and what follows from them by policy. */
export interface AccountFacts {
  readonly account: Account;
  readonly balances: Balances;
  readonly cards: readonly SavedCard[];
}

export function accountResource(
  { account, balances, cards }: AccountFacts,
  policy: Policy,
  nowMs: number,
  publicUrl: string,
): AccountResource {
  const standing = standingOf({ account, balances, cards }, policy, nowMs);
  const card = cards.find(({ isDefault }) => isDefault);
  const self = `${publicUrl}/v1/accounts/${account.accountId}`;
  return {
    ...accountAnswer(account, balances, standing),
    onHold: account.adminHold !== null,
    defaultCard: card === undefined ? null : cardResource(card, nowMs),
    links: {
      self,
      access: `${self}/access`,
      purchases: `${self}/purchases`,
      purchasePreviews: `${self}/purchase-previews`,
      paymentMethods: `${self}/payment-methods`,
    },
  };
}
