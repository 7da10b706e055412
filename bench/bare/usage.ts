import { micros, ZERO } from '../../domain/money.ts';
import { periodOf } from '../../domain/period.ts';
import type { PriceBook } from '../../domain/price.ts';
import type { UsagePosting } from '../../domain/usage-postings.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import type { Cell } from '../../ledger/columns.ts';
import type { Ledger, Session } from '../../ledger/database.ts';
import type { Prices } from '../../ledger/prices.ts';
import {
  usageBatches,
  usageLanes,
  type ReportedEvent,
  type ReportUsage,
  type UsageDesk,
  type UsageReport,
} from '../../ledger/usage.ts';
import {
  addToPostings,
  insertUsage,
  readUsage,
  readUsageTotals,
  type UsageRow,
} from '../../ledger/usage-rows.ts';
import { someAccount } from './account.ts';
import { put, type BalancesRow, type LotRow } from './rows.ts';
import * as statements from './statements.ts';

/** One account's share of a request. */
interface Part {
  readonly accountId: string;
  readonly events: readonly ReportedEvent[];
}

interface Item {
  readonly parts: readonly Part[];
  readonly book: PriceBook;
  readonly nowMs: number;
}

/**
 * What a batch of usage costs without rules: the same rows are locked, read and written by the same
 * statements in the same two round trips. Every event counts and costs its tokens times a constant,
 * paid by the first lot that has it: no repeats, limits, scopes, rounding or policies.
 */
export function openBareUsageDesk(ledger: Ledger, prices: Prices): Pick<UsageDesk, 'report'> {
  const lanes = usageLanes<Item, UsageReport>(
    (items) => ledger.transaction((session) => runBatch(session, items)),
    usageBatches,
  );
  return {
    async report({ events, nowMs }: ReportUsage) {
      const byAccount = new Map<string, ReportedEvent[]>();
      for (const event of events) {
        const own = byAccount.get(event.accountId);
        if (own === undefined) byAccount.set(event.accountId, [event]);
        else own.push(event);
      }
      const parts = [...byAccount].map(([accountId, own]) => ({ accountId, events: own }));
      const book = await prices.read();
      const { charged } = await lanes({ parts, book, nowMs }, events.length);
      return { answers: events.map(() => ({ status: 'accepted', hold: null })), charged };
    },
  };
}

async function runBatch(session: Session, items: readonly Item[]): Promise<UsageReport[]> {
  const uuids = new Map<string, string>();
  for (const { accountId } of items.flatMap(({ parts }) => parts)) {
    if (!uuids.has(accountId)) uuids.set(accountId, uuidOf(accountId));
  }
  const ofAccounts = [[...uuids.values()]];
  const named = items.flatMap(({ parts, book }) =>
    parts.map(({ accountId, events }) => ({
      accountId,
      usageKeys: events.map(({ usageKey }) => usageKey),
      prices: [...new Set(events.flatMap((event) => priceIdsOf(event, book)))].map((priceId) => {
        return { priceId, period: periodOf(events[0]?.occurredAtMs ?? 0) };
      }),
    })),
  );
  const [balances, lots] = await Promise.all([
    session.read<BalancesRow>(statements.lockBalances, ofAccounts),
    session.read<LotRow>(statements.readLots, ofAccounts),
    session.read(statements.readAccounts, ofAccounts),
    session.read(statements.readLastDays, ofAccounts),
    session.read(statements.readInvoices, ofAccounts),
    session.read(statements.readUnbilled, ofAccounts),
    readUsage(session, named),
    readUsageTotals(session, named),
  ]);
  const balancesOf = new Map(balances.map((row) => [row.accountId, row]));
  const lotsOf = new Map<string, LotRow[]>();
  for (const lot of lots) lotsOf.set(lot.accountId, [...(lotsOf.get(lot.accountId) ?? []), lot]);
  const writes = new Writes();
  const reports = items.map(({ parts, book, nowMs }): UsageReport => {
    const charged = parts.map(({ accountId, events }) => {
      const row = balancesOf.get(accountId);
      if (row === undefined) throw new Error(`no account ${accountId}`);
      const owned = { uuid: uuids.get(accountId) ?? '', row, lots: lotsOf.get(accountId) ?? [] };
      const cost = micros(charge(owned, events, { book, nowMs, writes }));
      return { account: someAccount(accountId), charged: cost, writtenOff: ZERO };
    });
    return { answers: [], charged };
  });
  writes.send(session, uuids, balances, lots);
  return reports;
}

function priceIdsOf({ model, quantities }: ReportedEvent, book: PriceBook): number[] {
  return quantities.flatMap(
    ({ meter }) => book.entries.get(`usd ${meter} ${model}`)?.[0]?.priceId ?? [],
  );
}

interface Charging {
  readonly book: PriceBook;
  readonly nowMs: number;
  readonly writes: Writes;
}

function charge(
  {
    uuid,
    row,
    lots,
  }: { readonly uuid: string; readonly row: BalancesRow; readonly lots: LotRow[] },
  events: readonly ReportedEvent[],
  { book, nowMs, writes }: Charging,
): number {
  const { accountId } = row;
  const eventId = (row.version += 1);
  const period = periodOf(nowMs);
  const used = new Map<number, number>();
  for (const event of events) {
    const quantities = priceIdsOf(event, book).map((priceId, at) => {
      const quantity = event.quantities[at]?.quantity ?? (0 as never);
      used.set(priceId, (used.get(priceId) ?? 0) + quantity);
      return { priceId, quantity };
    });
    const { usageKey, occurredAtMs } = event;
    writes.usage.push({ accountId, eventId, usageKey, occurredAtMs, quantities });
  }
  const lines = [...used].map(([priceId, quantity]) => {
    return { priceId, period, quantity, amount: quantity };
  });
  const cost = lines.reduce((total, { amount }) => total + amount, 0);
  const lot = lots.find(({ remaining, held }) => remaining - held >= cost);
  if (lot === undefined) throw new Error('too few credits');
  lot.remaining -= cost;
  row[lot.kind] -= cost;
  const charges = [{ model: events[0]?.model ?? null, cost, lines, writtenOff: 0 }];
  const payload = JSON.stringify({
    event: { kind: 'usage_charged', holdId: null, charges },
    result: null,
  });
  writes.events.push([uuid, eventId, null, null, new Date(nowMs).toISOString(), payload]);
  const credited = lot.kind === 'free' ? 'promotions' : 'revenue';
  writes.transfers.push([uuid, eventId, lot.kind, credited, cost, lot.lotId]);
  for (const { priceId, quantity, amount } of lines) {
    const name = `${accountId} ${priceId}`;
    const before = writes.postings.get(name);
    const posted = {
      accountId,
      usagePeriod: period,
      priceId,
      model: '',
      postingPeriod: period,
      quantity: quantity + (before?.quantity ?? 0),
      cost: amount + (before?.cost ?? 0),
      free: 0,
      purchased: 0,
      unbilled: 0,
      writtenOff: 0,
      [lot.kind]: amount + (before?.[lot.kind] ?? 0),
    };
    writes.postings.set(name, posted as unknown as Posted);
  }
  return cost;
}

type Posted = UsagePosting & { readonly accountId: string };

/** What a batch writes: a list of rows for each statement. */
class Writes {
  readonly usage: UsageRow[] = [];
  readonly postings = new Map<string, Posted>();
  readonly events: Cell[][] = [];
  readonly transfers: Cell[][] = [];

  send(
    session: Session,
    uuids: ReadonlyMap<string, string>,
    balances: readonly BalancesRow[],
    lots: readonly LotRow[],
  ): void {
    const uuid = (accountId: string) => uuids.get(accountId) ?? '';
    put(session, statements.insertEvents, this.events);
    put(session, statements.insertTransfers, this.transfers);
    insertUsage(session, this.usage);
    addToPostings(session, [...this.postings.values()]);
    put(
      session,
      statements.writeLots,
      lots.map((row) => [uuid(row.accountId), row.lotId, row.remaining, row.held]),
    );
    put(
      session,
      statements.writeBalances,
      balances.map(({ accountId, purchased, free, held, version, holdVersion }) => {
        return [uuid(accountId), purchased, free, held, version, holdVersion];
      }),
    );
  }
}
