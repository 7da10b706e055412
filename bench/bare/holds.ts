import { createHash } from 'node:crypto';
import type { LotPart } from '../../domain/account.ts';
import type { UsageCharge } from '../../domain/billing-events.ts';
import type { Hold } from '../../domain/holds.ts';
import { ZERO } from '../../domain/money.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import type { Cell } from '../../ledger/columns.ts';
import type { Ledger, Session } from '../../ledger/database.ts';
import type { HoldDesk, PlaceHold, SettleHold } from '../../ledger/holds.ts';
import { createLane } from '../../ledger/lane.ts';
import { someAccount } from './account.ts';
import { put, type BalancesRow, type LotRow } from './rows.ts';
import * as statements from './statements.ts';

type Item = ({ kind: 'place' } & PlaceHold) | ({ kind: 'settle' } & SettleHold);
type Outcome = Awaited<ReturnType<HoldDesk['place'] | HoldDesk['settle']>>;

interface HoldRow {
  readonly accountId: string;
  readonly holdId: string;
  readonly lots: readonly (readonly [lotId: number, amount: number])[];
}

/** An account's rows as they were read, changed in place. */
interface Rows {
  readonly uuid: string;
  readonly balances: BalancesRow;
  readonly lots: LotRow[];
  readonly holds: Map<string, HoldRow>;
  /** What the batch charges, by what pays it. */
  readonly posted: { free: number; purchased: number };
}

/**
 * What a batch of holds and settlements costs without rules: the same rows are locked, read and
 * written by the same statements in the same two round trips. Everything is admitted, from the
 * first lot that has it: no tier, limit, scope, expiry or policy, no repeats, one part a charge.
 */
export function openBareDesk(ledger: Ledger): HoldDesk {
  const lane = createLane<Item, Outcome>({
    run: (items) => ledger.transaction((session) => runBatch(session, items)),
    width: 2,
    maxItems: 300,
  });
  const desk = {
    place: (request: PlaceHold) => lane({ kind: 'place', ...request }),
    settle: (request: SettleHold) => lane({ kind: 'settle', ...request }),
  };
  return desk as HoldDesk;
}

async function runBatch(session: Session, items: readonly Item[]): Promise<Outcome[]> {
  const rows = await readRows(session, items);
  const writes = new Writes();
  const outcomes = items.map((item) => {
    const found = rows.get(item.accountId);
    if (found === undefined) throw new Error(`no account ${item.accountId}`);
    return item.kind === 'place' ? place(found, item, writes) : settle(found, item, writes);
  });
  writes.send(session, [...rows.values()]);
  return outcomes;
}

async function readRows(session: Session, items: readonly Item[]): Promise<Map<string, Rows>> {
  const uuids = new Map<string, string>();
  for (const { accountId } of items) {
    if (!uuids.has(accountId)) uuids.set(accountId, uuidOf(accountId));
  }
  const ofAccounts = [[...uuids.values()]];
  const uuidsOf = (some: readonly Item[]) => some.map(({ accountId }) => uuids.get(accountId));
  const settles = items.filter((item) => item.kind === 'settle');
  const keys = settles.map(({ holdId }) => keyOf(holdId));
  const [balances, lots, holds] = await Promise.all([
    session.read<BalancesRow>(statements.lockBalances, ofAccounts),
    session.read<LotRow>(statements.readLots, ofAccounts),
    session.read<HoldRow>(statements.readHolds, [uuidsOf(items), items.map((one) => one.holdId)]),
    session.read(statements.readAccounts, ofAccounts),
    session.read(statements.readLastDays, ofAccounts),
    session.read(statements.readInvoices, ofAccounts),
    session.read(statements.readUnbilled, ofAccounts),
    keys.length > 0 && session.read(statements.readEvents, [uuidsOf(settles), keys]),
  ]);
  const rows = new Map<string, Rows>();
  for (const row of balances) {
    const uuid = uuids.get(row.accountId) ?? '';
    rows.set(row.accountId, {
      uuid,
      balances: row,
      lots: [],
      holds: new Map(),
      posted: { free: 0, purchased: 0 },
    });
  }
  for (const lot of lots) rows.get(lot.accountId)?.lots.push(lot);
  for (const hold of holds) rows.get(hold.accountId)?.holds.set(hold.holdId, hold);
  return rows;
}

function place(rows: Rows, request: PlaceHold, writes: Writes): Outcome {
  const { uuid, balances, lots, holds } = rows;
  const { accountId, holdId, cost, model, nowMs } = request;
  const lot = lots.find(({ remaining, held }) => remaining - held >= cost);
  if (lot === undefined) throw new Error('too few credits');
  lot.held += cost;
  balances.held += cost;
  balances.holdVersion += 1;
  const { version, holdVersion } = balances;
  const expiresAtMs = nowMs + 300_000;
  const parts = [[lot.lotId, cost]] as const;
  holds.set(holdId, { accountId, holdId, lots: parts });
  const times = [new Date(nowMs).toISOString(), new Date(expiresAtMs).toISOString()];
  writes.newHolds.push([
    uuid,
    holdId,
    model,
    cost,
    JSON.stringify(parts),
    ...times,
    version,
    holdVersion,
  ]);
  const hold: Hold = {
    holdId,
    state: 'open',
    model,
    cost,
    postpaid: ZERO,
    openedAtMs: nowMs,
    expiresAtMs,
    lots: [{ lotId: lot.lotId, amount: cost }],
    admittedBy: {
      version,
      holdVersion,
      policyVersion: 'none',
      cost,
      spendable: cost,
      limit: ZERO,
      owed: ZERO,
    },
    endedAtMs: null,
    endedHoldVersion: null,
    settledCost: null,
    writtenOff: null,
  };
  return { status: 'admitted', hold, account: someAccount(accountId) };
}

function settle(rows: Rows, request: SettleHold, writes: Writes): Outcome {
  const { accountId, holdId, cost, nowMs } = request;
  const { uuid, balances, lots, holds } = rows;
  const [lotId, held] = holds.get(holdId)?.lots[0] ?? [];
  const lot = lots.find((row) => row.lotId === lotId);
  if (lot === undefined || held === undefined) throw new Error(`no hold ${holdId}`);
  lot.held -= held;
  lot.remaining -= cost;
  balances.held -= held;
  balances[lot.kind] -= cost;
  rows.posted[lot.kind] += cost;
  balances.version += 1;
  balances.holdVersion += 1;
  const paid: LotPart[] = [{ lotId: lot.lotId, amount: cost }];
  const charge: UsageCharge = {
    model: null,
    cost,
    free: [],
    purchased: [],
    unbilled: null,
    writtenOff: ZERO,
    [lot.kind]: paid,
  };
  const { version, holdVersion } = balances;
  const at = new Date(nowMs).toISOString();
  const event = { kind: 'usage_charged', holdId, charges: [charge] };
  const payload = JSON.stringify({ event, result: { status: 'settled', charge } });
  const inputHash = createHash('sha256').update(JSON.stringify({ cost })).digest();
  const credited = lot.kind === 'free' ? 'promotions' : 'revenue';
  writes.settled.push([uuid, holdId, at, holdVersion, cost]);
  writes.events.push([uuid, version, keyOf(holdId), inputHash, at, payload]);
  writes.transfers.push([uuid, version, lot.kind, credited, cost, lot.lotId]);
  return { status: 'settled', charge, account: someAccount(accountId) };
}

function keyOf(holdId: string): string {
  return `hold/${holdId}:settle`;
}

/** What a batch writes: a list of rows for each statement. */
class Writes {
  readonly newHolds: Cell[][] = [];
  readonly settled: Cell[][] = [];
  readonly events: Cell[][] = [];
  readonly transfers: Cell[][] = [];

  send(session: Session, rows: readonly Rows[]): void {
    const month = new Date().toISOString().slice(0, 7);
    put(session, statements.insertEvents, this.events);
    put(session, statements.insertTransfers, this.transfers);
    put(
      session,
      statements.writeLots,
      rows.flatMap(({ uuid, lots }) =>
        lots.map(({ lotId, remaining, held }) => [uuid, lotId, remaining, held]),
      ),
    );
    put(session, statements.insertHolds, this.newHolds);
    put(session, statements.settleHolds, this.settled);
    put(
      session,
      statements.addToPostings,
      rows
        .filter(({ posted: { free, purchased } }) => free + purchased > 0)
        .map(({ uuid, posted: { free, purchased } }) => [
          ...[uuid, month, 'bench', free + purchased, free, purchased],
        ]),
    );
    put(
      session,
      statements.writeBalances,
      rows.map(({ uuid, balances: { purchased, free, held, version, holdVersion } }) => {
        return [uuid, purchased, free, held, version, holdVersion];
      }),
    );
  }
}
