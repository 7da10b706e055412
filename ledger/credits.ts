import type { AccountId, UnbilledPeriod } from '../domain/account.ts';
import type { InvoicePart } from '../domain/billing-events.ts';
import type { Micros } from '../domain/money.ts';
import type { PolicySchedule } from '../domain/policy-schedule.ts';
import { applyChange } from './change.ts';
import type { Ledger } from './database.ts';

interface Asked {
  readonly accountId: AccountId;
  /** The caller's: a repeat under it changes nothing, other input under it fails. */
  readonly idempotencyKey: string;
  readonly actor: string;
  /** The account's own time. */
  readonly nowMs: number;
}

export interface CreditGrant extends Asked {
  readonly amount: Micros;
  /** Models or services they may be used for; null: any (R28). */
  readonly scope: readonly string[] | null;
  readonly expiresAtMs: number | null;
  readonly reason: string;
}

/**
 * Gives free credits (R24): a lot of their own, no tier spend (R26).
 * @throws SolventError account_not_found, idempotency_key_reused; ConstraintViolation
 * `lots_amount_positive`.
 */
export async function grantCredits(
  ledger: Ledger,
  grant: CreditGrant,
  policies: PolicySchedule,
): Promise<{ readonly lotId: number }> {
  const { amount, scope, expiresAtMs, reason, actor, nowMs } = grant;
  const { result } = await applyChange(ledger, {
    accountId: grant.accountId,
    entry: {
      key: `grant/${grant.idempotencyKey}`,
      input: { amount, scope, expiresAtMs, reason },
      policies,
      occurredAtMs: nowMs,
    },
    decide({ balances }) {
      const lotId = balances.version + 1;
      return {
        events: [{ kind: 'credits_granted', amount, scope, expiresAtMs, reason }],
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
  const { purchased, unbilled, invoices = [], actor, nowMs } = opening;
  const parts = unbilled.map(({ period, amount }) => ({ period, amount }));
  const debts = invoices.map(({ invoiceId, number, amount, dueAtMs }) => {
    return { invoiceId, number, amount, dueAtMs };
  });
  const { result } = await applyChange(ledger, {
    accountId: opening.accountId,
    entry: {
      key: `opening_balance/${opening.idempotencyKey}`,
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
  });
  return result;
}
