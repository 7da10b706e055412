import type { CreditLot } from './account.ts';
import type { PackPurchased, PaymentUnapplied, PurchaseEnding } from './billing-events.ts';
import type { CollectionNotice } from './collection-notices.ts';
import type { DeclineExplanation } from './declines.ts';
import type { Refusal } from './failures.ts';
import { sum, type Micros } from './money.ts';
import type { Period } from './period.ts';
import type { Tier } from './tiers.ts';

/**
 * What a customer is told by mail. A notice is a row written in the transaction that makes its
 * fact final (R62); names and addresses are joined only when it is sent.
 */
export type Notice =
  | {
      readonly kind: 'purchase_succeeded';
      readonly purchaseId: string;
      readonly receiptNumber: string;
      readonly credits: Micros;
      readonly tax: Micros;
      readonly paidUnbilled: Micros;
      /** When the credits end; absent: never (R1). */
      readonly expiresAtMs?: number;
    }
  | {
      readonly kind: 'purchase_declined';
      readonly purchaseId: string;
      readonly credits: Micros;
      readonly decline: DeclineExplanation;
    }
  | {
      readonly kind: 'purchase_refused';
      readonly purchaseId: string;
      readonly credits: Micros;
      readonly refusal: Refusal;
    }
  | {
      /** The bank asks for a confirmation, or is still waiting for it: `reminder` counts from 0. */
      readonly kind: 'authentication_needed';
      readonly purchaseId: string;
      readonly credits: Micros;
      readonly reminder: number;
    }
  | {
      /** A new link, asked for by the customer; `renewal` as {@link renewalOf} counts. */
      readonly kind: 'authentication_renewed';
      readonly purchaseId: string;
      readonly credits: Micros;
      readonly renewal: number;
    }
  | {
      readonly kind: 'payment_returned';
      readonly purchaseId: string;
      readonly amount: Micros;
      readonly refusal: Refusal;
    }
  | {
      /** Nothing more is sent to this endpoint until the customer enables it again (R63). */
      readonly kind: 'webhook_endpoint_disabled';
      readonly endpointId: string;
      readonly reason: 'gone' | 'failing';
      readonly disabledAtMs: number;
    }
  | {
      /** Credits bought from `effectiveAtMs` on will end `expireAfterMs` after they are bought (R2). */
      readonly kind: 'credits_expiry_announced';
      readonly version: string;
      readonly effectiveAtMs: number;
      readonly expireAfterMs: number;
    }
  | CreditNotice
  | BalanceNotice
  | CollectionNotice
  | InvoiceNotice
  | CreditNoteNotice;

/** An invoice was issued (R61). `net`, `tax` and what credits paid are parts of what was used. */
export interface InvoiceNotice {
  readonly kind: 'invoice_issued';
  readonly invoiceId: string;
  /** Empty until it is recorded (R46). */
  readonly number: string;
  readonly period: Period;
  /** The number of the void one that it stands for; null: none. */
  readonly replaces: string | null;
  readonly credits: Micros;
  readonly net: Micros;
  readonly tax: Micros;
  readonly carriedForward: Micros;
  /** The begin of the day on which the card is charged. */
  readonly chargeAtMs: number;
  /** Whether there is a card on file that can be charged on that day; absent: not known. */
  readonly hasCard?: boolean;
  /** The account's last one: it was closed (R70). */
  readonly isFinal?: true;
}

/** A part of an invoice was taken back (R43). */
export interface CreditNoteNotice {
  readonly kind: 'credit_note_issued';
  readonly creditNoteId: string;
  /** Empty until it is recorded (R46). */
  readonly number: string;
  readonly invoiceId: string;
  readonly invoiceNumber: string;
  readonly net: Micros;
  readonly tax: Micros;
  /** Of both: what was still to be paid. The rest was paid, and goes back. */
  readonly fromDue: Micros;
  /** What is still to be paid of the invoice. */
  readonly due: Micros;
  readonly reason: string;
}

/** What is told of free credits, and of what is left of any credits that are about to end. */
export type CreditNotice =
  | {
      /** The grant's reason is the operators' own and not in it. */
      readonly kind: 'credits_granted';
      readonly lotId: number;
      readonly amount: Micros;
      readonly scope: readonly string[] | null;
      readonly expiresAtMs: number | null;
      /** They end so soon that nothing more is told before (R28). */
      readonly endsSoon: boolean;
    }
  | {
      readonly kind: 'credits_expiring';
      readonly lotId: number;
      readonly lotKind: CreditLot['kind'];
      readonly remaining: Micros;
      readonly scope: readonly string[] | null;
      readonly expiresAtMs: number;
    };

/**
 * What is told when a balance crosses a line (R61). `version` is the account's last billing event
 * by then: with the numbers it names the crossing.
 */
export type BalanceNotice = { readonly version: number } & (
  | {
      readonly kind: 'low_balance';
      /** The customer's own, the lowest of those that were crossed. */
      readonly threshold: Micros;
      /** Free and purchased credits that are left. */
      readonly remaining: Micros;
    }
  | {
      readonly kind: 'free_credits_used_up';
      readonly cause: 'use' | 'expiry';
      /** Purchased credits that are left. */
      readonly purchased: Micros;
    }
  | {
      readonly kind: 'balance_limit_share_reached';
      /** The policy's, the highest of those that were crossed. */
      readonly percent: number;
      readonly owed: Micros;
      readonly limit: Micros;
    }
  | {
      /** The limit came to be less than what is owed (R22, R30). */
      readonly kind: 'balance_limit_lowered';
      readonly owed: Micros;
      readonly limit: Micros;
    }
  | { readonly kind: 'tier_reached'; readonly tier: Tier; readonly limit: Micros }
);

export type NoticeKind = Notice['kind'];

/** A notice about one purchase, whose workflow mails it; the sweep mails all others. */
export type PurchaseNotice = Extract<Notice, { readonly purchaseId: string }>;

const renewalEveryMs = 5 * 60_000;

/**
 * Numbers the customer's wishes for a new link: those within five minutes are one wish, so that
 * nobody can fill a mailbox with them.
 */
export function renewalOf(authenticationSinceMs: number, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - authenticationSinceMs) / renewalEveryMs));
}

/** Notices that carry a link to the bank's page; they are void once the purchase is final. */
export function carriesLink(
  notice: Notice,
): notice is Extract<Notice, { kind: 'authentication_needed' | 'authentication_renewed' }> {
  return notice.kind === 'authentication_needed' || notice.kind === 'authentication_renewed';
}

/** What the customer is told once captured money became credits, or could not. */
export function noticeOfSettlement(
  event: PackPurchased | PaymentUnapplied,
): Extract<Notice, { kind: 'purchase_succeeded' | 'payment_returned' }> {
  const { purchaseId } = event;
  if (event.kind === 'payment_unapplied') {
    const { amount, refusal } = event;
    return { kind: 'payment_returned', purchaseId, amount, refusal };
  }
  const { receiptNumber, credits, tax } = event;
  const paidUnbilled = sum(...event.paidUnbilled.map(({ amount }) => amount));
  return {
    kind: 'purchase_succeeded',
    purchaseId,
    receiptNumber,
    credits,
    tax,
    paidUnbilled,
    ...(event.expiresAtMs === undefined ? {} : { expiresAtMs: event.expiresAtMs }),
  };
}

/** What the customer is told when an opened purchase ended without a charge. */
export function noticeOfEnding(
  purchaseId: string,
  credits: Micros,
  ending: PurchaseEnding,
): PurchaseNotice {
  return ending.status === 'declined'
    ? { kind: 'purchase_declined', purchaseId, credits, decline: ending.decline }
    : { kind: 'purchase_refused', purchaseId, credits, refusal: ending.refusal };
}
