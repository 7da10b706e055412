import type { AccountId } from '../domain/account.ts';
import type { PurchaseUnderWay } from '../domain/invoice-deferral.ts';
import type { InvoiceFacts, InvoiceTerms, UninvoicedUsage } from '../domain/invoice-reckoning.ts';
import { ZERO } from '../domain/money.ts';
import type { Period } from '../domain/period.ts';
import { uuidOf } from './account-id.ts';
import {
  readAccounts,
  readBalances,
  readRemainingLots,
  readUnbilledPeriods,
} from './account-rows.ts';
import { byAccount } from './by-account.ts';
import type { Session } from './database.ts';
import { readPackCredits, readUninvoicedUsage } from './invoice-lines.ts';

/** What invoicing takes beside account, balances, lots and unbilled months. */
export type InvoicingReading = Pick<InvoiceFacts, 'usage' | 'packCredits' | 'purchasesUnderWay'> & {
  /** Whether the account's invoice of the month waited before. */
  readonly isDeferred: boolean;
  /** The last month that an invoice was issued of; null: none. */
  readonly invoicedUntil: Period | null;
};

const noUsage: UninvoicedUsage = {
  lines: 0,
  cost: ZERO,
  free: ZERO,
  purchased: ZERO,
  unbilled: ZERO,
  writtenOff: ZERO,
};

export interface InvoicedMonth {
  readonly accountId: AccountId;
  readonly kind: InvoiceTerms['kind'];
  readonly period: Period;
  /** The month's invoice where it is about to be void: what it shows is to be shown again. */
  readonly replaced?: string;
}

/** Reads it for accounts, each with the month to be invoiced. */
export async function readInvoicing(
  session: Session,
  months: readonly InvoicedMonth[],
): Promise<(accountId: AccountId) => InvoicingReading> {
  const uuids = months.map(({ accountId }) => uuidOf(accountId));
  const replaced = months.flatMap((month) => month.replaced ?? []);
  const [usage, packs, purchases, past] = await Promise.all([
    readUninvoicedUsage(session, months, replaced),
    readPackCredits(session, uuids, replaced),
    readPurchasesUnderWay(session, uuids),
    readPast(session, uuids),
  ]);
  const usageOf = new Map(usage.map(({ accountId, ...sums }) => [accountId, sums]));
  const packsOf = byAccount(packs);
  const purchasesOf = byAccount(purchases);
  const pastOf = new Map(past.map((row) => [row.accountId, row]));
  return (accountId) => ({
    usage: usageOf.get(accountId) ?? noUsage,
    packCredits: packsOf(accountId).map(({ lotId, period, amount }) => {
      return { lotId, period, amount };
    }),
    purchasesUnderWay: purchasesOf(accountId),
    isDeferred: pastOf.get(accountId)?.isDeferred ?? false,
    invoicedUntil: pastOf.get(accountId)?.invoicedUntil ?? null,
  });
}

type UnderWayRow = Omit<PurchaseUnderWay, 'lastReading'> & {
  readonly accountId: AccountId;
  readonly readAtMs: number | null;
  readonly readStatus: NonNullable<PurchaseUnderWay['lastReading']>['status'] | null;
};

async function readPurchasesUnderWay(
  session: Session,
  uuids: readonly string[],
): Promise<(PurchaseUnderWay & { readonly accountId: AccountId })[]> {
  const rows = await session.read<UnderWayRow>(
    `select account_id as "accountId", purchase_id as "purchaseId", state,
       payment_intent_id as "paymentIntentId", opened_at as "openedAtMs",
       read_at as "readAtMs", read_status as "readStatus"
     from purchases where account_id = any($1::uuid[]) and final_at is null
     order by account_id, opened_event_id`,
    [uuids],
  );
  return rows.map(({ readAtMs, readStatus, ...purchase }) => {
    const wasRead = readAtMs !== null && readStatus !== null;
    return { ...purchase, lastReading: wasRead ? { readAtMs, status: readStatus } : null };
  });
}

type PastRow = Pick<InvoicingReading, 'isDeferred' | 'invoicedUntil'> & {
  readonly accountId: AccountId;
};

function readPast(session: Session, uuids: readonly string[]): Promise<PastRow[]> {
  return session.read(
    `select account_id as "accountId",
       exists (
         select from invoice_deferrals d
         where d.account_id = a.account_id and d.resolved_at is null
       ) as "isDeferred",
       (select max(period) from invoices i
        where i.account_id = a.account_id and i.state <> 'void') as "invoicedUntil"
     from unnest($1::uuid[]) as a (account_id)`,
    [uuids],
  );
}

/** The facts of accounts at one moment, without a lock: for looking at, not for recording. */
export async function readInvoiceFacts(
  session: Session,
  months: readonly InvoicedMonth[],
): Promise<InvoiceFacts[]> {
  const uuids = months.map(({ accountId }) => uuidOf(accountId));
  const [accounts, balances, unbilled, lots, invoicingOf] = await Promise.all([
    readAccounts(session, uuids),
    readBalances(session, uuids),
    readUnbilledPeriods(session, uuids),
    readRemainingLots(session, uuids),
    readInvoicing(session, months),
  ]);
  const balancesOf = new Map(balances.map((row) => [row.accountId, row]));
  const unbilledOf = byAccount(unbilled);
  const lotsOf = byAccount(lots);
  return accounts.flatMap((account) => {
    const { accountId } = account;
    const totals = balancesOf.get(accountId);
    if (totals === undefined) return [];
    return {
      account,
      balances: totals,
      lots: lotsOf(accountId),
      unbilledPeriods: unbilledOf(accountId),
      ...invoicingOf(accountId),
    };
  });
}
