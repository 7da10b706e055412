import type { AccessCode, AccessFacts, AccessRequest } from './access.ts';
import type { OpenInvoice } from './account.ts';
import { smaller, subtract, sum, ZERO, type Micros } from './money.ts';
import { currencyPolicyOf, type Policy } from './policy.ts';
import { standingBy, type Standing } from './standing.ts';
import { missingSpend, type Tier } from './tiers.ts';

/** What would make a refused request pass: each by itself. */
export type Remedy =
  | { readonly action: 'buy_credits' | 'raise_limit'; readonly amount: Micros }
  /** `limit`: what may be owed once there is a card that can be charged (R18). */
  | { readonly action: 'add_card'; readonly limit: Micros }
  | { readonly action: 'spend_more'; readonly amount: Micros; readonly tier: Tier }
  | { readonly action: 'pay_invoice'; readonly invoice: OpenInvoice }
  | { readonly action: 'wait' | 'ask_operator' | 'name_model' };

/** What was compared, as far as it shows what is missing. */
interface Compared {
  readonly facts: AccessFacts;
  readonly request: AccessRequest;
  readonly standing: Standing;
  readonly neededTier: Tier | null;
  readonly pastDue: readonly OpenInvoice[];
  /** What could be spent if no other request ran. */
  readonly unheld: Micros;
  readonly freeOutOfScope: Micros;
}

/** What would make a request pass that is refused for this reason (R54). */
export function remediesOf(
  code: AccessCode,
  compared: Compared,
  policy: Policy,
  nowMs: number,
): Remedy[] {
  const { facts, neededTier, pastDue } = compared;
  switch (code) {
    case 'account_closed':
    case 'account_on_hold':
      return [{ action: 'ask_operator' }];
    case 'past_due_invoice':
      return pastDue.map((invoice) => ({ action: 'pay_invoice', invoice }));
    case 'account_limited':
    case 'tier_too_low': {
      const row = currencyPolicyOf(policy, facts.account.currency);
      const tier = neededTier ?? 'build_1';
      const amount = missingSpend(facts.balances.lifetimePaid, tier, row);
      return amount === null
        ? [{ action: 'ask_operator' }]
        : [{ action: 'spend_more', amount, tier }];
    }
    case 'holds_full':
      return [{ action: 'wait' }];
    case 'credits_exhausted':
    case 'balance_limit_reached':
      return moneyRemedies(compared, {
        highest: highestLimitOf(facts, policy, nowMs),
        withCard: limitWithCardOf(facts, policy, nowMs),
      });
  }
}

/** What may be owed with a card on file that never expires: nothing below Build Tier 1 (R18). */
function limitWithCardOf(facts: AccessFacts, policy: Policy, nowMs: number): Micros {
  const cardUsableUntilMs = Number.MAX_SAFE_INTEGER;
  return standingBy({ ...facts, cardUsableUntilMs }, policy, nowMs).limit;
}

/** What the customer could raise the limit to: nothing without a usable card or a tier (R18). */
function highestLimitOf(facts: AccessFacts, policy: Policy, nowMs: number): Micros {
  const account = { ...facts.account, ownBalanceLimit: null };
  return standingBy({ ...facts, account }, policy, nowMs).limit;
}

/** Bought credits pay what is unbilled first, so that what is owed beyond the limit comes on top. */
function moneyRemedies(
  compared: Compared,
  limits: { readonly highest: Micros; readonly withCard: Micros },
): Remedy[] {
  const { facts, request, standing, unheld, freeOutOfScope } = compared;
  const { limit, owed } = standing;
  const missing = subtract(request.cost, unheld);
  const beyondLimit = owed > limit ? subtract(owed, limit) : ZERO;
  const remedies: Remedy[] = [
    { action: 'buy_credits', amount: sum(missing, smaller(beyondLimit, facts.balances.unbilled)) },
  ];
  const needed = sum(limit, beyondLimit, missing);
  if (limits.withCard > limit && needed <= limits.withCard) {
    remedies.push({ action: 'add_card', limit: limits.withCard });
  }
  if (needed <= limits.highest) remedies.push({ action: 'raise_limit', amount: needed });
  for (const invoice of limit > 0 ? facts.openInvoices : []) {
    const isEnough = invoice.due >= sum(beyondLimit, missing);
    if (isEnough) remedies.push({ action: 'pay_invoice', invoice });
  }
  if (request.model === null && freeOutOfScope >= missing) remedies.push({ action: 'name_model' });
  return remedies;
}
