import type { Account, AccountId } from '../domain/account.ts';
import { transfersOf } from '../domain/bookkeeping.ts';
import { lotMadeBy } from '../domain/lots.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import {
  writeAccounts,
  writeBalances,
  writeUnbilledPeriods,
  type BalancesRow,
  type UnbilledRow,
} from './account-rows.ts';
import { insertAudit, type AuditEntry } from './audit.ts';
import { writeCards, type CardRow } from './card-rows.ts';
import type { EntryHead } from './change.ts';
import { insertAttempts, type AttemptRow } from './charge-attempts.ts';
import type { Session } from './database.ts';
import type { Decision } from './decision.ts';
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
import { hashOfInput } from './input-hash.ts';
import { insertLocators, type Locator } from './locators.ts';
import { insertNotices, noticeIdOf, type NoticeRow } from './notice-rows.ts';
import { writePurchases, type StoredPurchase } from './purchase-rows.ts';

/**
 * Collects what a batch of changes decided, and writes it with one statement for each table,
 * whatever the number of accounts. Rows that several changes alter are written once, as they are
 * in the end.
 */
export class Recording {
  readonly #events: EventRow[] = [];
  readonly #transfers: TransferRow[] = [];
  readonly #lots: LotRow[] = [];
  readonly #attempts: AttemptRow[] = [];
  readonly #notices: NoticeRow[] = [];
  readonly #locators: Locator[] = [];
  readonly #audit: AuditEntry[] = [];
  readonly #balances = new Map<AccountId, BalancesRow>();
  readonly #unbilled = new Map<string, UnbilledRow>();
  readonly #accounts = new Map<AccountId, Account>();
  readonly #purchases = new Map<string, StoredPurchase>();
  readonly #cards = new Map<string, CardRow>();

  /** Adds a decision's billing events; the first one answers for the change when it is repeated. */
  addEvents(
    { account: { accountId, currency }, balances }: AccountFacts,
    { events = [], result, ...decision }: Decision<unknown>,
    { key, input, policies, ...entry }: EntryHead,
  ): RecordedChange {
    const { occurredAtMs = entry.occurredAtMs } = decision;
    const { version: policyVersion } = policyAt(policies, occurredAtMs);
    const recorded = { accountId, key, inputHash: hashOfInput(input), result };
    events.forEach((event, index) => {
      const eventId = balances.version + 1 + index;
      const row = { accountId, eventId, event, policyVersion, occurredAtMs };
      this.#events.push({ ...row, recorded: index === 0 ? recorded : null });
      const lot = lotMadeBy(event, eventId, occurredAtMs);
      if (lot !== null) this.#lots.push({ accountId, ...lot });
      transfersOf(event, eventId).forEach((transfer, seq) => {
        this.#transfers.push({ accountId, eventId, seq, currency, ...transfer });
      });
    });
    return recorded;
  }

  /** Adds all else that a decision changes; `facts` are the account's after it. */
  addState(
    { account: { accountId }, balances, unbilledPeriods }: AccountFacts,
    decision: Decision<unknown>,
  ): void {
    if (decision.events !== undefined) {
      this.#balances.set(accountId, { accountId, ...balances });
      for (const row of unbilledPeriods) {
        this.#unbilled.set(`${accountId} ${row.period}`, { accountId, ...row });
      }
    }
    const { account, purchase, attempt, audit } = decision;
    if (account !== undefined) this.#accounts.set(accountId, account);
    if (purchase !== undefined) {
      this.#purchases.set(`${accountId} ${purchase.purchaseId}`, purchase);
    }
    for (const card of decision.cards ?? []) {
      this.#cards.set(`${accountId} ${card.paymentMethodId}`, { accountId, ...card });
    }
    if (attempt !== undefined) this.#attempts.push({ accountId, ...attempt });
    if (audit !== undefined) this.#audit.push({ accountId, ...audit });
    for (const { notice, occurredAtMs } of decision.notices ?? []) {
      this.#notices.push({ accountId, noticeId: noticeIdOf(notice), notice, occurredAtMs });
    }
    for (const locator of decision.locators ?? []) this.#locators.push({ accountId, ...locator });
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
    put(insertLots, this.#lots);
    put(writeUnbilledPeriods, this.#unbilled.values());
    put(writePurchases, this.#purchases.values());
    put(writeCards, this.#cards.values());
    put(insertAttempts, this.#attempts);
    put(insertNotices, this.#notices);
    put(insertLocators, this.#locators);
    put(insertAudit, this.#audit);
    put(writeAccounts, this.#accounts.values());
    put(writeBalances, this.#balances.values());
  }
}
