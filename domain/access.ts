import { remediesOf, type Remedy } from './access-remedies.ts';
import type { CreditLot, OpenInvoice } from './account.ts';
import { dueTimes, type DueFacts } from './collection-times.ts';
import type { FailureCode } from './failures.ts';
import { sum, ZERO, type Micros } from './money.ts';
import type { Policy } from './policy.ts';
import { allocate, freeOutOfScope, roomUnder, spendableOf, usableLots } from './spendable.ts';
import type { Allocation, Means } from './spendable.ts';
import { standingBy, type Standing, type StandingFacts } from './standing.ts';
import { tierReaches, type Tier } from './tiers.ts';

/** All that access depends on, as the ledger has it at one moment (R53). */
export interface AccessFacts extends StandingFacts {
  /** Those with anything remaining. */
  readonly lots: readonly CreditLot[];
  /** Issued, and neither paid, void nor forgiven. */
  readonly openInvoices: readonly OpenInvoice[];
}

export interface AccessRequest {
  /** The request's worst-case cost; the least there is where it is only asked in general. */
  readonly cost: Micros;
  /** The model or service; null: not said. */
  readonly model: string | null;
}

export type AccessCode = Extract<
  FailureCode,
  | 'account_closed'
  | 'account_on_hold'
  | 'past_due_invoice'
  | 'account_limited'
  | 'tier_too_low'
  | 'credits_exhausted'
  | 'balance_limit_reached'
  | 'holds_full'
>;

/** What is looked at, in the order of R54; the first that fails gives the code. */
export type CheckName =
  | 'open'
  | 'admin_hold'
  | 'past_due'
  | 'limited'
  | 'free_credits_in_scope'
  | 'tier'
  | 'limit'
  | 'holds';

export interface AccessCheck {
  readonly name: CheckName;
  readonly rule: string;
  readonly passed: boolean;
  /** What was compared, by name. */
  readonly amounts: Readonly<Record<string, Micros>>;
}

/** Yes or no, with every number that was compared, and what would make it pass. */
export interface AccessDecision extends Standing {
  readonly allowed: boolean;
  /** Null where it is allowed. */
  readonly code: AccessCode | null;
  readonly checks: readonly AccessCheck[];
  readonly remedies: readonly Remedy[];
  readonly cost: Micros;
  readonly model: string | null;
  /** The least tier the model needs; null: open to all (R31). */
  readonly neededTier: Tier | null;
  readonly purchased: Micros;
  readonly free: Micros;
  /** Of the free credits: what this request may not use (R28). */
  readonly freeOutOfScope: Micros;
  /** Reserved by running requests: of credits, and of the limit. */
  readonly held: Micros;
  readonly heldPostpaid: Micros;
  /** What could be spent at once (R20). */
  readonly spendable: Micros;
  readonly pastDue: readonly OpenInvoice[];
  readonly allocation: Allocation;
  readonly policyVersion: string;
  readonly atMs: number;
}

/** The least a request can cost: for asking whether any would run. */
export const leastCost = 1 as Micros;

/**
 * May this request run? The only place that says so, for holds, the API, the page and operators
 * (R53, R56): a pure function of recorded facts, the policy in force and the account's time.
 */
export function decideAccess(
  facts: AccessFacts,
  request: AccessRequest,
  policy: Policy,
  nowMs: number,
): AccessDecision {
  const { balances } = facts;
  const basis = basisOf(facts, request, policy, nowMs);
  const { standing, means, neededTier } = basis;
  const compared: Compared = {
    ...basis,
    unheld: unheldSpendable(facts, request, standing, nowMs),
    freeOutOfScope: freeOutOfScope(facts.lots, request.model, nowMs),
  };
  const checks = checksOf(compared);
  const failed = checks.find(({ passed }) => !passed);
  if (isAdmitted(basis) !== (failed === undefined)) throw new Error('two answers about access');
  const code = failed === undefined ? null : codeOf(failed.name, standing);
  return {
    ...standing,
    allowed: failed === undefined,
    code,
    checks,
    remedies: code === null ? [] : remediesOf(code, compared, policy, nowMs),
    cost: request.cost,
    model: request.model,
    neededTier,
    purchased: balances.purchased,
    free: balances.free,
    freeOutOfScope: compared.freeOutOfScope,
    held: balances.held,
    heldPostpaid: balances.heldPostpaid,
    spendable: compared.spendable,
    pastDue: compared.pastDue,
    allocation: allocate(request.cost, means),
    policyVersion: policy.version,
    atMs: nowMs,
  };
}

/** What a request is admitted by, and paid from. */
export interface Admittance extends Pick<AccessDecision, 'spendable' | 'limit' | 'owed'> {
  readonly allocation: Allocation;
}

/**
 * The answer of {@link decideAccess} where a yes needs no reasons; null where it is a no. To explain
 * takes longer than all else that is decided about a hold.
 */
export function admit(
  facts: AccessFacts,
  request: AccessRequest,
  policy: Policy,
  nowMs: number,
): Admittance | null {
  const basis = basisOf(facts, request, policy, nowMs);
  if (!isAdmitted(basis)) return null;
  const { standing, means, spendable } = basis;
  const { limit, owed } = standing;
  return { spendable, limit, owed, allocation: allocate(request.cost, means) };
}

/** An invoice refuses service once its grace is over, even with credits left (R50). */
export function refusesService(
  invoice: DueFacts & Pick<OpenInvoice, 'due'>,
  policy: Policy,
  nowMs: number,
): boolean {
  if (invoice.due === 0 || nowMs < invoice.dueAtMs) return false;
  const { graceEndsAtMs } = dueTimes(invoice, policy);
  return graceEndsAtMs !== null && nowMs >= graceEndsAtMs;
}

/** True where this invoice, and no other one, refuses service: whoever settles it restores it (R51). */
export function aloneRefusesService(
  invoiceId: string,
  openInvoices: readonly OpenInvoice[],
  policy: Policy,
  nowMs: number,
): boolean {
  const refusing = openInvoices.filter((invoice) => refusesService(invoice, policy, nowMs));
  return refusing.length > 0 && refusing.every((invoice) => invoice.invoiceId === invoiceId);
}

interface Basis {
  readonly facts: AccessFacts;
  readonly request: AccessRequest;
  readonly standing: Standing;
  readonly means: Means;
  readonly neededTier: Tier | null;
  readonly pastDue: readonly OpenInvoice[];
  readonly spendable: Micros;
}

function basisOf(facts: AccessFacts, request: AccessRequest, policy: Policy, nowMs: number): Basis {
  const standing = standingBy(facts, policy, nowMs);
  const means: Means = {
    lots: usableLots(facts.lots, request.model, nowMs),
    room: roomUnder(standing.limit, standing.owed, facts.balances),
  };
  return {
    facts,
    request,
    standing,
    means,
    neededTier: (request.model !== null && policy.modelTiers[request.model]) || null,
    pastDue: facts.openInvoices.filter((invoice) => refusesService(invoice, policy, nowMs)),
    spendable: spendableOf(means),
  };
}

/**
 * True where every check passes: what can be spent beside all holds covers the cost, so it does
 * without them, too, and no credits are missing; and who reaches the tier is not too limited for it.
 */
function isAdmitted({ facts, request, standing, neededTier, pastDue, spendable }: Basis): boolean {
  const { status, adminHold } = facts.account;
  return (
    status === 'open' &&
    adminHold === null &&
    pastDue.length === 0 &&
    (neededTier === null || tierReaches(standing.tier, neededTier)) &&
    spendable >= request.cost
  );
}

interface Compared extends Basis {
  /** What could be spent if no other request ran. */
  readonly unheld: Micros;
  readonly freeOutOfScope: Micros;
}

function unheldSpendable(
  { lots, balances }: AccessFacts,
  { model }: AccessRequest,
  { limit, owed }: Standing,
  nowMs: number,
): Micros {
  const unheld = balances.held === 0 ? lots : lots.map((lot) => ({ ...lot, held: ZERO }));
  return spendableOf({
    lots: usableLots(unheld, model, nowMs),
    room: roomUnder(limit, owed, { heldPostpaid: ZERO }),
  });
}

function checksOf(compared: Compared): AccessCheck[] {
  const { facts, request, standing, neededTier, pastDue } = compared;
  const { account, balances } = facts;
  const { cost } = request;
  const { tier, limit, owed } = standing;
  const { spendable, unheld, freeOutOfScope } = compared;
  const isLimited = tier === 'limited';
  const needsTier = neededTier !== null && !tierReaches(tier, neededTier);
  const isShort = unheld < cost;
  return [
    { name: 'open', rule: 'R70', passed: account.status === 'open', amounts: {} },
    { name: 'admin_hold', rule: 'R54', passed: account.adminHold === null, amounts: {} },
    {
      name: 'past_due',
      rule: 'R50',
      passed: pastDue.length === 0,
      amounts: { pastDue: sum(...pastDue.map(({ due }) => due)) },
    },
    {
      name: 'limited',
      rule: 'R26',
      passed: !(isLimited && needsTier),
      amounts: { free: balances.free, purchased: balances.purchased },
    },
    {
      name: 'free_credits_in_scope',
      rule: 'R28',
      passed: !(isShort && sum(unheld, freeOutOfScope) >= cost),
      amounts: { freeOutOfScope, spendable },
    },
    {
      name: 'tier',
      rule: 'R31',
      passed: !needsTier,
      amounts: { lifetimePaid: balances.lifetimePaid },
    },
    {
      name: 'limit',
      rule: limit === 0 ? 'R18' : 'R19',
      passed: !isShort,
      amounts: { cost, spendable: unheld, owed, limit },
    },
    {
      name: 'holds',
      rule: 'R20',
      passed: spendable >= cost,
      amounts: { cost, spendable, held: balances.held, heldPostpaid: balances.heldPostpaid },
    },
  ];
}

function codeOf(name: CheckName, { limit }: Standing): AccessCode {
  switch (name) {
    case 'open':
      return 'account_closed';
    case 'admin_hold':
      return 'account_on_hold';
    case 'past_due':
      return 'past_due_invoice';
    case 'limited':
      return 'account_limited';
    case 'free_credits_in_scope':
      return 'credits_exhausted';
    case 'tier':
      return 'tier_too_low';
    case 'limit':
      return limit === 0 ? 'credits_exhausted' : 'balance_limit_reached';
    case 'holds':
      return 'holds_full';
  }
}
