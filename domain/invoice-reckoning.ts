import type { Account, Balances, CreditLot, LotPart, UnbilledPeriod } from './account.ts';
import { dayMs } from './durations.ts';
import type { InvoiceCredit, UnbilledPart } from './billing-events.ts';
import { currency as currencyOf, type Currency } from './currencies.ts';
import type { PurchaseUnderWay } from './invoice-deferral.ts';
import type { Invoice } from './invoices.ts';
import { fromMinorUnits, microsPerMinorUnit, smaller, subtract, sum, ZERO } from './money.ts';
import type { Micros } from './money.ts';
import { cutoffMsOf, nextPeriod, periodOf, type Period } from './period.ts';
import type { Policy } from './policy.ts';
import { taxOn, type Tax } from './tax.ts';

/** What an invoice is decided from. */
export interface InvoiceFacts {
  readonly account: Account;
  readonly balances: Pick<Balances, 'held' | 'heldPostpaid' | 'version'>;
  readonly unbilledPeriods: readonly UnbilledPeriod[];
  readonly lots: readonly CreditLot[];
  readonly usage: UninvoicedUsage;
  /** What packs paid, when they were bought, of the usage that no invoice shows yet (R22). */
  readonly packCredits: readonly InvoiceCredit[];
  readonly purchasesUnderWay: readonly PurchaseUnderWay[];
}

/** Usage recorded in months up to the invoice's, as far as no invoice shows it. */
export interface UninvoicedUsage {
  /** Its lines: 0 where there was none. */
  readonly lines: number;
  readonly cost: Micros;
  readonly free: Micros;
  readonly purchased: Micros;
  readonly unbilled: Micros;
  readonly writtenOff: Micros;
}

/** Which invoice is asked for. */
export interface InvoiceTerms {
  readonly invoiceId: string;
  /** `final`: the account's last one, of its use until now (R70). */
  readonly kind: 'monthly' | 'final';
  readonly period: Period;
  /** Usage before it, and credits bought before it (R39). */
  readonly cutoffMs: number;
  /** The account's own time. */
  readonly nowMs: number;
  /**
   * Set where it stands for a void one of the same cut-off: the credits that one had counted, and
   * those that a correction of the month's usage gave back, count, and no others.
   */
  readonly replaces?: {
    readonly invoiceId: string;
    readonly credits: readonly LotPart[];
    /** What it carried forward: that counts as a later month's already, and stays there. */
    readonly carriedForward: Micros;
  };
}

/** An invoice's amounts, before anything is recorded: what the preview shows, too (R63). */
export interface Reckoning {
  readonly usage: UninvoicedUsage;
  readonly broughtForward: Micros;
  readonly packCredits: readonly InvoiceCredit[];
  /** Credits that pay now. */
  readonly credits: readonly InvoiceCredit[];
  readonly net: readonly UnbilledPart[];
  readonly tax: Tax;
  readonly carried: readonly UnbilledPart[];
  readonly carriedTo: Period | null;
  /** Net and tax: what a card is charged; nothing, or at least the currency's least charge. */
  readonly amount: Micros;
  readonly chargeAtMs: number;
  readonly dueAtMs: number;
}

const endOfTime = '9999-12' as Period;

/**
 * The last month whose usage is on an invoice: its own; of an account's final one all that there is,
 * also what happened in the next month by a clock that is ahead of ours (R70).
 */
export function lastPostingPeriod({
  kind,
  period,
}: {
  readonly kind: Invoice['kind'];
  readonly period: Period;
}): Period {
  return kind === 'final' ? endOfTime : period;
}

/**
 * The amounts of an invoice of this month as things stand: credits pay first, oldest lot and oldest
 * month first; of the rest, what a card can be charged is asked for, with tax on it as a whole.
 */
export function reckonInvoice(
  facts: InvoiceFacts,
  terms: Pick<InvoiceTerms, 'kind' | 'period' | 'cutoffMs' | 'nowMs' | 'replaces'>,
  policy: Policy,
): Reckoning {
  const { account, usage } = facts;
  const { cutoffMs, replaces } = terms;
  const until = lastPostingPeriod(terms);
  const money = currencyOf(account.currency);
  const unbilled = facts.unbilledPeriods
    .filter((part) => part.period <= until && part.amount > 0)
    .toSorted((a, b) => (a.period < b.period ? -1 : 1));
  const packCredits = facts.packCredits.filter((part) => part.period <= until);
  const lots =
    replaces === undefined
      ? lotsBefore(facts.lots, cutoffMs)
      : lotsOf(replaces.credits, facts.lots);
  const { credits, left } = payWithCredits(unbilled, lots);
  const { net, tax, carried } = chargeable(left, account, policy, money);
  const amount = sum(tax.amount, ...net.map((part) => part.amount));
  const broughtForward = sum(
    replaces?.carriedForward ?? ZERO,
    subtract(ZERO, usage.unbilled),
    ...[...unbilled, ...packCredits].map((part) => part.amount),
  );
  const carriedTo = carriedToOf(account, terms);
  const { chargeAtMs, dueAtMs } = dueDates(account, terms, policy);
  // Written out: merging objects takes longer than all of the above.
  return {
    usage,
    broughtForward,
    packCredits,
    credits,
    net,
    tax,
    carried,
    carriedTo,
    amount,
    chargeAtMs,
    dueAtMs,
  };
}

interface PayingLot {
  readonly lotId: number;
  readonly available: Micros;
  readonly acquiredAtMs: number;
}

/** Purchased credits that may pay usage before the cut-off, oldest first (R39). */
function lotsBefore(lots: readonly CreditLot[], cutoffMs: number): PayingLot[] {
  return lots
    .filter(
      (lot) =>
        lot.kind === 'purchased' &&
        lot.frozenAtMs === null &&
        lot.acquiredAtMs < cutoffMs &&
        (lot.expiresAtMs === null || lot.expiresAtMs > cutoffMs) &&
        lot.remaining > lot.held,
    )
    .toSorted((a, b) => a.acquiredAtMs - b.acquiredAtMs || a.lotId - b.lotId)
    .map(({ lotId, remaining, held, acquiredAtMs }) => {
      return { lotId, acquiredAtMs, available: subtract(remaining, held) };
    });
}

/** The credits that count for an invoice that stands for a void one. */
function lotsOf(credits: readonly LotPart[], lots: readonly CreditLot[]): PayingLot[] {
  return credits.map(({ lotId, amount }) => {
    const lot = lots.find((other) => other.lotId === lotId);
    if (lot === undefined) throw new Error(`credits of lot ${lotId} count, which is not there`);
    return { lotId, acquiredAtMs: lot.acquiredAtMs, available: amount };
  });
}

/**
 * Each month is paid by credits bought before its own end only, also where it comes late: after its
 * own invoice, or together with the next month (R39).
 */
function payWithCredits(
  unbilled: readonly UnbilledPart[],
  lots: readonly PayingLot[],
): { readonly credits: InvoiceCredit[]; readonly left: UnbilledPart[] } {
  const credits: InvoiceCredit[] = [];
  const left: UnbilledPart[] = [];
  const sources = lots.map((lot) => ({ ...lot }));
  for (const { period, amount } of unbilled) {
    let missing = amount;
    for (const source of sources) {
      const paid = smaller(missing, source.available);
      if (paid === 0 || source.acquiredAtMs >= cutoffMsOf(period)) continue;
      addCredit(credits, { lotId: source.lotId, period, amount: paid });
      source.available = subtract(source.available, paid);
      missing = subtract(missing, paid);
    }
    if (missing > 0) left.push({ period, amount: missing });
  }
  return { credits, left };
}

function addCredit(credits: InvoiceCredit[], { lotId, period, amount }: InvoiceCredit): void {
  const last = credits.at(-1);
  if (last?.lotId === lotId && last.period === period) {
    credits[credits.length - 1] = { lotId, period, amount: sum(last.amount, amount) };
  } else credits.push({ lotId, period, amount });
}

/** Splits what is left to pay into what a card is charged and what it cannot be charged (R38). */
function chargeable(
  left: readonly UnbilledPart[],
  account: Account,
  policy: Policy,
  money: Currency,
): { readonly net: UnbilledPart[]; readonly tax: Tax; readonly carried: UnbilledPart[] } {
  const place = { country: account.taxCountry, region: account.taxRegion };
  const total = sum(...left.map(({ amount }) => amount));
  const rounded = subtract(total, (total % microsPerMinorUnit(money)) as Micros);
  const tax = taxOn(rounded, place, policy.taxRates, money);
  const leastCharge = fromMinorUnits(money.minimumChargeMinorUnits, money);
  const isEnough = sum(rounded, tax.amount) >= leastCharge;
  const { taken: net, rest: carried } = takeOldest(left, isEnough ? rounded : ZERO);
  return { net, tax: isEnough ? tax : taxOn(ZERO, place, policy.taxRates, money), carried };
}

function takeOldest(parts: readonly UnbilledPart[], amount: Micros) {
  const taken: UnbilledPart[] = [];
  const rest: UnbilledPart[] = [];
  let missing = amount;
  for (const part of parts) {
    const share = smaller(missing, part.amount);
    missing = subtract(missing, share);
    if (share > 0) taken.push({ period: part.period, amount: share });
    if (share < part.amount) {
      rest.push({ period: part.period, amount: subtract(part.amount, share) });
    }
  }
  return { taken, rest };
}

/** What is carried belongs to the next month; of a later correction, to the month still open. */
function carriedToOf(
  { status }: Account,
  { kind, period, nowMs, replaces }: Pick<InvoiceTerms, 'kind' | 'period' | 'nowMs' | 'replaces'>,
): Period | null {
  if (kind === 'final' || status === 'closed') return null;
  const next = nextPeriod(period);
  const open = periodOf(nowMs);
  return replaces === undefined || open < next ? next : open;
}

/**
 * When the card is charged, and the end of the day it is to be paid by (R38, R67). An invoice made
 * later than on the 1st leaves as many days as one made in time.
 */
function dueDates(
  { netDays }: Account,
  { cutoffMs, nowMs }: Pick<InvoiceTerms, 'cutoffMs' | 'nowMs'>,
  policy: Policy,
): { readonly chargeAtMs: number; readonly dueAtMs: number } {
  const latestMs = Math.max(cutoffMs, nowMs);
  const issuedOnMs = latestMs - (latestMs % dayMs);
  const chargeAtMs = issuedOnMs + (netDays ?? policy.invoices.chargeDay - 1) * dayMs;
  return { chargeAtMs, dueAtMs: chargeAtMs + dayMs };
}
