import type { Account, AccountId, CreditLot } from '../domain/account.ts';
import type { UsageCharged } from '../domain/billing-events.ts';
import { usableUntilMs as lastUsableMs } from '../domain/cards.ts';
import type { Grant } from '../domain/grants.ts';
import type { Hold } from '../domain/holds.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { invoicesMadeBy } from '../domain/invoices.ts';
import {
  addPostings,
  postingName,
  postingsOf,
  type UsagePosting,
} from '../domain/usage-postings.ts';
import {
  insertAccountVersions,
  writeAccounts,
  writeBalances,
  writeLots,
  writeUnbilledPeriods,
  type AccountVersionRow,
  type BalancesRow,
  type OwnedLot,
  type PlaceInLife,
  type UnbilledRow,
} from './account-rows.ts';
import { insertAudit, type AuditEntry } from './audit.ts';
import { insertCardVersions, writeCards, type CardRow, type CardVersionRow } from './card-rows.ts';
import type { EntryHead } from './change.ts';
import { writeBusinessRows, type ChangedBusiness } from './business-rows.ts';
import { insertAttempts, type AttemptRow } from './charge-attempts.ts';
import {
  insertPlans,
  writeCollections,
  writePauses,
  type CollectionRow,
  type PauseRow,
  type PlanRow,
} from './collection-rows.ts';
import { writeInvoicePayments, type InvoicePaymentRow } from './invoice-payment-rows.ts';
import type { Session } from './database.ts';
import type { Decision, Entry, Outcome } from './decision.ts';
import {
  insertEvents,
  insertLots,
  insertTransfers,
  type EventRow,
  type LotRow,
  type RecordedChange,
  type TransferRow,
} from './entries.ts';
import type { AccountFacts } from './facts.ts';
import { writeGrants } from './grant-rows.ts';
import {
  insertExtensions,
  insertHolds,
  writeHolds,
  type ExtensionRow,
  type HoldRow,
} from './hold-rows.ts';
import { hashOfInput } from './input-hash.ts';
import { issueInvoices } from './invoice-issuing.ts';
import { insertCreditNotes, type CreditNoteRow } from './credit-note-rows.ts';
import { writeDeferrals, type DeferralRow } from './invoice-deferrals.ts';
import {
  insertImportedInvoices,
  writeInvoices,
  type InvoiceRow,
  type IssuedRow,
} from './invoice-rows.ts';
import { insertLocators, type Locator } from './locators.ts';
import {
  insertNotices,
  insertNumberedNotices,
  isNumbered,
  noticeIdOf,
  type NoticeRow,
} from './notice-rows.ts';
import { writePurchases, type StoredPurchase } from './purchase-rows.ts';
import { addToPostings, insertUsage, type PostingRow, type UsageRow } from './usage-rows.ts';
import { insertWebhookMessages, type WebhookMessageRow } from './webhook-messages.ts';

/**
 * Collects what a batch of changes decided, and writes it with one statement for each table,
 * whatever the number of accounts. Rows that several changes alter are written once, as they are
 * in the end.
 */
export class Recording {
  readonly #events: EventRow[] = [];
  readonly #transfers: TransferRow[] = [];
  readonly #newLots: LotRow[] = [];
  readonly #imported: Parameters<typeof insertImportedInvoices>[1][number][] = [];
  readonly #issued: IssuedRow[] = [];
  readonly #invoices = new Map<string, InvoiceRow>();
  readonly #creditNotes: CreditNoteRow[] = [];
  readonly #deferrals: DeferralRow[] = [];
  readonly #extensions: ExtensionRow[] = [];
  readonly #accountVersions: AccountVersionRow[] = [];
  readonly #cardVersions: CardVersionRow[] = [];
  readonly #attempts: AttemptRow[] = [];
  readonly #collections = new Map<string, CollectionRow>();
  readonly #plans: PlanRow[] = [];
  readonly #pauses = new Map<string, PauseRow>();
  readonly #payments = new Map<string, InvoicePaymentRow>();
  readonly #notices: NoticeRow[] = [];
  readonly #locators: Locator[] = [];
  readonly #audit: AuditEntry[] = [];
  readonly #messages: WebhookMessageRow[] = [];
  readonly #balances = new Map<AccountId, BalancesRow>();
  readonly #lots = new Map<string, OwnedLot>();
  readonly #grants = new Map<string, Grant>();
  readonly #usage: UsageRow[] = [];
  readonly #postings = new Map<string, PostingRow>();
  readonly #newHolds = new Map<string, HoldRow>();
  readonly #holds = new Map<string, HoldRow>();
  readonly #unbilled = new Map<string, UnbilledRow>();
  readonly #accounts = new Map<AccountId, Account>();
  readonly #purchases = new Map<string, StoredPurchase>();
  readonly #cards = new Map<string, CardRow>();
  readonly #businesses = new Map<AccountId, ChangedBusiness>();

  /** Adds a decision's billing events; the first one answers for the change when it is repeated. */
  addEvents(
    { accountId, currency }: Account,
    entries: readonly Entry[],
    result: unknown,
    { key, input, policies }: EntryHead,
  ): RecordedChange | null {
    const recorded =
      key === null ? null : { accountId, key, inputHash: hashOfInput(input), result };
    for (const [index, { eventId, event, occurredAtMs, ...made }] of entries.entries()) {
      const { version: policyVersion } = policyAt(policies, occurredAtMs);
      const row = { accountId, eventId, event, policyVersion, occurredAtMs };
      this.#events.push({ ...row, recorded: index === 0 ? recorded : null });
      if (made.lot !== null) this.#newLots.push({ accountId, ...made.lot });
      if (event.kind === 'usage_charged') this.#addPostings(accountId, event, occurredAtMs);
      if (event.kind === 'usage_corrected') this.#post(accountId, event.postings);
      for (const usage of made.usage) this.#usage.push({ accountId, eventId, ...usage });
      if (event.kind === 'opening_balance') {
        const issued = { issuedEventId: eventId, issuedAtMs: occurredAtMs };
        for (const invoice of invoicesMadeBy(event)) {
          this.#imported.push({ accountId, ...invoice, ...issued });
        }
      }
      for (const [seq, transfer] of made.transfers.entries()) {
        this.#transfers.push({ accountId, eventId, seq, currency, ...transfer });
      }
    }
    return recorded;
  }

  #addPostings(accountId: AccountId, event: UsageCharged, occurredAtMs: number): void {
    this.#post(accountId, postingsOf(event, occurredAtMs));
  }

  #post(accountId: AccountId, postings: readonly UsagePosting[]): void {
    for (const posting of postings) {
      const name = `${accountId} ${postingName(posting)}`;
      const before = this.#postings.get(name);
      const after = before === undefined ? posting : addPostings(before, posting);
      this.#postings.set(name, { accountId, ...after });
    }
  }

  /** Adds all else that a decision changes, from the account's facts before and after it. */
  addState(
    before: AccountFacts,
    { after, holdBefore }: Outcome,
    decision: Decision<unknown>,
  ): void {
    const { accountId } = after.account;
    if (after.balances !== before.balances) {
      this.#balances.set(accountId, { accountId, ...after.balances });
    }
    if (after.unbilledPeriods !== before.unbilledPeriods) {
      for (const row of after.unbilledPeriods) {
        this.#unbilled.set(`${accountId} ${row.period}`, { accountId, ...row });
      }
    }
    if (after.lots !== before.lots) this.#addLots(accountId, before.lots, after.lots);
    if (decision.grant !== undefined) {
      this.#grants.set(`${accountId} ${decision.grant.grantId}`, decision.grant);
    }
    if (decision.hold !== undefined) this.#addHold(before, holdBefore, decision, decision.hold);
    const { account, purchase, attempt, audit } = decision;
    if (account !== undefined) this.#accounts.set(accountId, account);
    if (account !== undefined && audit !== undefined) {
      this.#accountVersions.push({ account, place: placeOf(before, audit.occurredAtMs) });
    }
    if (purchase !== undefined) {
      this.#purchases.set(`${accountId} ${purchase.purchaseId}`, purchase);
    }
    for (const card of decision.cards ?? []) {
      this.#cards.set(`${accountId} ${card.paymentMethodId}`, { accountId, ...card });
    }
    if (decision.cards !== undefined) this.#addCardVersion(before, after, decision);
    this.#addInvoicing(accountId, decision);
    this.#addCollection(before, decision);
    if (attempt !== undefined) this.#attempts.push({ accountId, ...attempt });
    if (audit !== undefined) this.#audit.push({ accountId, ...audit });
    if (decision.business !== undefined) {
      this.#businesses.set(accountId, { accountId, ...decision.business });
    }
    for (const { notice, occurredAtMs } of decision.notices ?? []) {
      this.#notices.push({ accountId, noticeId: noticeIdOf(notice), notice, occurredAtMs });
    }
    for (const locator of decision.locators ?? []) this.#locators.push({ accountId, ...locator });
  }

  #addInvoicing(accountId: AccountId, decision: Decision<unknown>): void {
    const { issued, invoice, creditNote, deferral } = decision;
    if (issued !== undefined) this.#issued.push({ accountId, ...issued });
    if (invoice !== undefined) {
      this.#invoices.set(`${accountId} ${invoice.invoiceId}`, { accountId, ...invoice });
    }
    if (creditNote !== undefined) this.#creditNotes.push({ accountId, ...creditNote });
    if (deferral !== undefined) this.#deferrals.push({ accountId, ...deferral });
  }

  /** Whatever is planned anew is kept with the time it was decided at. */
  #addCollection(
    { account: { accountId }, collection: reading }: AccountFacts,
    { collection, payment, occurredAtMs }: Decision<unknown>,
  ): void {
    if (payment !== undefined) {
      this.#payments.set(`${accountId} ${payment.paymentId}`, { accountId, ...payment });
    }
    if (collection === undefined) return;
    const { invoiceId, nextChargeAtMs, plans: planId, pauses } = collection;
    const name = { accountId, invoiceId };
    this.#collections.set(`${accountId} ${invoiceId}`, { accountId, ...collection });
    if (planId !== (reading?.stored?.plans ?? 0)) {
      if (occurredAtMs === undefined) throw new Error('a plan needs the time it was made at');
      this.#plans.push({ ...name, planId, decidedAtMs: occurredAtMs, nextChargeAtMs });
    }
    const known = new Set(reading?.stored?.pauses);
    for (const pause of pauses) {
      if (known.has(pause)) continue;
      this.#pauses.set(`${accountId} ${invoiceId} ${pause.pauseId}`, { ...name, ...pause });
    }
  }

  #addLots(accountId: AccountId, before: readonly CreditLot[], after: readonly CreditLot[]): void {
    const unchanged = new Set(before);
    for (const lot of after) {
      if (!unchanged.has(lot)) this.#lots.set(`${accountId} ${lot.lotId}`, { accountId, ...lot });
    }
  }

  #addCardVersion(
    before: AccountFacts,
    { account: { accountId }, cards, removedCards }: AccountFacts,
    { audit }: Decision<unknown>,
  ): void {
    const usableUntilMs = lastUsableMs(cards.map(({ card }) => card));
    // Bringing a card up to date leaves no audit entry; its own times are all there is then.
    const times = [...cards, ...removedCards].map((row) => row.removedAtMs ?? row.savedAtMs);
    const place = placeOf(before, audit?.occurredAtMs ?? Math.max(0, ...times));
    this.#cardVersions.push({ accountId, usableUntilMs, place });
  }

  #addHold(
    { account: { accountId }, balances }: AccountFacts,
    earlier: Hold | undefined,
    { occurredAtMs: extendedAtMs }: Decision<unknown>,
    hold: Hold,
  ): void {
    const name = `${accountId} ${hold.holdId}`;
    const row = { accountId, ...hold };
    if (earlier === undefined || this.#newHolds.has(name)) this.#newHolds.set(name, row);
    else this.#holds.set(name, row);
    if (earlier?.state === 'open' && hold.state === 'open') {
      if (extendedAtMs === undefined) throw new Error('the extension of a hold needs a time');
      const holdVersion = balances.holdVersion + 1;
      this.#extensions.push({ accountId, holdVersion, extendedAtMs, before: earlier });
    }
  }

  /** Adds what webhook endpoints are told of a decision, should any want it. */
  addMessages(messages: readonly WebhookMessageRow[]): void {
    this.#messages.push(...messages);
  }

  /** Sends the statements; they take effect when the session commits. */
  write(session: Session): void {
    const put = <Row>(
      insert: (session: Session, rows: readonly Row[]) => void,
      rows: Iterable<Row>,
    ) => {
      const all = [...rows];
      if (all.length > 0) insert(session, all);
    };
    put(insertEvents, this.#events);
    put(insertTransfers, this.#transfers);
    put(insertLots, this.#newLots);
    put(writeLots, this.#lots.values());
    put(writeGrants, this.#grants.values());
    put(insertUsage, this.#usage);
    put(addToPostings, this.#postings.values());
    put(insertImportedInvoices, this.#imported);
    put(writeInvoices, this.#invoices.values());
    put(insertHolds, this.#newHolds.values());
    put(writeHolds, this.#holds.values());
    put(insertExtensions, this.#extensions);
    put(writeUnbilledPeriods, this.#unbilled.values());
    put(writePurchases, this.#purchases.values());
    put(writeCards, this.#cards.values());
    put(insertCardVersions, this.#cardVersions);
    put(writeInvoicePayments, this.#payments.values());
    put(writeCollections, this.#collections.values());
    put(insertPlans, this.#plans);
    put(writePauses, this.#pauses.values());
    put(insertAttempts, this.#attempts);
    put(
      insertNotices,
      this.#notices.filter((row) => !isNumbered(row)),
    );
    put(insertLocators, this.#locators);
    put(insertAudit, this.#audit);
    put(insertWebhookMessages, this.#messages);
    put(writeAccounts, this.#accounts.values());
    put(writeBusinessRows, this.#businesses.values());
    put(insertAccountVersions, this.#accountVersions);
    put(writeBalances, this.#balances.values());
    put(writeDeferrals, this.#deferrals);
    // Numbers come last: from here on other pages wait for this one's commit.
    put(insertCreditNotes, this.#creditNotes);
    put(issueInvoices, this.#issued);
    put(insertNumberedNotices, this.#notices.filter(isNumbered));
  }
}

/** Settings and cards raise no counter: they are in force from the next hold and event on. */
function placeOf({ balances: { version, holdVersion } }: AccountFacts, atMs: number): PlaceInLife {
  return { version, holdVersion, atMs };
}
