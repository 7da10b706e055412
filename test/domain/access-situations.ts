import { leastCost, type AccessFacts, type AccessRequest } from '../../domain/access.ts';
import type { CreditLot } from '../../domain/account.ts';
import { ZERO } from '../../domain/money.ts';
import { together202511, together2026, type Policy } from '../../domain/policy.ts';
import type { Plan } from '../../domain/tiers.ts';
import { account, dollars, noBalances } from './samples.ts';

/**
 * What led to an answer of R54, in dollars: told once, and played both on plain facts and on a
 * ledger (`test/http/access-agreement.test.ts`).
 */
export interface Situation {
  readonly name: string;
  /** What was bought, all of it by card; it stays, but for what was spent. */
  readonly bought?: number;
  readonly spent?: number;
  readonly free?: readonly { readonly amount: number; readonly scope: readonly string[] | null }[];
  readonly card?: true;
  readonly ownLimit?: number;
  readonly plan?: Plan;
  readonly ceiling?: number;
  /** Owed: this month's usage, and an invoice that was due so many days ago. */
  readonly unbilled?: number;
  readonly invoice?: { readonly due: number; readonly dueDaysAgo: number };
  /** What a running request has reserved. */
  readonly held?: number;
  readonly onHold?: true;
  readonly closed?: true;
  readonly policy?: Policy;
  readonly request: { readonly cost?: number; readonly model?: string };
  readonly answer: string;
}

const build3Model = 'black-forest-labs/FLUX.1-pro';
const build1Model = 'deepseek-ai/DeepSeek-R1';

export const situations: readonly Situation[] = [
  {
    ...{ name: 'Nothing was ever bought or given', request: { cost: 0.02 } },
    answer: 'credits_exhausted',
  },
  { name: 'Credits were bought', bought: 25, request: { cost: 0.02 }, answer: 'allowed' },
  {
    ...{ name: 'The account was closed', bought: 25, closed: true, request: { cost: 0.02 } },
    answer: 'account_closed',
  },
  {
    ...{ name: 'An operator keeps the account from use', bought: 25, onHold: true },
    ...{ request: { cost: 0.02 }, answer: 'account_on_hold' },
  },
  {
    ...{ name: 'An invoice is due, its grace still runs', bought: 25, card: true },
    ...{ invoice: { due: 30, dueDaysAgo: 6 }, request: { cost: 0.02 }, answer: 'allowed' },
  },
  {
    ...{ name: 'An invoice is past due, with credits left', bought: 25, card: true },
    ...{ invoice: { due: 30, dueDaysAgo: 8 }, request: { cost: 0.02 } },
    answer: 'past_due_invoice',
  },
  {
    ...{ name: 'Past due and on hold: the hold comes first', bought: 25, onHold: true },
    ...{ invoice: { due: 30, dueDaysAgo: 8 }, request: { cost: 0.02 }, answer: 'account_on_hold' },
  },
  {
    ...{ name: 'Only free credits, for a model that needs Build Tier 1' },
    ...{ free: [{ amount: 20, scope: null }], request: { cost: 0.02, model: build1Model } },
    answer: 'account_limited',
  },
  {
    ...{ name: 'Only free credits, for a model open to all' },
    ...{ free: [{ amount: 20, scope: null }], request: { cost: 0.02, model: 'chat' } },
    answer: 'allowed',
  },
  {
    ...{ name: 'Free credits for another model than the one asked for' },
    ...{ free: [{ amount: 20, scope: ['images'] }], request: { cost: 0.02, model: 'chat' } },
    answer: 'credits_exhausted',
  },
  {
    ...{ name: 'Free credits for one model, and none was named' },
    ...{ free: [{ amount: 20, scope: ['images'] }], request: {}, answer: 'credits_exhausted' },
  },
  {
    ...{ name: 'A model that needs a higher tier, with credits left', bought: 25 },
    ...{ request: { cost: 0.02, model: build3Model }, answer: 'tier_too_low' },
  },
  {
    ...{ name: 'Bought credits are used up, no card', bought: 25, spent: 25 },
    ...{ request: { cost: 0.02 }, answer: 'credits_exhausted' },
  },
  {
    ...{ name: 'Too few credits for a costly request', bought: 25 },
    ...{ request: { cost: 40 }, answer: 'credits_exhausted' },
  },
  {
    ...{ name: 'Credits are used up, and the card’s limit takes over', bought: 25, spent: 25 },
    ...{ card: true, request: { cost: 0.02 }, answer: 'allowed' },
  },
  {
    ...{ name: 'Free credits for one model, too few, and none was named', request: { cost: 40 } },
    ...{ free: [{ amount: 20, scope: ['images'] }], answer: 'credits_exhausted' },
  },
  {
    ...{ name: 'The own limit is $0.00, with a card', bought: 25, spent: 25, card: true },
    ...{ ownLimit: 0, request: { cost: 0.02 }, answer: 'credits_exhausted' },
  },
  {
    ...{ name: 'The limit of $100.00 is reached', bought: 25, spent: 25, card: true },
    ...{ unbilled: 100, request: { cost: 0.02 }, answer: 'balance_limit_reached' },
  },
  {
    ...{ name: 'An own limit below the ceiling is reached', bought: 25, spent: 25, card: true },
    ...{ ownLimit: 40, unbilled: 40, request: { cost: 5 }, answer: 'balance_limit_reached' },
  },
  {
    ...{ name: 'The limit was lowered under what is owed', bought: 25, spent: 25, card: true },
    ...{ ownLimit: 10, unbilled: 40, request: { cost: 0.02 }, answer: 'balance_limit_reached' },
  },
  {
    ...{ name: 'One request would pass the limit, and no invoice is as large', bought: 25 },
    ...{ card: true, held: 10, invoice: { due: 5, dueDaysAgo: 1 }, request: { cost: 300 } },
    answer: 'balance_limit_reached',
  },
  {
    ...{ name: 'The limit is reached by an invoice in its grace', bought: 25, spent: 25 },
    ...{ card: true, invoice: { due: 100, dueDaysAgo: 1 }, request: { cost: 0.02 } },
    answer: 'balance_limit_reached',
  },
  {
    ...{ name: 'Running requests hold all credits', bought: 25, held: 25 },
    ...{ request: { cost: 0.02 }, answer: 'holds_full' },
  },
  {
    ...{ name: 'Running requests hold credits and limit', bought: 25, held: 120, card: true },
    ...{ request: { cost: 10 }, answer: 'holds_full' },
  },
  {
    ...{ name: 'A contract without a card, within its ceiling', plan: 'enterprise' },
    ...{ ceiling: 5_000, unbilled: 4_000, request: { cost: 0.02, model: build3Model } },
    answer: 'allowed',
  },
  {
    ...{ name: 'A contract at its ceiling', plan: 'enterprise', ceiling: 5_000, unbilled: 5_000 },
    ...{ request: { cost: 0.02 }, answer: 'balance_limit_reached' },
  },
  {
    ...{ name: 'Fully prepaid by policy, with a card', bought: 25, spent: 25, card: true },
    ...{ policy: together2026, request: { cost: 0.02 }, answer: 'credits_exhausted' },
  },
];

const dayMs = 86_400_000;

export function policyOf({ policy = together202511 }: Situation): Policy {
  return policy;
}

export function requestOf({ request: { cost, model } }: Situation): AccessRequest {
  return { cost: cost === undefined ? leastCost : dollars(cost), model: model ?? null };
}

/** The facts that a situation comes to, as the ledger would tell them. */
export function factsOf(situation: Situation, nowMs: number): AccessFacts {
  const { bought = 0, spent = 0, free = [], unbilled = 0, invoice, held = 0 } = situation;
  const purchased = bought - spent;
  const heldOfLot = Math.min(held, purchased);
  const aLot = (lotId: number, amount: number): CreditLot => ({
    ...{ lotId, kind: 'purchased', amount: dollars(amount), remaining: dollars(amount) },
    ...{ held: ZERO, scope: null, acquiredAtMs: nowMs, expiresAtMs: null, frozenAtMs: null },
  });
  return {
    account: {
      ...account,
      status: situation.closed === true ? 'closed' : 'open',
      plan: situation.plan ?? 'build',
      ownBalanceLimit: situation.ownLimit === undefined ? null : dollars(situation.ownLimit),
      balanceLimitCeiling: situation.ceiling === undefined ? null : dollars(situation.ceiling),
      adminHold: situation.onHold === true ? { reason: 'being looked at', sinceMs: nowMs } : null,
    },
    balances: {
      ...noBalances,
      purchased: dollars(purchased),
      free: dollars(free.reduce((total, { amount }) => total + amount, 0)),
      unbilled: dollars(unbilled),
      invoiced: dollars(invoice?.due ?? 0),
      lifetimePaid: dollars(bought),
      held: dollars(heldOfLot),
      heldPostpaid: dollars(held - heldOfLot),
    },
    lots: [
      ...(purchased > 0 ? [{ ...aLot(1, purchased), held: dollars(heldOfLot) }] : []),
      ...free.map(({ amount, scope }, index) => {
        return { ...aLot(index + 2, amount), kind: 'free' as const, scope };
      }),
    ],
    openInvoices:
      invoice === undefined
        ? []
        : [
            {
              ...{ invoiceId: 'inv_1', number: 'A-1', due: dollars(invoice.due) },
              dueTax: ZERO,
              dueAtMs: nowMs - invoice.dueDaysAgo * dayMs,
              ...{ chargeAtMs: null, pauses: [], nextChargeAtMs: null },
            },
          ],
    cardUsableUntilMs: situation.card === true ? nowMs + 365 * dayMs : null,
  };
}
