import type { AccessFacts } from '../domain/access.ts';
import type {
  Account,
  AccountId,
  Balances,
  CreditLot,
  OpenInvoice,
  UnbilledPeriod,
} from '../domain/account.ts';
import { usableUntilMs } from '../domain/cards.ts';
import { failure } from '../domain/failures.ts';
import type { Hold } from '../domain/holds.ts';
import type { Invoice } from '../domain/invoices.ts';
import { isFinal, type PurchaseFacts } from '../domain/purchase.ts';
import type { UsageFacts } from '../domain/usage.ts';
import { totalName, type UsageTotal } from '../domain/usage-tally.ts';
import { uuidOf } from './account-id.ts';
import {
  lockBalances,
  readAccounts,
  readAllLots,
  readRemainingLots,
  readUnbilledPeriods,
} from './account-rows.ts';
import { readCards, readCardsLastDay, type StoredCard } from './card-rows.ts';
import { readCollectionFacts, type CollectionReading } from './collection-facts.ts';
import { byAccount } from './by-account.ts';
import type { Session } from './database.ts';
import { readNamedAndRecentGrants, type RecentGrant } from './grant-rows.ts';
import { readBusinessRows, type BusinessRow } from './business-rows.ts';
import { readHolds } from './hold-rows.ts';
import { readInvoices, readOpenInvoices } from './invoice-rows.ts';
import { readInvoicing, type InvoicedMonth, type InvoicingReading } from './invoicing-facts.ts';
import { countReceipts, readOpenAndNamedPurchases, type StoredPurchase } from './purchase-rows.ts';
import { readCorrected, readUsage, readUsageTotals } from './usage-rows.ts';
import { readWebhookListeners } from './webhook-listeners.ts';

/** All that a change decides from: one account's state while its lock is held. */
export interface AccountFacts extends PurchaseFacts, AccessFacts {
  readonly account: Account;
  readonly balances: Balances;
  readonly unbilledPeriods: readonly UnbilledPeriod[];
  /** Open purchases, and those the batch names, by id; empty where it reads no purchases. */
  readonly purchases: ReadonlyMap<string, StoredPurchase>;
  readonly openPurchases: readonly StoredPurchase[];
  /** How many receipts were given out; 0 where the batch reads no purchases. */
  readonly receipts: number;
  /** Cards on file; empty where the batch reads no cards. */
  readonly cards: readonly StoredCard[];
  readonly removedCards: readonly StoredCard[];
  /** Lots with anything left, oldest first; empty where the batch does not read access. */
  readonly lots: readonly CreditLot[];
  readonly openInvoices: readonly OpenInvoice[];
  /** Read for every change: what it tells of the balance limit depends on it. */
  readonly cardUsableUntilMs: number | null;
  /**
   * The holds that the batch names, by id, as its last decision left them: one map, altered in
   * place, since a copy for each of a hot account's decisions costs the square of their number.
   */
  readonly holds: Map<string, Hold>;
  /** The grants that the batch names, and recent ones; empty where it names none. */
  readonly grants: ReadonlyMap<string, RecentGrant>;
  /** Of the usage events that the batch names, and of their prices; empty where it names none. */
  readonly usage: UsageFacts;
  /** Of the charges that the batch takes back: those that were taken back before. */
  readonly corrected: ReadonlySet<number>;
  /** Null where the change makes no invoice. */
  readonly invoicing: InvoicingReading | null;
  /** The invoices that the batch names, by id. */
  readonly invoices: ReadonlyMap<string, Invoice>;
  /** Of the invoice whose collection the change is about; null where it is about none. */
  readonly collection: CollectionReading | null;
  /** Null where the batch reads no business data. */
  readonly business: BusinessRow | null;
  /** Whether a webhook endpoint may want to be told; true where the batch does not look. */
  readonly isListenedTo: boolean;
}

/** What a change has to know beside account, balances and unbilled months. */
export interface Reading {
  /** The purchase the change is about; the account's open ones are read with it. */
  readonly purchaseId?: string;
  readonly cards?: true;
  /** Lots and open invoices: with what is always read, all that a request's admission depends on. */
  readonly access?: true;
  /** The hold the change is about. */
  readonly holdId?: string;
  /** The grant the change is about; those posted in the last 24 hours are read with it. */
  readonly grantId?: string;
  /** The usage events the change is about, and what they may be charged at. */
  readonly usage?: UsageReading;
  /** The month that the change makes an invoice of. */
  readonly invoicing?: Omit<InvoicedMonth, 'accountId'>;
  /** All lots, also those that nothing is left of. */
  readonly everyLot?: true;
  /** Charges of usage that the change takes back, by their billing events. */
  readonly corrects?: readonly number[];
  /** The invoice the change is about. */
  readonly invoiceId?: string;
  /** The invoice whose collection the change is about; `cards` and `invoiceId` go with it. */
  readonly collection?: { readonly invoiceId: string; readonly clockMs: number };
  /** What its invoices are to say of the business. */
  readonly business?: true;
  /** Whether anybody is told by webhook: a page of hundreds need not write out what nobody wants. */
  readonly listeners?: true;
}

export interface UsageReading {
  readonly usageKeys: readonly string[];
  readonly prices: readonly Pick<UsageTotal, 'priceId' | 'period'>[];
}

type OwnReading = Reading & { readonly accountId: AccountId };

/** Locks the accounts and reads their facts; accounts that do not exist are missing from the answer. */
export async function lockFacts(
  session: Session,
  accountIds: readonly AccountId[],
  readings: readonly OwnReading[],
): Promise<Map<AccountId, AccountFacts>> {
  const rows = await lockAndRead(session, accountIds, readings);
  return new Map(rows.balances.map((row) => [row.accountId, factsOf(row, rows)]));
}

/**
 * All but the balances are read in statements after the lock, never joined into it: a statement
 * that waited for a lock re-reads the locked row only, and sees the rest as it was before.
 */
async function lockAndRead(
  session: Session,
  accountIds: readonly AccountId[],
  readings: readonly OwnReading[],
) {
  const uuids = accountIds.map(uuidOf);
  const named = namesIn(readings);
  const readsCards = readings.some((reading) => reading.cards);
  const readsAccess = readings.some((reading) => reading.access);
  const [hasPurchases, hasUsage] = [named.purchases.length > 0, named.usage.length > 0];
  // Sent in this order, in one go: the lock first.
  const rows = await allOf({
    balances: lockBalances(session, uuids),
    accounts: readAccounts(session, uuids),
    unbilled: readUnbilledPeriods(session, uuids),
    purchases: hasPurchases ? readOpenAndNamedPurchases(session, uuids, named.purchases) : [],
    receipts: hasPurchases ? countReceipts(session, uuids) : [],
    cards: readsCards ? readCards(session, uuids) : [],
    lastDays: readsCards ? [] : readCardsLastDay(session, uuids),
    lots: readings.some((reading) => reading.everyLot)
      ? readAllLots(session, uuids)
      : readsAccess
        ? readRemainingLots(session, uuids)
        : [],
    openInvoices: readsAccess ? readOpenInvoices(session, uuids) : [],
    holds: named.holds.length > 0 ? readHolds(session, named.holds) : [],
    grants: named.grants.length > 0 ? readNamedAndRecentGrants(session, uuids, named.grants) : [],
    usage: hasUsage ? readUsage(session, named.usage) : [],
    totals: hasUsage ? readUsageTotals(session, named.usage) : [],
    invoices: named.invoices.length > 0 ? readInvoices(session, named.invoices) : [],
    invoicing: named.months.length > 0 ? readInvoicing(session, named.months) : null,
    businesses: readings.some((reading) => reading.business)
      ? readBusinessRows(session, accountIds)
      : [],
    corrected: named.corrections.length > 0 ? readCorrected(session, named.corrections) : [],
    collection:
      named.collections.length > 0 ? readCollectionFacts(session, named.collections) : null,
    isListenedTo: readings.every((reading) => reading.listeners)
      ? readWebhookListeners(session, uuids)
      : null,
  });
  return {
    balances: rows.balances,
    readsCards,
    accounts: byAccount(rows.accounts),
    unbilled: byAccount(rows.unbilled),
    purchases: byAccount(rows.purchases),
    receipts: byAccount(rows.receipts),
    cards: byAccount(rows.cards),
    lastDays: byAccount(rows.lastDays),
    lots: byAccount(rows.lots),
    openInvoices: byAccount(rows.openInvoices),
    holds: byAccount(rows.holds),
    grants: byAccount(rows.grants),
    usage: byAccount(rows.usage),
    totals: byAccount(rows.totals),
    invoices: byAccount(rows.invoices),
    invoicing: rows.invoicing,
    businesses: byAccount(rows.businesses),
    corrected: byAccount(rows.corrected),
    collection: rows.collection,
    isListenedTo: rows.isListenedTo,
  };
}

type LoadedRows = Awaited<ReturnType<typeof lockAndRead>>;

/** What the readings name, each with its account where the name alone does not say it. */
function namesIn(readings: readonly OwnReading[]) {
  return {
    purchases: readings.flatMap(({ purchaseId }) => purchaseId ?? []),
    grants: readings.flatMap(({ grantId }) => grantId ?? []),
    holds: readings.flatMap(({ accountId, holdId }) =>
      holdId === undefined ? [] : [{ accountId, holdId }],
    ),
    usage: readings.flatMap(({ accountId, usage }) =>
      usage === undefined ? [] : [{ accountId, ...usage }],
    ),
    invoices: readings.flatMap(({ accountId, invoiceId }) =>
      invoiceId === undefined ? [] : [{ accountId, invoiceId }],
    ),
    corrections: readings.flatMap(({ accountId, corrects = [] }) =>
      corrects.map((eventId) => ({ accountId, eventId })),
    ),
    months: readings.flatMap(({ accountId, invoicing }) =>
      invoicing === undefined ? [] : [{ accountId, ...invoicing }],
    ),
    collections: readings.flatMap(({ accountId, collection }) =>
      collection === undefined ? [] : [{ accountId, ...collection }],
    ),
  };
}

/** `Promise.all` for members that have names instead of places. */
async function allOf<Members extends Readonly<Record<string, unknown>>>(
  members: Members,
): Promise<{ readonly [Name in keyof Members]: Awaited<Members[Name]> }> {
  const values = await Promise.all(Object.values(members));
  const entries = Object.keys(members).map((name, index) => [name, values[index]] as const);
  return Object.fromEntries(entries) as { [Name in keyof Members]: Awaited<Members[Name]> };
}

function factsOf(
  { accountId, ...balances }: LoadedRows['balances'][number],
  rows: LoadedRows,
): AccountFacts {
  const [account] = rows.accounts(accountId);
  if (account === undefined) throw new Error(`${accountId} has balances, but no account`);
  const purchases = rows.purchases(accountId);
  const known = rows.cards(accountId);
  const cards = known.filter(({ removedAtMs }) => removedAtMs === null);
  return {
    account,
    balances,
    unbilledPeriods: rows.unbilled(accountId),
    purchases: byName(purchases, ({ purchaseId }) => purchaseId),
    openPurchases: purchases.filter(({ state }) => !isFinal(state)),
    receipts: rows.receipts(accountId)[0]?.receipts ?? 0,
    cards,
    removedCards: known.filter(({ removedAtMs }) => removedAtMs !== null),
    lots: rows.lots(accountId),
    openInvoices: rows.openInvoices(accountId),
    cardUsableUntilMs: rows.readsCards
      ? usableUntilMs(cards.map(({ card }) => card))
      : (rows.lastDays(accountId)[0]?.usableUntilMs ?? null),
    holds: new Map(rows.holds(accountId).map((hold) => [hold.holdId, hold])),
    grants: byName(rows.grants(accountId), ({ grant }) => grant.grantId),
    usage: {
      recorded: byName(rows.usage(accountId), ({ usageKey }) => usageKey),
      totals: byName(rows.totals(accountId), totalName),
    },
    corrected: new Set(rows.corrected(accountId).map(({ eventId }) => eventId)),
    invoicing: rows.invoicing?.(accountId) ?? null,
    invoices: byName(rows.invoices(accountId), ({ invoiceId }) => invoiceId),
    collection: rows.collection?.(accountId) ?? null,
    business: rows.businesses(accountId)[0] ?? null,
    isListenedTo: rows.isListenedTo?.(accountId) ?? true,
  };
}

/** Rows by their names. Most are none: of a page of hundreds of accounts, those share one map. */
function byName<Row>(rows: readonly Row[], nameOf: (row: Row) => string): ReadonlyMap<string, Row> {
  return rows.length === 0 ? none : new Map(rows.map((row) => [nameOf(row), row]));
}

const none: ReadonlyMap<string, never> = new Map<string, never>();

/** Throws SolventError purchase_not_found where the account has no such purchase. */
export function purchaseNamed(facts: AccountFacts, purchaseId: string): StoredPurchase {
  const purchase = facts.purchases.get(purchaseId);
  if (purchase === undefined) throw failure('purchase_not_found');
  return purchase;
}
