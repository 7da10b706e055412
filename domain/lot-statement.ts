import type { CreditLot } from './account.ts';
import type { BillingEvent } from './billing-events.ts';
import type { Book } from './bookkeeping.ts';
import { micros, subtract, sum, type Micros } from './money.ts';

/** Where a lot's credits went: amount = used + expired + withdrawn + remaining. */
export interface LotStatement extends CreditLot {
  /** What made it: the event of its id. */
  readonly madeBy: BillingEvent;
  /** For usage, this month's or one before, less what was given back. */
  readonly used: Micros;
  readonly expired: Micros;
  /** Taken out as money: returned to the card, or lost in a dispute. */
  readonly withdrawn: Micros;
}

/** What moved into or out of a lot, after it was made, by transfers of one sort. */
export interface LotMovement {
  readonly kind: BillingEvent['kind'];
  readonly debitBook: Book;
  readonly creditBook: Book;
  readonly amount: Micros;
}

/** Tells where a lot's credits went. `lot.remaining` is what the movements leave of it. */
export function lotStatement(
  lot: CreditLot,
  madeBy: BillingEvent,
  movements: readonly LotMovement[],
): LotStatement {
  const gone = { used: 0, expired: 0, withdrawn: 0 };
  for (const movement of movements) {
    const isOut = movement.debitBook === lot.kind;
    const amount = isOut ? movement.amount : 0 - movement.amount;
    gone[reasonOf(movement, isOut ? movement.creditBook : movement.debitBook)] += amount;
  }
  const used = micros(gone.used);
  const expired = micros(gone.expired);
  const withdrawn = micros(gone.withdrawn);
  const remaining = subtract(lot.amount, sum(used, expired, withdrawn));
  return { ...lot, madeBy, used, expired, withdrawn, remaining };
}

function reasonOf({ kind }: LotMovement, other: Book): 'used' | 'expired' | 'withdrawn' {
  if (kind === 'credits_expired') return 'expired';
  const isUse = other === 'revenue' || other === 'promotions' || other === 'unbilled';
  return isUse ? 'used' : 'withdrawn';
}

/** How the lot came to be, in words for the customer. */
export function lotSource({ madeBy }: Pick<LotStatement, 'madeBy'>): string {
  switch (madeBy.kind) {
    case 'pack_purchased':
      return `bought, receipt ${madeBy.receiptNumber}`;
    case 'credits_granted':
      return 'given';
    case 'opening_balance':
      return 'brought from elsewhere';
    case 'purchase_opened':
    case 'purchase_closed':
    case 'payment_unapplied':
    case 'refund_paid':
    case 'usage_charged':
    case 'credits_expired':
    case 'usage_corrected':
    case 'invoice_issued':
    case 'unbilled_carried':
    case 'invoice_voided':
    case 'credit_noted':
    case 'invoice_paid':
    case 'debt_written_off':
    case 'debt_forgiven':
      throw new Error(`an event of kind ${madeBy.kind} makes no lot`);
  }
}
