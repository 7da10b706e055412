import type { AccessCode, AccessDecision, CheckName } from './access.ts';
import type { Remedy } from './access-remedies.ts';
import { accessWords, remediesToShow } from './access-words.ts';
import type { AccountId } from './account.ts';
import { currency, type CurrencyCode } from './currencies.ts';
import { failures, type Refusal } from './failures.ts';
import { formatDecimal, type Micros } from './money.ts';
import type { Policy } from './policy.ts';
import { tierName } from './tiers.ts';

/**
 * A decision as JSON: what the API answers and `--json` prints, made once so that they cannot
 * differ (R56). Amounts are decimal strings, instants ISO 8601 in UTC.
 */
export interface AccessAnswer {
  account: AccountId;
  /** The account's own time that it was decided for. */
  at: string;
  policyVersion: string;
  allowed: boolean;
  code: AccessCode | null;
  rule: string | null;
  retryable: boolean;
  currency: CurrencyCode;
  cost: string;
  model: string | null;
  words: { headline: string; balance: string };
  tier: { code: string; name: string };
  /** The least tier the model needs; null: open to all (R31). */
  neededTier: { code: string; name: string } | null;
  balances: {
    purchased: string;
    free: string;
    freeOutOfScope: string;
    held: string;
    heldPostpaid: string;
  };
  owed: string;
  balanceLimit: { effective: string; ceiling: string };
  spendable: string;
  checks: AccessCheckAnswer[];
  remedies: RemedyAnswer[];
}

export interface AccessCheckAnswer {
  name: CheckName;
  rule: string;
  passed: boolean;
  amounts: Record<string, string>;
  words: string;
}

export interface RemedyAnswer {
  action: Remedy['action'];
  /** At least this much; null where the action takes none. */
  amount: string | null;
  /** What the amount brings. */
  tier: string | null;
  invoice: { id: string; number: string; due: string; dueAt: string } | null;
  words: string;
}

/** A decision about access as programs read it, with its sentences (R56). */
export function accessAnswer(
  decided: AccessDecision,
  account: { readonly accountId: AccountId; readonly currency: CurrencyCode },
  policy: Policy,
): AccessAnswer {
  const code = account.currency;
  const decision = { ...decided, remedies: remediesToShow(decided, code, policy) };
  const words = accessWords(decision, code);
  const money = currency(code);
  const amount = (value: Micros) => formatDecimal(value, money);
  const named = (tier: AccessDecision['tier']) => ({ code: tier, name: tierName(tier) });
  return {
    account: account.accountId,
    at: new Date(decision.atMs).toISOString(),
    policyVersion: decision.policyVersion,
    allowed: decision.allowed,
    code: decision.code,
    rule: decision.checks.find(({ passed }) => !passed)?.rule ?? null,
    retryable: decision.code !== null && failures[decision.code].retryable,
    currency: code,
    cost: amount(decision.cost),
    model: decision.model,
    words: { headline: words.headline, balance: words.balance },
    tier: named(decision.tier),
    neededTier: decision.neededTier === null ? null : named(decision.neededTier),
    balances: {
      purchased: amount(decision.purchased),
      free: amount(decision.free),
      freeOutOfScope: amount(decision.freeOutOfScope),
      held: amount(decision.held),
      heldPostpaid: amount(decision.heldPostpaid),
    },
    owed: amount(decision.owed),
    balanceLimit: { effective: amount(decision.limit), ceiling: amount(decision.ceiling) },
    spendable: amount(decision.spendable),
    checks: decision.checks.map(({ name, rule, passed, amounts }, index) => ({
      name,
      rule,
      passed,
      words: words.checks[index] ?? '',
      amounts: Object.fromEntries(
        Object.entries(amounts).map(([key, value]) => [key, amount(value)]),
      ),
    })),
    remedies: decision.remedies.map((remedy, index) => ({
      ...remedyAnswer(remedy, amount),
      words: words.remedies[index] ?? '',
    })),
  };
}

function remedyAnswer(
  remedy: Remedy,
  amount: (value: Micros) => string,
): Omit<RemedyAnswer, 'words'> {
  const { action } = remedy;
  const nothing = { action, amount: null, tier: null, invoice: null };
  switch (action) {
    case 'buy_credits':
    case 'raise_limit':
      return { ...nothing, amount: amount(remedy.amount) };
    case 'spend_more':
      return { ...nothing, amount: amount(remedy.amount), tier: remedy.tier };
    case 'pay_invoice': {
      const { invoiceId: id, number, due, dueAtMs } = remedy.invoice;
      const dueAt = new Date(dueAtMs).toISOString();
      return { ...nothing, invoice: { id, number, due: amount(due), dueAt } };
    }
    case 'add_card':
    case 'wait':
    case 'ask_operator':
    case 'name_model':
      return nothing;
  }
}

/** A refused decision as the refusal that every way in reports. Throws for an admitted one. */
export function refusalOf(decision: AccessDecision, answer: AccessAnswer): Refusal {
  const { code } = decision;
  if (code === null) throw new Error('an admitted request is no refusal');
  const hasCredits = decision.purchased + decision.free > 0;
  const sentences = [
    answer.words.headline,
    ...(hasCredits ? [answer.words.balance] : []), // R25
    ...answer.remedies.map(({ words }) => words),
  ];
  const amounts = decision.checks.find(({ passed }) => !passed)?.amounts ?? {};
  return { code, message: sentences.join(' '), amounts };
}
