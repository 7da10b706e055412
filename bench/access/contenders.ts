import pg from 'pg';
import { RateLimiterPostgres } from 'rate-limiter-flexible';
import { ZERO } from '../../domain/money.ts';
import { openLedger } from '../../ledger/database.ts';
import {
  openHoldDesk,
  type HoldDesk,
  type HoldOutcome,
  type PlaceHold,
} from '../../ledger/holds.ts';
import { someAccount } from '../bare/account.ts';
import { openBareDesk } from '../bare/holds.ts';
import type { Contender } from './cases.ts';

export interface ServerSettings {
  readonly contender: Contender;
  readonly databaseUrl: string;
}

/** What answers holds and settlements, and how it is ended. */
export interface OpenedContender {
  readonly desk: HoldDesk;
  readonly close: () => Promise<void>;
}

/** As many connections as contenders get that do one thing at a time. */
const poolSize = 20;

export function openContender({ contender, databaseUrl: url }: ServerSettings): OpenedContender {
  switch (contender) {
    case 'ours': {
      const ledger = openLedger({ url, maxConnections: 2, repeatsStatements: true });
      return { desk: openHoldDesk(ledger), close: () => ledger.close() };
    }
    case 'alone': {
      const ledger = openLedger({ url, maxConnections: poolSize, repeatsStatements: true });
      const desk = openHoldDesk(ledger, { width: poolSize, maxItems: 1 });
      return { desk, close: () => ledger.close() };
    }
    case 'bare': {
      const ledger = openLedger({ url, maxConnections: 2, repeatsStatements: true });
      return { desk: openBareDesk(ledger), close: () => ledger.close() };
    }
    case 'limiter':
      return openLimiter(url);
  }
}

/** Counts points by account: a hold takes one, a settlement gives it back. */
function openLimiter(connectionString: string): OpenedContender {
  const pool = new pg.Pool({ connectionString, max: poolSize });
  const limiter = new RateLimiterPostgres({
    storeClient: pool,
    storeType: 'pool',
    tableCreated: true,
    tableName: 'limits',
    points: 2_000_000_000,
    duration: 86_400,
    keyPrefix: 'bench',
  });
  const desk: Pick<HoldDesk, 'place' | 'settle'> = {
    async place(request) {
      await limiter.consume(request.accountId, 1);
      return { status: 'admitted', hold: holdOf(request), account: someAccount(request.accountId) };
    },
    async settle({ accountId, cost }) {
      await limiter.reward(accountId, 1);
      const charge = {
        model: null,
        cost,
        free: [],
        purchased: [],
        unbilled: null,
        writtenOff: ZERO,
      };
      return { status: 'settled', charge, account: someAccount(accountId) };
    },
  };
  return { desk: desk as HoldDesk, close: () => pool.end() };
}

/** Where rate-limiter-flexible counts; made before it starts, since it does not wait for it. */
export const limiterTable = `
  create table limits (
    key varchar(255) primary key, points integer not null default 0, expire bigint
  )`;

function holdOf({
  holdId,
  model,
  cost,
  nowMs,
}: PlaceHold): Extract<HoldOutcome, { hold: object }>['hold'] {
  return {
    holdId,
    state: 'open',
    model,
    cost,
    lots: [],
    postpaid: ZERO,
    openedAtMs: nowMs,
    expiresAtMs: nowMs + 300_000,
    admittedBy: {
      version: 0,
      holdVersion: 0,
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
}
