import type { CreditLot, UnbilledPeriod } from './account.ts';
import type { BillingEvent } from './billing-events.ts';
import { changeOf, type Transfer } from './bookkeeping.ts';
import { subtract, sum, ZERO, type Micros } from './money.ts';

/** The lot that an event makes, as it stands right after; its id is the event's. */
export function lotMadeBy(
  event: BillingEvent,
  eventId: number,
  occurredAtMs: number,
): CreditLot | null {
  switch (event.kind) {
    case 'pack_purchased': {
      const spent = sum(...event.paidUnbilled.map(({ amount }) => amount));
      const lot = newLot(eventId, 'purchased', event.credits, event.capturedAtMs);
      const { expiresAtMs = null } = event;
      return { ...lot, remaining: subtract(event.credits, spent), expiresAtMs };
    }
    case 'credits_granted': {
      const { scope, expiresAtMs } = event;
      return { ...newLot(eventId, 'free', event.amount, occurredAtMs), scope, expiresAtMs };
    }
    case 'opening_balance':
      return event.purchased > 0
        ? newLot(eventId, 'purchased', event.purchased, occurredAtMs)
        : null;
    case 'purchase_opened':
    case 'purchase_closed':
    case 'payment_unapplied':
    case 'refund_paid':
    case 'usage_charged':
    case 'usage_corrected':
    case 'credits_expired':
    case 'invoice_issued':
    case 'unbilled_carried':
    case 'invoice_voided':
    case 'credit_noted':
    case 'invoice_paid':
    case 'debt_written_off':
    case 'debt_forgiven':
      return null;
  }
}

function newLot(
  lotId: number,
  kind: CreditLot['kind'],
  amount: Micros,
  acquiredAtMs: number,
): CreditLot {
  const unused = {
    remaining: amount,
    held: ZERO,
    scope: null,
    expiresAtMs: null,
    frozenAtMs: null,
  };
  return { lotId, kind, amount, acquiredAtMs, ...unused };
}

/** What remains of lots that were there before some transfers. */
export function lotsAfter(
  before: readonly CreditLot[],
  transfers: readonly Transfer[],
): readonly CreditLot[] {
  if (!transfers.some(({ lotId }) => lotId !== null)) return before;
  return before.map((lot) => {
    const moved = transfers.filter(({ lotId }) => lotId === lot.lotId);
    if (moved.length === 0) return lot;
    return { ...lot, remaining: sum(lot.remaining, changeOf(lot.kind, moved)) };
  });
}

/** The unbilled months after some transfers; a month that was paid stays, at zero. */
export function unbilledAfter(
  before: readonly UnbilledPeriod[],
  transfers: readonly Transfer[],
): readonly UnbilledPeriod[] {
  if (!transfers.some(({ period }) => period !== null)) return before;
  const touched = transfers.flatMap(({ period }) => (period === null ? [] : [period]));
  const periods = new Set([...before.map(({ period }) => period), ...touched]);
  return [...periods].toSorted().map((period) => {
    const amount = before.find((row) => row.period === period)?.amount ?? ZERO;
    const moved = transfers.filter((transfer) => transfer.period === period);
    return { period, amount: sum(amount, changeOf('unbilled', moved)) };
  });
}
