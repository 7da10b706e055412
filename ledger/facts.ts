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

/**
 * Locks the accounts and reads their facts; accounts that do not exist are missing from the answer.
 *
 * All but the balances are read in statements after the lock, never joined into it: a statement
 * that waited for a lock re-reads the locked row only, and sees the rest as it was before.
 */
export async function lockFacts(
  session: Session,
  accountIds: readonly AccountId[],
  readings: readonly (Reading & { readonly accountId: AccountId })[],
): Promise<Map<AccountId, AccountFacts>> {
  const uuids = accountIds.map(uuidOf);
  const purchaseIds = readings.flatMap(({ purchaseId }) => purchaseId ?? []);
  const holdNames = readings.flatMap(({ accountId, holdId }) =>
    holdId === undefined ? [] : [{ accountId, holdId }],
  );
  const grantIds = readings.flatMap(({ grantId }) => grantId ?? []);
  const usages = readings.flatMap(({ accountId, usage }) =>
    usage === undefined ? [] : [{ accountId, ...usage }],
  );
  const invoiceNames = readings.flatMap(({ accountId, invoiceId }) =>
    invoiceId === undefined ? [] : [{ accountId, invoiceId }],
  );
  const corrections = readings.flatMap(({ accountId, corrects = [] }) =>
    corrects.map((eventId) => ({ accountId, eventId })),
  );
  const months = readings.flatMap(({ accountId, invoicing }) =>
    invoicing === undefined ? [] : [{ accountId, ...invoicing }],
  );
  const collected = readings.flatMap(({ accountId, collection }) =>
    collection === undefined ? [] : [{ accountId, ...collection }],
  );
  const readsCards = readings.some((reading) => reading.cards);
  const readsEveryLot = readings.some((reading) => reading.everyLot);
  const readsAccess = readings.some((reading) => reading.access);
  const readsBusiness = readings.some((reading) => reading.business);
  const readsListeners = readings.every((reading) => reading.listeners);
  const [balances, accounts, unbilled, ...others] = await Promise.all([
    lockBalances(session, uuids),
    readAccounts(session, uuids),
    readUnbilledPeriods(session, uuids),
    purchaseIds.length > 0 ? readOpenAndNamedPurchases(session, uuids, purchaseIds) : [],
    purchaseIds.length > 0 ? countReceipts(session, uuids) : [],
    readsCards ? readCards(session, uuids) : [],
    readsCards ? [] : readCardsLastDay(session, uuids),
    readsEveryLot
      ? readAllLots(session, uuids)
      : readsAccess
        ? readRemainingLots(session, uuids)
        : [],
    readsAccess ? readOpenInvoices(session, uuids) : [],
    holdNames.length > 0 ? readHolds(session, holdNames) : [],
    grantIds.length > 0 ? readNamedAndRecentGrants(session, uuids, grantIds) : [],
    usages.length > 0 ? readUsage(session, usages) : [],
    usages.length > 0 ? readUsageTotals(session, usages) : [],
    invoiceNames.length > 0 ? readInvoices(session, invoiceNames) : [],
    months.length > 0 ? readInvoicing(session, months) : null,
    readsBusiness ? readBusinessRows(session, accountIds) : [],
    corrections.length > 0 ? readCorrected(session, corrections) : [],
    collected.length > 0 ? readCollectionFacts(session, collected) : null,
    readsListeners ? readWebhookListeners(session, uuids) : null,
  ]);
  const [purchases, receipts, cards, lastDays, lots, invoices, holds, ...more] = others;
  const [grants, usage, totals, named, invoicingOf, ...last] = more;
  const [businesses, corrected, collectionOf, isListenedTo] = last;
  const rowsOf = {
    accounts: byAccount(accounts),
    unbilled: byAccount(unbilled),
    purchases: byAccount(purchases),
    receipts: byAccount(receipts),
    cards: byAccount(cards),
    lastDays: byAccount(lastDays),
    lots: byAccount(lots),
    invoices: byAccount(invoices),
    holds: byAccount(holds),
    grants: byAccount(grants),
    usage: byAccount(usage),
    totals: byAccount(totals),
    named: byAccount(named),
    businesses: byAccount(businesses),
    corrected: byAccount(corrected),
  };
  return new Map(
    balances.map(({ accountId, ...totals }): [AccountId, AccountFacts] => {
      const [account] = rowsOf.accounts(accountId);
      if (account === undefined) throw new Error(`${accountId} has balances, but no account`);
      const stored = rowsOf.purchases(accountId);
      const known = rowsOf.cards(accountId);
      const onFile = known.filter(({ removedAtMs }) => removedAtMs === null);
      const facts: AccountFacts = {
        account,
        balances: totals,
        unbilledPeriods: rowsOf.unbilled(accountId),
        purchases: byName(stored, ({ purchaseId }) => purchaseId),
        openPurchases: stored.filter(({ state }) => !isFinal(state)),
        receipts: rowsOf.receipts(accountId)[0]?.receipts ?? 0,
        cards: onFile,
        removedCards: known.filter(({ removedAtMs }) => removedAtMs !== null),
        lots: rowsOf.lots(accountId),
        openInvoices: rowsOf.invoices(accountId),
        cardUsableUntilMs: readsCards
          ? usableUntilMs(onFile.map(({ card }) => card))
          : (rowsOf.lastDays(accountId)[0]?.usableUntilMs ?? null),
        holds: new Map(rowsOf.holds(accountId).map((hold) => [hold.holdId, hold])),
        grants: byName(rowsOf.grants(accountId), ({ grant }) => grant.grantId),
        usage: {
          recorded: byName(rowsOf.usage(accountId), ({ usageKey }) => usageKey),
          totals: byName(rowsOf.totals(accountId), totalName),
        },
        corrected: new Set(rowsOf.corrected(accountId).map(({ eventId }) => eventId)),
        invoicing: invoicingOf?.(accountId) ?? null,
        invoices: byName(rowsOf.named(accountId), ({ invoiceId }) => invoiceId),
        collection: collectionOf?.(accountId) ?? null,
        business: rowsOf.businesses(accountId)[0] ?? null,
        isListenedTo: isListenedTo?.(accountId) ?? true,
      };
      return [accountId, facts];
    }),
  );
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
