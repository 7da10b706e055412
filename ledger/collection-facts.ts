import type { AccountId } from '../domain/account.ts';
import type { CardAttempt, InvoiceAttempt } from '../domain/collection.ts';
import type { InvoicePayment } from '../domain/invoice-payments.ts';
import { uuidOf } from './account-id.ts';
import { byAccount } from './by-account.ts';
import { readCardAttempts, readInvoiceAttempts } from './charge-attempts.ts';
import { readCollections, type InvoiceName, type StoredCollection } from './collection-rows.ts';
import type { Session } from './database.ts';
import { readInvoicePayments } from './invoice-payment-rows.ts';

/** What the collection of one invoice is decided from, beside the invoice and the cards. */
export interface CollectionReading {
  /** Null where nothing of it is to be collected so far. */
  readonly stored: StoredCollection | null;
  readonly attempts: readonly InvoiceAttempt[];
  readonly cardAttempts: readonly CardAttempt[];
  /** Oldest first. */
  readonly payments: readonly InvoicePayment[];
}

export interface CollectedInvoice extends InvoiceName {
  /** The clock, without the account's test clock. */
  readonly clockMs: number;
}

/** The readings of the named invoices, one of an account, by account. */
export async function readCollectionFacts(
  session: Session,
  named: readonly CollectedInvoice[],
): Promise<(accountId: AccountId) => CollectionReading | null> {
  const uuids = named.map(({ accountId }) => uuidOf(accountId));
  const clockMs = Math.max(...named.map((name) => name.clockMs));
  const [collections, attempts, cardAttempts, payments] = await Promise.all([
    readCollections(session, named),
    readInvoiceAttempts(session, named),
    readCardAttempts(session, uuids, clockMs),
    readInvoicePayments(session, named),
  ]);
  const isNamed = new Set(named.map(({ accountId }) => accountId));
  const of = {
    collections: byAccount(collections),
    attempts: byAccount(attempts),
    cardAttempts: byAccount(cardAttempts),
    payments: byAccount(payments),
  };
  return (accountId) => {
    if (!isNamed.has(accountId)) return null;
    return {
      stored: of.collections(accountId)[0] ?? null,
      attempts: of.attempts(accountId),
      cardAttempts: of.cardAttempts(accountId),
      payments: of.payments(accountId),
    };
  };
}
