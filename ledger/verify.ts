import { isDeepStrictEqual } from 'node:util';
import type { Account, AccountId, CreditLot } from '../domain/account.ts';
import type { BillingEvent } from '../domain/billing-events.ts';
import { transfersOf, type Transfer } from '../domain/bookkeeping.ts';
import { lotMadeBy } from '../domain/lots.ts';
import { uuidOf } from './account-id.ts';
import { readAccounts } from './account-rows.ts';
import { listAccounts } from './accounts.ts';
import type { Ledger, Session } from './database.ts';
import {
  recountBalances,
  recountHolds,
  recountLots,
  recountReceipts,
  recountUnbilledPeriods,
  type CountRow,
} from './recount.ts';
import { recountInvoicePayments } from './recount-payments.ts';
import { recountInvoiceContents, recountInvoices, recountSeries } from './recount-invoices.ts';
import { recountUsage } from './usage-recount.ts';

/** Where the ledger does not agree with itself. */
export type LedgerDifference =
  | (CountRow & { readonly kind: 'count' })
  | {
      /** An event whose transfers, or whose lot, are not what the event says. */
      readonly kind: 'transfers' | 'lot';
      readonly accountId: AccountId;
      /** "event 7 (pack_purchased)" */
      readonly which: string;
      /** Both as JSON, to be read by people. */
      readonly stored: string;
      readonly recounted: string;
    };

export interface Verification {
  readonly accounts: number;
  readonly events: number;
  readonly transfers: number;
  readonly differences: readonly LedgerDifference[];
}

const accountsInPage = 200;
const eventsInPage = 1_000;

/**
 * Recounts every balance, lot and unbilled month from the transfers, the transfers of every event
 * from the event (R65), and every charge of usage from its usage events (R66). Reads page by page, each page at one moment, while work goes on.
 */
export async function verifyLedger(
  ledger: Ledger,
  { accountId }: { readonly accountId?: AccountId } = {},
): Promise<Verification> {
  const differences: LedgerDifference[] = [];
  const totals = { accounts: 0, events: 0, transfers: 0 };
  for await (const accountIds of pages(ledger, accountId)) {
    const page = await ledger.snapshot((session) => verifyAccounts(session, accountIds));
    totals.accounts += page.accounts;
    totals.events += page.events;
    totals.transfers += page.transfers;
    differences.push(...page.differences);
  }
  if (accountId === undefined) {
    const series = await ledger.snapshot(recountSeries);
    differences.push(...series.map((row) => ({ kind: 'count' as const, ...row })));
  }
  return { ...totals, differences };
}

async function* pages(ledger: Ledger, accountId?: AccountId): AsyncGenerator<AccountId[]> {
  if (accountId !== undefined) {
    yield [accountId];
    return;
  }
  let cursor: string | null = null;
  do {
    const page = await listAccounts(ledger, { cursor, limit: accountsInPage });
    yield page.accounts.map((account) => account.accountId);
    cursor = page.nextCursor;
  } while (cursor !== null);
}

async function verifyAccounts(session: Session, accountIds: readonly AccountId[]) {
  const uuids = accountIds.map(uuidOf);
  const [accounts, ...counts] = await Promise.all([
    readAccounts(session, uuids),
    recountBalances(session, uuids),
    recountLots(session, uuids),
    recountHolds(session, uuids),
    recountUnbilledPeriods(session, uuids),
    recountReceipts(session, uuids),
    recountInvoices(session, uuids),
    recountInvoiceContents(session, uuids),
    recountInvoicePayments(session, uuids),
    recountUsage(session, uuids),
  ]);
  const differences: LedgerDifference[] = counts.flat().map((row) => ({ kind: 'count', ...row }));
  const currencyOf = new Map(accounts.map((account) => [account.accountId, account.currency]));
  let events = 0;
  let transfers = 0;
  for await (const entry of readEntries(session, uuids)) {
    events += 1;
    transfers += entry.transfers.length;
    differences.push(...verifyEntry(entry, currencyOf.get(entry.accountId)));
  }
  return { accounts: accounts.length, events, transfers, differences };
}

interface Entry {
  readonly accountId: AccountId;
  readonly eventId: number;
  readonly occurredAtMs: number;
  readonly event: BillingEvent;
  readonly transfers: readonly (Transfer & { readonly currency: string })[];
  readonly lot: Omit<CreditLot, 'remaining' | 'held'> | null;
}

async function* readEntries(session: Session, uuids: readonly string[]): AsyncGenerator<Entry> {
  let last: Entry | undefined;
  do {
    const page: Entry[] = await session.read<Entry>(
      `select account_id as "accountId", event_id as "eventId", occurred_at as "occurredAtMs",
         payload -> 'event' as event,
         (select coalesce(jsonb_agg(jsonb_build_object('debitBook', debit_book, 'creditBook',
              credit_book, 'amount', amount, 'lotId', lot_id, 'period', period, 'currency',
              currency, 'invoiceId', invoice_id) order by seq), '[]')
            from transfers t where t.account_id = e.account_id and t.event_id = e.event_id
         ) as transfers,
         (select jsonb_build_object('lotId', lot_id, 'kind', kind, 'amount', amount, 'scope', scope,
              'acquiredAtMs', extract(epoch from acquired_at) * 1000,
              'expiresAtMs', extract(epoch from expires_at) * 1000)
            from lots l where l.account_id = e.account_id and l.lot_id = e.event_id
         ) as lot
       from billing_events e
       where account_id = any($1::uuid[])
         and ($2::uuid is null or (account_id, event_id) > ($2, $3::bigint))
       order by account_id, event_id limit $4`,
      [uuids, last === undefined ? null : uuidOf(last.accountId), last?.eventId ?? 0, eventsInPage],
    );
    yield* page;
    last = page.length === eventsInPage ? page.at(-1) : undefined;
  } while (last !== undefined);
}

function verifyEntry(
  { accountId, eventId, occurredAtMs, event, ...stored }: Entry,
  currency: Account['currency'] | undefined,
): LedgerDifference[] {
  const transfers = transfersOf(event, eventId).map((transfer) => ({ ...transfer, currency }));
  const made = lotMadeBy(event, eventId, occurredAtMs);
  const lot = made && withoutUse(made);
  const pairs = [
    { kind: 'transfers' as const, stored: stored.transfers, recounted: transfers },
    { kind: 'lot' as const, stored: stored.lot, recounted: lot },
  ];
  return pairs
    .filter((pair) => !isDeepStrictEqual(pair.stored, pair.recounted))
    .map((pair) => ({
      kind: pair.kind,
      accountId,
      which: `event ${eventId} (${event.kind})`,
      stored: JSON.stringify(pair.stored),
      recounted: JSON.stringify(pair.recounted),
    }));
}

/** What of a lot its event decided; how much of it was used since is recounted by transfers. */
function withoutUse({ lotId, kind, amount, scope, acquiredAtMs, expiresAtMs }: CreditLot) {
  return { lotId, kind, amount, scope, acquiredAtMs, expiresAtMs };
}
