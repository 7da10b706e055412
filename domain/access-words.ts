import { leastCost, type AccessCheck, type AccessDecision } from './access.ts';
import type { Remedy } from './access-remedies.ts';
import { currency, type Currency, type CurrencyCode } from './currencies.ts';
import { failures } from './failures.ts';
import {
  formatMoney,
  larger,
  micros,
  microsPerMinorUnit,
  subtract,
  sum,
  ZERO,
  type Micros,
} from './money.ts';
import { currencyPolicyOf, type Policy } from './policy.ts';
import { roomUnder } from './spendable.ts';
import { tierName } from './tiers.ts';

/** A decision in words: the same on the page, in the API and on the command line (R56). */
export interface AccessWords {
  /** Whether the request may run, and why not. */
  readonly headline: string;
  /** The credits by kind, and the tier (R24, R25). */
  readonly balance: string;
  /** One sentence for each check, in the order of R54. */
  readonly checks: readonly string[];
  /** One sentence for each thing that would make it pass. */
  readonly remedies: readonly string[];
}

type Show = (amount: Micros) => string;

/** Says a decision in words, with the numbers it compared. */
export function accessWords(decision: AccessDecision, code: CurrencyCode): AccessWords {
  const money = currency(code);
  const show: Show = (amount) => formatMoney(amount, money);
  return {
    headline: headlineOf(decision, show),
    balance: balanceOf(decision, show),
    checks: decision.checks.map((check) => checkWords(check, decision, show)),
    remedies: decision.remedies.map((remedy) => remedyWords(remedy, decision, show)),
  };
}

/**
 * What would make a request pass, with amounts that can be done: purchases rounded up to what a
 * card can be charged and to the smallest purchase (R4), a limit to whole cents where it may be.
 */
export function remediesToShow(
  { remedies, ceiling }: Pick<AccessDecision, 'remedies' | 'ceiling'>,
  code: CurrencyCode,
  policy: Policy,
): readonly Remedy[] {
  const money = currency(code);
  const { minimumPurchase } = currencyPolicyOf(policy, code);
  return remedies.map((remedy): Remedy => {
    switch (remedy.action) {
      case 'buy_credits':
      case 'spend_more':
        return { ...remedy, amount: larger(minimumPurchase, roundUp(remedy.amount, money)) };
      case 'raise_limit': {
        const rounded = roundUp(remedy.amount, money);
        return { ...remedy, amount: rounded <= ceiling ? rounded : remedy.amount };
      }
      case 'add_card':
      case 'pay_invoice':
      case 'wait':
      case 'ask_operator':
      case 'name_model':
        return remedy;
    }
  });
}

function roundUp(amount: Micros, money: Currency): Micros {
  const unit = microsPerMinorUnit(money);
  return micros(Math.ceil(amount / unit) * unit);
}

function headlineOf(decision: AccessDecision, show: Show): string {
  const { code, model, neededTier, tier, pastDue, spendable, owed, limit } = decision;
  const request = requestOf(decision, show);
  const needs = `${model ?? 'This'} needs ${tierName(neededTier ?? tier)}`;
  switch (code) {
    case null:
      return `Yes, ${request} can run.`;
    case 'account_closed':
    case 'account_on_hold':
      return failures[code].title;
    case 'past_due_invoice': {
      const due = show(sum(...pastDue.map((invoice) => invoice.due)));
      const name = pastDue.map(({ number }) => number).join(', ');
      const which = pastDue.length === 1 ? `Invoice ${name} is` : `Invoices ${name} are`;
      return `${which} past due: ${due}, paid by card only, whatever the credit balance.`;
    }
    case 'account_limited':
      return `${needs}, and this account has never bought credits. Free credits do not count.`;
    case 'tier_too_low':
      return `${needs}, and this account is ${tierName(tier)}.`;
    case 'credits_exhausted': {
      const unheld = comparedSpendable(decision, 'limit');
      return unheld === 0
        ? `The credits that ${request} may use are used up: nothing can be spent.`
        : `The credits that ${request} may use are not enough: ${show(unheld)} can be spent.`;
    }
    case 'balance_limit_reached':
      return (
        `The balance limit ${owed < limit ? 'would be passed' : 'is reached'}: ${show(owed)} is ` +
        `owed, of at most ${show(limit)}, and ${show(comparedSpendable(decision, 'limit'))} can be ` +
        `spent, too little for ${request}.`
      );
    case 'holds_full':
      return (
        `Running requests have reserved what could be spent: ${show(spendable)} is left, too ` +
        `little for ${request}.`
      );
  }
}

/** Asked in general it is the least a request can cost, which is no number to show. */
function requestOf({ cost, model }: AccessDecision, show: Show): string {
  const size = cost <= leastCost ? '' : ` of up to ${show(cost)}`;
  return `a request${size}${model === null ? '' : ` to ${model}`}`;
}

function balanceOf(decision: AccessDecision, show: Show): string {
  const { free, purchased, freeOutOfScope, model, tier } = decision;
  const kinds = kindsOf(free, purchased, show);
  const sentences = [`The balance is ${kinds}. The account’s tier is ${tierName(tier)}.`];
  if (freeOutOfScope > 0) {
    const whose = model === null ? 'certain models only' : 'other models';
    sentences.push(`Of the free credits, ${show(freeOutOfScope)} are for ${whose}.`);
  }
  if (hasOthersUnusable(decision)) {
    sentences.push('Some credits have expired or are disputed, and cannot be used.');
  }
  return sentences.join(' ');
}

function kindsOf(free: Micros, purchased: Micros, show: Show): string {
  if (free === 0 && purchased === 0) return `${show(ZERO)}: no free and no purchased credits`;
  if (free === 0) return `${show(purchased)} of purchased credits and no free ones`;
  if (purchased === 0) return `${show(free)} of free credits and no purchased ones`;
  return `${show(free)} of free credits and ${show(purchased)} of purchased credits`;
}

/** Credits that are neither free to use, nor held, nor for other models. */
function hasOthersUnusable(decision: AccessDecision): boolean {
  const { purchased, free, held, freeOutOfScope, spendable, limit, owed } = decision;
  const usable = subtract(spendable, roomUnder(limit, owed, decision));
  return purchased + free > usable + held + freeOutOfScope;
}

function checkWords({ name, passed }: AccessCheck, decision: AccessDecision, show: Show): string {
  const { model, tier, neededTier, freeOutOfScope, pastDue, owed, limit } = decision;
  switch (name) {
    case 'open':
      return passed ? 'The account is open.' : 'The account is closed.';
    case 'admin_hold':
      return passed
        ? 'No operator keeps the account from use.'
        : 'An operator keeps the account from use.';
    case 'past_due':
      return passed
        ? 'No invoice is so late that it stops service.'
        : `Past due: ${pastDue.map(({ number, due }) => `${number} ${show(due)}`).join(', ')}.`;
    case 'limited':
      if (!passed) return 'The account has never bought credits: it is Limited.';
      return tier === 'limited'
        ? 'The account has never bought credits; free ones are enough here.'
        : `The account is not Limited: it is ${tierName(tier)}.`;
    case 'free_credits_in_scope':
      return scopeWords(passed, freeOutOfScope, model, show);
    case 'tier':
      if (model === null) return 'No model was named, so no tier is asked for.';
      if (neededTier === null) return `${model} is open to every tier.`;
      return `${model} needs ${tierName(neededTier)}; the account is ${tierName(tier)}.`;
    case 'limit':
      return (
        `${comparedWords(decision, name, show)} when nothing else runs; ${show(owed)} is owed, of ` +
        `at most ${show(limit)}.`
      );
    case 'holds':
      return (
        `${comparedWords(decision, name, show)} beside running requests, which have reserved ` +
        `${show(decision.held)} of credits and ${show(decision.heldPostpaid)} of the limit.`
      );
  }
}

function scopeWords(
  passed: boolean,
  freeOutOfScope: Micros,
  model: string | null,
  show: Show,
): string {
  if (freeOutOfScope === 0) return 'No free credits are for other models.';
  const whose = model === null ? 'certain models only' : `other models than ${model}`;
  const words = `${show(freeOutOfScope)} of free credits are for ${whose}`;
  return passed ? `${words}, and not counted.` : `${words}; with them it would be enough.`;
}

function comparedWords(decision: AccessDecision, name: AccessCheck['name'], show: Show): string {
  const { cost } = decision;
  const spendable = comparedSpendable(decision, name);
  const isEnough = cost <= leastCost || spendable >= cost;
  return `${show(spendable)}${isEnough ? '' : ` of the ${show(cost)} that may be needed`} can be spent`;
}

/** What a check compared the cost with: without running requests, or beside them. */
function comparedSpendable({ checks }: AccessDecision, name: AccessCheck['name']): Micros {
  return checks.find((check) => check.name === name)?.amounts['spendable'] ?? ZERO;
}

function remedyWords(
  remedy: Remedy,
  { freeOutOfScope }: Pick<AccessDecision, 'freeOutOfScope'>,
  show: Show,
): string {
  switch (remedy.action) {
    case 'buy_credits':
      return `Buy at least ${show(remedy.amount)} of credits.`;
    case 'raise_limit':
      return `Raise the balance limit to at least ${show(remedy.amount)}.`;
    case 'add_card':
      return `Put a credit or debit card on file: then up to ${show(remedy.limit)} may be owed.`;
    case 'spend_more':
      return `Buy ${show(remedy.amount)} more of credits: that brings ${tierName(remedy.tier)}.`;
    case 'pay_invoice':
      return `Pay invoice ${remedy.invoice.number} by card: ${show(remedy.invoice.due)}.`;
    case 'wait':
      return 'Try again in a second: each request gives back what it reserved when it ends.';
    case 'ask_operator':
      return 'Write to us: only an operator can change this.';
    case 'name_model':
      return `Name the model: ${show(freeOutOfScope)} of free credits are for certain models.`;
  }
}
