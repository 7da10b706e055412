import type { AccountId, UnbilledPeriod } from '../domain/account.ts';
import type { BillingEvent, InvoicePart } from '../domain/billing-events.ts';
import type { GrantTerms } from '../domain/grants.ts';
import type { Micros } from '../domain/money.ts';
import type { PolicySchedule } from '../domain/policy-schedule.ts';
import { applyChange, type Change } from './change.ts';
import type { Ledger } from './database.ts';
import type { AccountFacts } from './facts.ts';
import type { Json } from './input-hash.ts';

interface Asked {
  readonly accountId: AccountId;
  /** The caller's: a repeat under it changes nothing, other input under it fails. */
  readonly idempotencyKey: string;
  readonly actor: string;
  /** The account's own time. */
  readonly nowMs: number;
}

export type CreditGrant = Asked & GrantTerms;

/** What of a grant makes it another one under the same key (B19). */
export function grantInput({ amount, scope, expiresAtMs, reason }: GrantTerms): Json {
  return { amount, scope, expiresAtMs, reason };
}

/** Free credits as a billing event: a lot of their own, no tier spend (R24, R26). */
export function creditsGranted(
  { balances }: Pick<AccountFacts, 'balances'>,
  { amount, scope, expiresAtMs, reason }: GrantTerms,
): { readonly lotId: number; readonly events: readonly BillingEvent[] } {
  return {
    lotId: balances.version + 1,
    events: [{ kind: 'credits_granted', amount, scope, expiresAtMs, reason }],
  };
}

/**
 * Gives free credits on the program's own account: no person gives them, so that R64 asks for no
 * second one. What operators give goes through `grants.ts`.
 * @throws SolventError account_not_found, idempotency_key_reused; ConstraintViolation
 * `lots_amount_positive`.
 */
export async function grantCredits(
  ledger: Ledger,
  grant: CreditGrant,
  policies: PolicySchedule,
): Promise<{ readonly lotId: number }> {
  const { amount, actor, nowMs } = grant;
  const { result } = await applyChange(ledger, {
    accountId: grant.accountId,
    entry: {
      key: `grant/${grant.idempotencyKey}`,
      input: grantInput(grant),
      policies,
      occurredAtMs: nowMs,
    },
    decide(facts) {
      const { lotId, events } = creditsGranted(facts, grant);
      return {
        events,
        audit: { actor, action: 'credits.grant', detail: { lotId, amount }, occurredAtMs: nowMs },
        result: { lotId },
      };
    },
  });
  return result;
}

export interface OpeningBalance extends Asked {
  /** Credits bought elsewhere that the customer still has. */
  readonly purchased: Micros;
  /** Usage not yet invoiced elsewhere. */
  readonly unbilled: readonly UnbilledPeriod[];
  /** Invoices issued elsewhere and still to be paid. */
  readonly invoices?: readonly InvoicePart[];
}

/**
 * Brings an existing customer in. No card was charged for it here: it is no tier spend.
 * @throws SolventError account_not_found, idempotency_key_reused.
 */
export async function recordOpeningBalance(
  ledger: Ledger,
  opening: OpeningBalance,
  policies: PolicySchedule,
): Promise<{ readonly eventId: number }> {
  return (await applyChange(ledger, openingBalanceChange(opening, policies))).result;
}

/** The change that brings a customer's credits, usage and debts in from elsewhere. */
export function openingBalanceChange(
  opening: OpeningBalance,
  policies: PolicySchedule,
): Change<{ readonly eventId: number }> {
  const { purchased, unbilled, invoices = [], actor, nowMs } = opening;
  const parts = unbilled.map(({ period, amount }) => ({ period, amount }));
  const debts = invoices.map(({ invoiceId, number, amount, dueAtMs }) => {
    return { invoiceId, number, amount, dueAtMs };
  });
  return {
    accountId: opening.accountId,
    entry: {
      key: openingBalanceKey(opening.idempotencyKey),
      input: { purchased, unbilled: parts, ...(debts.length > 0 && { invoices: debts }) },
      policies,
      occurredAtMs: nowMs,
    },
    decide({ balances }) {
      const eventId = balances.version + 1;
      const audit = { actor, action: 'account.opening_balance', occurredAtMs: nowMs };
      return {
        events: [{ kind: 'opening_balance', purchased, unbilled: parts, invoices: debts }],
        audit: { ...audit, detail: { eventId, purchased } },
        result: { eventId },
      };
    },
  };
}

/** What an opening balance is known by within its account. */
export function openingBalanceKey(idempotencyKey: string): string {
  return `opening_balance/${idempotencyKey}`;
}
