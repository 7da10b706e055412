import type { DueFacts } from './collection-times.ts';
import type { CurrencyCode } from './currencies.ts';
import type { Micros } from './money.ts';
import type { Period } from './period.ts';
import type { Plan } from './tiers.ts';

/** `acct_` and 26 characters: a UUID in the TypeID form. */
export type AccountId = string;

/** An account as the ledger keeps it. Names and mail addresses live apart and are erasable. */
export interface Account {
  readonly accountId: AccountId;
  readonly currency: CurrencyCode;
  readonly status: 'open' | 'closed';
  readonly plan: Plan;
  /** ISO 3166 country and region the account is taxed in; null where unknown (no tax). */
  readonly taxCountry: string | null;
  readonly taxRegion: string | null;
  /** The balance limit the customer chose; null: as high as the ceiling (R18). */
  readonly ownBalanceLimit: Micros | null;
  /** The ceiling an operator set for Build Tier 5 or a contract; null: the policy's (R17, R67). */
  readonly balanceLimitCeiling: Micros | null;
  /** Days a contract leaves to pay an invoice; null: as the policy says (R67). */
  readonly netDays: number | null;
  /** Where the customer is, so that cards are charged by day: an IANA name; null: UTC. */
  readonly timeZone: string | null;
  /** Days after the first charge on which a declined card is charged again; null: the policy's. */
  readonly retryAfterDays: readonly number[] | null;
  /** Credits left, at and below which the customer wants a mail (R61). */
  readonly lowBalanceThresholds: readonly Micros[];
  /** Set while an operator keeps the account from use (R54). */
  readonly adminHold: AdminHold | null;
  /** Stripe's customer, once the first card was set up. */
  readonly customerId: string | null;
  /** The account's own time is the clock plus this; always 0 in live mode (DESIGN, Time). */
  readonly testClockOffsetMs: number;
  readonly createdAtMs: number;
}

/** Why an operator keeps an account from use: shown to operators, never to the customer. */
export interface AdminHold {
  readonly reason: string;
  readonly sinceMs: number;
}

/** The account's running totals, each in micro-units and never below zero. */
export interface Balances {
  readonly purchased: Micros;
  readonly free: Micros;
  /** Money we hold and must return: never credits, never spendable. */
  readonly refundsDue: Micros;
  /** Usage beyond credits, not yet invoiced. */
  readonly unbilled: Micros;
  /** What open invoices still ask for, without tax. */
  readonly invoiced: Micros;
  /** And in tax: it does not count against the balance limit (R16). */
  readonly invoicedTax: Micros;
  /** Of the lots: reserved by open holds. */
  readonly held: Micros;
  /** Of the balance limit: reserved by open holds. */
  readonly heldPostpaid: Micros;
  /** Paid packs and paid invoices, without tax: what tiers are reckoned from (R29). */
  readonly lifetimePaid: Micros;
  /** Counts the account's billing events; the next event's id is one more. */
  readonly version: number;
  /** Counts what was done to the account's holds; with `version` it orders every decision. */
  readonly holdVersion: number;
}

/** One purchase's, or one grant's, credits. Its id is the id of the event that made it. */
export interface CreditLot {
  readonly lotId: number;
  readonly kind: 'purchased' | 'free';
  readonly amount: Micros;
  readonly remaining: Micros;
  readonly held: Micros;
  /** Models or services free credits may be used for; null: any (R28). */
  readonly scope: readonly string[] | null;
  readonly acquiredAtMs: number;
  /** Null: never, as all credits bought under a policy without expiry (R1). */
  readonly expiresAtMs: number | null;
  /** Since when a dispute keeps them from use; null: not disputed (R60). */
  readonly frozenAtMs: number | null;
}

/** A share of one lot's credits. */
export interface LotPart {
  readonly lotId: number;
  readonly amount: Micros;
}

/** An issued invoice that is neither paid, void nor forgiven. */
export interface OpenInvoice extends DueFacts {
  readonly invoiceId: string;
  /** Empty until the change that issues it is recorded: numbers are given last (R46). */
  readonly number: string;
  /** What of it is still to be paid, tax included. */
  readonly due: Micros;
  /** Of what is due. */
  readonly dueTax: Micros;
}

/** Usage of one month that no credits paid and no invoice asks for yet. */
export interface UnbilledPeriod {
  readonly period: Period;
  readonly amount: Micros;
}
