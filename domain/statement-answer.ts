import { decimal, instant } from './answer-values.ts';
import type { CurrencyCode } from './currencies.ts';
import { lotSource, type LotStatement } from './lot-statement.ts';
import { formatQuantity } from './meter.ts';
import { micros, type Micros } from './money.ts';
import type { PriceEntry } from './price.ts';
import {
  movementsOf,
  statementBooks,
  type StatementBalances,
  type StatementBook,
  type StatementEntry,
} from './statement.ts';
import type { PricedQuantity } from './usage-quantities.ts';
import type { DayUsage, LotUsage, ModelUsage, UsageDebits, UsageSums } from './usage-summary.ts';

/** What programs are told of statements: amounts as decimal strings, instants in ISO 8601. */

export function balancesAnswer(
  balances: StatementBalances,
  code: CurrencyCode,
): Record<StatementBook, string> {
  const entries = statementBooks.map((book) => [book, decimal(balances[book], code)] as const);
  return Object.fromEntries(entries) as Record<StatementBook, string>;
}

export function entryAnswer(entry: StatementEntry, code: CurrencyCode) {
  return {
    id: entry.eventId,
    at: instant(entry.occurredAtMs),
    kind: entry.event.kind,
    description: entry.words,
    movements: movementsOf(entry).map(({ words, amount, lotId, period, invoiceId }) => {
      const about = { lot: lotId, month: period as string | null, invoice: invoiceId };
      return { description: words, amount: decimal(amount, code), ...about };
    }),
    change: balancesAnswer(entry.change, code),
    balances: balancesAnswer(entry.after, code),
    policyVersion: entry.policyVersion,
  };
}

export function lotAnswer(lot: LotStatement, code: CurrencyCode) {
  const amount = (value: Micros) => decimal(value, code);
  return {
    id: lot.lotId,
    kind: lot.kind,
    source: lotSource(lot),
    acquiredAt: instant(lot.acquiredAtMs),
    amount: amount(lot.amount),
    used: amount(lot.used),
    expired: amount(lot.expired),
    withdrawn: amount(lot.withdrawn),
    remaining: amount(lot.remaining),
    held: amount(lot.held),
    scope: lot.scope === null ? null : [...lot.scope],
    expiresAt: instant(lot.expiresAtMs),
    frozenAt: instant(lot.frozenAtMs),
  };
}

function sumsAnswer(
  { cost, free, purchased, unbilled, writtenOff }: UsageSums,
  code: CurrencyCode,
) {
  return {
    cost: decimal(cost, code),
    free: decimal(free, code),
    purchased: decimal(purchased, code),
    unbilled: decimal(unbilled, code),
    writtenOff: decimal(writtenOff, code),
  };
}

export function dayUsageAnswer(row: DayUsage, code: CurrencyCode) {
  return { day: row.day, ...modelUsageAnswer(row, code) };
}

export function modelUsageAnswer(row: ModelUsage, code: CurrencyCode) {
  return { model: row.model === '' ? null : row.model, ...sumsAnswer(row, code) };
}

export function lotUsageAnswer({ pot, lotId, period, amount }: LotUsage, code: CurrencyCode) {
  return { pot, lot: lotId, month: period as string | null, amount: decimal(amount, code) };
}

export function debitsAnswer({ free, purchased, unbilled }: UsageDebits, code: CurrencyCode) {
  return {
    debited: decimal(micros(free + purchased + unbilled), code),
    free: decimal(free, code),
    purchased: decimal(purchased, code),
    unbilled: decimal(unbilled, code),
  };
}

/** A quantity with what it is of, and the price it is charged at. */
export function quantityAnswer(
  { priceId, quantity }: PricedQuantity,
  prices: ReadonlyMap<number, PriceEntry>,
) {
  const price = prices.get(priceId);
  if (price === undefined) throw new Error(`usage names the price ${priceId}, which is not there`);
  const { model, meter, rate } = price;
  return {
    model,
    meter,
    quantity: formatQuantity(quantity, meter),
    price: {
      id: priceId,
      amount: rate?.amount ?? null,
      per: rate?.per ?? null,
      tiers: (rate?.tiers ?? []).map(({ from, amount }) => ({ from, amount })),
    },
  };
}
