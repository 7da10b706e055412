import type { Account } from '../domain/account.ts';
import { accountNowMs } from '../domain/account-time.ts';
import { dueTimes, type DueTimes } from '../domain/collection-times.ts';
import {
  nextChargeAtMs,
  nextStep,
  type CollectionFacts,
  type CollectionStep,
} from '../domain/collection.ts';
import { failure } from '../domain/failures.ts';
import type { InvoicePayment } from '../domain/invoice-payments.ts';
import type { Invoice } from '../domain/invoices.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import { uuidOf } from './account-id.ts';
import { readAccounts } from './account-rows.ts';
import { readCards } from './card-rows.ts';
import { readCollectionFacts } from './collection-facts.ts';
import type { InvoiceName, StoredCollection } from './collection-rows.ts';
import type { Ledger, Session } from './database.ts';
import { readInvoices } from './invoice-rows.ts';

/** What an operator did about an invoice. */
export interface CollectionAudit {
  readonly actor: string;
  /** "collection.pause" and the like. */
  readonly action: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly occurredAtMs: number;
}

/** One invoice's collection as it stands, for people who look after it. */
export interface CollectionStory extends Pick<CollectionFacts, 'attempts' | 'cards'> {
  readonly account: Account;
  readonly invoice: Invoice;
  /** Null where nothing of it is to be collected so far. */
  readonly stored: StoredCollection | null;
  /** Oldest first, as what follows. */
  readonly payments: readonly InvoicePayment[];
  readonly audit: readonly CollectionAudit[];
  /** What is done next, decided from the facts of now. */
  readonly step: CollectionStep;
  readonly times: DueTimes;
  /** The account's own time. */
  readonly nowMs: number;
}

/**
 * Reads a collection and decides its next step, as its workflow would, without a lock and without
 * recording anything. @throws SolventError invoice_not_found.
 */
export async function readCollectionStory(
  ledger: Ledger,
  { accountId, invoiceId, nowMs: clockMs }: InvoiceName & { readonly nowMs: number },
  policies: PolicySchedule,
): Promise<CollectionStory> {
  const name = { accountId, invoiceId };
  const uuids = [uuidOf(accountId)];
  return ledger.snapshot(async (session) => {
    const [[account], [invoice], allCards, readingOf, audit] = await Promise.all([
      readAccounts(session, uuids),
      readInvoices(session, [name]),
      readCards(session, uuids),
      readCollectionFacts(session, [{ ...name, clockMs }]),
      readAudit(session, name),
    ]);
    const reading = readingOf(accountId);
    if (account === undefined || invoice === undefined || reading === null) {
      throw failure('invoice_not_found');
    }
    const { stored, attempts, cardAttempts, payments } = reading;
    const cards = allCards.filter(({ removedAtMs }) => removedAtMs === null);
    const { currency, timeZone, retryAfterDays } = account;
    const { pauses = [], retryAskedAtMs = null } = stored ?? {};
    const facts: CollectionFacts = {
      invoice,
      currency,
      attempts,
      cards,
      cardAttempts,
      pauses,
      retryAfterDays,
      retryAskedAtMs,
      timeZone,
    };
    const nowMs = accountNowMs(account, clockMs);
    const policy = policyAt(policies, nowMs);
    const step = nextStep(facts, policy, nowMs);
    const due = { ...invoice, pauses, nextChargeAtMs: nextChargeAtMs(step, nowMs) };
    const times = dueTimes(due, policy);
    return { account, invoice, stored, attempts, cards, payments, audit, step, times, nowMs };
  });
}

function readAudit(
  session: Session,
  { accountId, invoiceId }: InvoiceName,
): Promise<CollectionAudit[]> {
  return session.read(
    `select actor, action, detail, occurred_at as "occurredAtMs" from audit_log
     where account_id = $1 and action like 'collection.%' and detail ->> 'invoiceId' = $2
     order by audit_id`,
    [uuidOf(accountId), invoiceId],
  );
}
