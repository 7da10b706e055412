import type { Account, CreditLot } from '../domain/account.ts';
import type { BillingEvent } from '../domain/billing-events.ts';
import { balancesAfter, transfersOf, type Transfer } from '../domain/bookkeeping.ts';
import type { BusinessProfile } from '../domain/business-profile.ts';
import type { ChargeAttempt } from '../domain/charge-attempt.ts';
import { usableUntilMs } from '../domain/cards.ts';
import type { Grant } from '../domain/grants.ts';
import { lotMadeBy, lotsAfter, unbilledAfter } from '../domain/lots.ts';
import { lotsAfterHold, reservedBy, type Hold } from '../domain/holds.ts';
import type { CreditNote } from '../domain/invoice-corrections.ts';
import { openInvoicesAfter, type Invoice } from '../domain/invoices.ts';
import type { CountedCredits } from '../domain/invoicing.ts';
import { micros, totalOf } from '../domain/money.ts';
import type { Notice } from '../domain/notices.ts';
import { isFinal } from '../domain/purchase.ts';
import { usageAfter, type RecordedUsage } from '../domain/usage.ts';
import type { InvoicePayment } from '../domain/invoice-payments.ts';
import type { AuditEntry } from './audit.ts';
import type { StoredCard } from './card-rows.ts';
import type { AttemptPurpose } from './charge-attempts.ts';
import type { StoredCollection } from './collection-rows.ts';
import type { AccountFacts } from './facts.ts';
import type { Deferral } from './invoice-deferrals.ts';
import type { Locator } from './locators.ts';
import type { StoredPurchase } from './purchase-rows.ts';

/** What a change does. All of it is recorded together, or nothing. */
export interface Decision<Result> {
  /** Plain JSON: it is stored, and answered again to every repeat. */
  readonly result: Result;
  readonly events?: readonly BillingEvent[];
  /** When they happened, where only the facts tell: an account's own time. Else the entry says. */
  readonly occurredAtMs?: number;
  /** The account's settings as they are after the change. */
  readonly account?: Account;
  /** The purchase as it is after the change. */
  readonly purchase?: StoredPurchase;
  /** Cards that the change adds or alters, as they are after it; removed ones with their time. */
  readonly cards?: readonly StoredCard[];
  /** A hold that the change makes or alters, as it is after it. */
  readonly hold?: Hold;
  /** The usage events that the change's first billing event charges. */
  readonly usage?: readonly RecordedUsage[];
  /** A grant that the change makes or decides, as it is after it. */
  readonly grant?: Grant;
  /** An invoice that the change makes; its lines are what no other invoice shows by then. */
  readonly issued?: { readonly invoice: Invoice; readonly credits: CountedCredits };
  /** An invoice that the change alters, as it is after it. */
  readonly invoice?: Invoice;
  readonly creditNote?: CreditNote;
  /** Whether the account's invoice of a month waits (R40). */
  readonly deferral?: Deferral;
  /** The business data that later invoices are to show. */
  readonly business?: BusinessProfile;
  readonly attempt?: ChargeAttempt & AttemptPurpose;
  /** The collection that the change is about, as it is after it. */
  readonly collection?: StoredCollection;
  /** A payment of an invoice that the change makes or alters, as it is after it. */
  readonly payment?: InvoicePayment;
  readonly notices?: readonly { readonly notice: Notice; readonly occurredAtMs: number }[];
  readonly locators?: readonly Omit<Locator, 'accountId'>[];
  readonly audit?: Omit<AuditEntry, 'accountId'>;
}

/** One billing event as it is recorded: its place in the account's life, and what it moves. */
export interface Entry {
  readonly eventId: number;
  readonly event: BillingEvent;
  readonly occurredAtMs: number;
  readonly transfers: readonly Transfer[];
  readonly lot: CreditLot | null;
  /** The usage events it charges. */
  readonly usage: readonly RecordedUsage[];
}

export interface Outcome {
  /** From which the next change to the account decides. */
  readonly after: AccountFacts;
  readonly entries: readonly Entry[];
  /** The hold that the decision alters, as it was; undefined where it makes one, or none. */
  readonly holdBefore: Hold | undefined;
}

/** What a decision makes of the facts. */
export function outcomeOf(
  facts: AccountFacts,
  decision: Decision<unknown>,
  occurredAtMs: number | null,
): Outcome {
  const { account = facts.account, purchase, hold, cards, grant, invoice, events = [] } = decision;
  const { usage = [] } = decision;
  if (usage.length > 0 && events.length === 0)
    throw new Error('usage needs the event that charges it');
  const entries: Entry[] = [];
  const holdBefore = hold && facts.holds.get(hold.holdId);
  let after = hold === undefined ? facts : withHold(facts, holdBefore ?? null, hold);
  for (const event of events) {
    if (occurredAtMs === null) throw new Error('billing events need a time');
    const charged = entries.length === 0 ? usage : [];
    const entry = entryOf(event, after.balances.version + 1, occurredAtMs, charged);
    entries.push(entry);
    after = withEntry(after, entry);
  }
  if (account !== facts.account) after = { ...after, account };
  if (purchase !== undefined) after = { ...after, ...withPurchase(facts, purchase) };
  if (cards !== undefined) after = { ...after, ...withCards(facts, cards) };
  if (grant !== undefined) after = { ...after, ...withGrant(facts, grant) };
  if (decision.business !== undefined && after.business !== null) {
    after = { ...after, business: { ...after.business, ...decision.business } };
  }
  if (invoice !== undefined) {
    const invoices = new Map(facts.invoices).set(invoice.invoiceId, invoice);
    after = { ...after, invoices };
  }
  return { after, entries, holdBefore };
}

function entryOf(
  event: BillingEvent,
  eventId: number,
  occurredAtMs: number,
  usage: readonly RecordedUsage[],
): Entry {
  return {
    eventId,
    event,
    occurredAtMs,
    usage,
    transfers: transfersOf(event, eventId),
    lot: lotMadeBy(event, eventId, occurredAtMs),
  };
}

function withEntry(facts: AccountFacts, entry: Entry): AccountFacts {
  const { event, transfers, lot, usage } = entry;
  const { balances, unbilledPeriods } = facts;
  const lots = lotsAfter(facts.lots, transfers);
  return {
    ...facts,
    balances: balancesAfter(balances, event, transfers),
    unbilledPeriods: unbilledAfter(unbilledPeriods, transfers),
    lots: lot === null ? lots : [...lots, lot],
    openInvoices: openInvoicesAfter(facts.openInvoices, event, transfers),
    usage: event.kind === 'usage_charged' ? usageAfter(facts.usage, event, usage) : facts.usage,
  };
}

/** A hold's share of lots and limit moves first: what a settle charges is free again by then. */
function withHold(facts: AccountFacts, holdBefore: Hold | null, hold: Hold): AccountFacts {
  const before = reservedBy(holdBefore);
  const after = reservedBy(hold);
  facts.holds.set(hold.holdId, hold);
  const { held, heldPostpaid, holdVersion } = facts.balances;
  return {
    ...facts,
    lots: lotsAfterHold(facts.lots, before, after),
    balances: {
      ...facts.balances,
      held: micros(held + totalOf(after.lots) - totalOf(before.lots)),
      heldPostpaid: micros(heldPostpaid + after.postpaid - before.postpaid),
      holdVersion: holdVersion + 1,
    },
  };
}

function withPurchase(facts: AccountFacts, purchase: StoredPurchase) {
  const purchases = new Map(facts.purchases).set(purchase.purchaseId, purchase);
  const openPurchases = [...purchases.values()].filter(({ state }) => !isFinal(state));
  return { purchases, openPurchases, receipts: purchase.receiptSequence ?? facts.receipts };
}

function withCards(facts: AccountFacts, changed: readonly StoredCard[]) {
  const all = new Map([...facts.cards, ...facts.removedCards].map((card) => [idOf(card), card]));
  for (const card of changed) all.set(idOf(card), card);
  const onFile = [...all.values()].filter(({ removedAtMs }) => removedAtMs === null);
  return {
    cards: onFile,
    removedCards: [...all.values()].filter(({ removedAtMs }) => removedAtMs !== null),
    cardUsableUntilMs: usableUntilMs(onFile.map(({ card }) => card)),
  };
}

function withGrant({ grants }: AccountFacts, grant: Grant) {
  const { accountId, grantId } = grant;
  return { grants: new Map(grants).set(grantId, { accountId, grant, isRecent: true }) };
}

function idOf({ paymentMethodId }: StoredCard): string {
  return paymentMethodId;
}
