import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { uuidOf } from '../../ledger/account-id.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { openLedger, type Ledger } from '../../ledger/database.ts';
import { openHoldDesk, type HoldDesk } from '../../ledger/holds.ts';
import { saveCard } from '../../ledger/payment-methods.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { expectAdmissionsAgain } from './account-comparison.ts';
import type { HoldClientPlan } from './fixtures/hold-client.ts';
import {
  anAccount,
  aPaidPurchase,
  dollars,
  nowMs,
  policies,
  useLedger,
  visa,
} from './ledger-fixture.ts';
import { planRequests, runRequest, type Call, type PlannedRequest } from './planned-requests.ts';

const test = useLedger();
const limit = dollars(100);
let hot: Ledger;
let desk: HoldDesk;

beforeAll(() => {
  hot = openLedger({ url: test.appUrl, maxConnections: 2, repeatsStatements: true });
  desk = openHoldDesk(hot);
});

const children = new Set<ChildProcess>();

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
});

afterAll(() => hot.close());

interface Reported {
  readonly accountId: string;
  readonly holdId: string;
  readonly call: Call;
  readonly answer: string;
}

/** A process that works off requests; `reports` fills while it does. */
function startClient(requests: readonly PlannedRequest[], diesAfter: number | null = null) {
  const program = fileURLToPath(new URL('fixtures/hold-client.ts', import.meta.url));
  const child = fork(program, { execArgv: ['--import', 'tsx'] });
  children.add(child);
  const reports: Reported[] = [];
  const ended = once(child, 'exit').then(([code, signal]: (string | number | null)[]) => {
    children.delete(child);
    return signal ?? code;
  });
  const started = new Promise<void>((resolve) => {
    child.on('message', (report: Reported) => {
      reports.push(report);
      resolve();
    });
  });
  const plan: HoldClientPlan = { url: test.appUrl, nowMs, clients: 40, requests, diesAfter };
  child.send(plan);
  return { reports, ended, started };
}

/** Accounts that may owe $100, with a pack of $20. */
async function someAccounts(count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const accountId = await anAccount(test.ledger);
      const card = { paymentMethodId: 'pm_visa', card: visa, makeDefault: true };
      await saveCard(test.ledger, { accountId, ...card, actor: 'test', nowMs });
      await aPaidPurchase(test.ledger, accountId, { amount: dollars(20) });
      return accountId;
    }),
  );
}

/**
 * Looks at every account over and over, each time at one moment; counts how often. How many looks
 * fit into the work depends on the machine.
 */
async function watch(accountIds: readonly string[], until: Promise<unknown>): Promise<number> {
  const end = noteEnd(until);
  let looks = 0;
  for (; !end.isReached; looks += 1) await expectWithinLimits(accountIds);
  return looks;
}

function noteEnd(until: Promise<unknown>): { readonly isReached: boolean } {
  const end = { isReached: false };
  void until.finally(() => {
    end.isReached = true;
  });
  return end;
}

async function expectWithinLimits(accountIds: readonly string[]): Promise<void> {
  for (const accountId of accountIds) {
    const state = await readAccount(test.ledger, { accountId });
    if (state === undefined) throw new Error(`no account ${accountId}`);
    const { balances, lots } = state;
    expect(balances.unbilled + balances.heldPostpaid).toBeLessThanOrEqual(limit);
    for (const { remaining, held } of lots) expect(held).toBeLessThanOrEqual(remaining);
    const { differences } = await verifyLedger(test.ledger, { accountId });
    expect(differences).toEqual([]);
  }
}

interface StoredHold {
  readonly accountId: string;
  readonly holdId: string;
  readonly state: string;
  readonly settledCost: number | null;
  readonly writtenOff: number | null;
  readonly charges: number;
  readonly charged: number;
}

/** Every hold, with what billing events say of it. */
function readStored(accountIds: readonly string[]): Promise<StoredHold[]> {
  return test.ledger.run<StoredHold>(
    `select h.account_id as "accountId", h.hold_id as "holdId", state,
       settled_cost as "settledCost", written_off as "writtenOff",
       count(e.event_id) as charges, coalesce(sum(t.moved), 0)::bigint as charged
     from holds h
     left join billing_events e on e.account_id = h.account_id and e.kind = 'usage_charged'
       and e.payload -> 'event' ->> 'holdId' = h.hold_id
     left join lateral (
       select sum(amount)::bigint as moved from transfers t
       where t.account_id = e.account_id and t.event_id = e.event_id
     ) t on true
     where h.account_id = any($1::uuid[]) group by h.account_id, h.hold_id
     order by h.account_id, h.hold_id`,
    [accountIds.map(uuidOf)],
  );
}

/** Each settled request was charged once, and exactly its cost less what was written off. */
async function expectChargedOnce(accountIds: readonly string[]): Promise<StoredHold[]> {
  const stored = await readStored(accountIds);
  for (const { holdId, state, settledCost, writtenOff, charges, charged } of stored) {
    const expected =
      state === 'settled' ? { charges: 1, charged: (settledCost ?? 0) - (writtenOff ?? 0) } : null;
    expect({ holdId, charges, charged }).toEqual({ holdId, charges: 0, charged: 0, ...expected });
  }
  return stored;
}

const keyOf = ({ accountId, holdId }: { accountId: string; holdId: string }) =>
  `${accountId} ${holdId}`;

describe('two processes on the same accounts', () => {
  it('B3 B6 R20 never take one past its limit, and settle nothing twice', async () => {
    const accountIds = await someAccounts(3);
    // Half of what one process asks for, the other asks for too, under the same ids.
    const shared = planRequests(accountIds, 240, 'shared');
    const clients = ['one', 'two'].map((name) =>
      startClient([...planRequests(accountIds, 120, name), ...shared, ...shared.slice(0, 30)]),
    );
    await Promise.all(clients.map(({ started }) => started));
    const ended = Promise.all(clients.map((client) => client.ended));
    const buying = buyUntil(accountIds, ended);
    const looks = await watch(accountIds, ended);
    expect(await ended).toEqual([0, 0]);
    expect(await buying).toBeGreaterThan(0);
    expect(looks).toBeGreaterThan(0);
    await expectWithinLimits(accountIds);

    const reports = clients.flatMap((client) => client.reports);
    const answersOf = (call: Call) => {
      const answers = new Map<string, string[]>();
      for (const report of reports.filter((candidate) => candidate.call === call)) {
        answers.set(keyOf(report), [...(answers.get(keyOf(report)) ?? []), report.answer]);
      }
      return answers;
    };
    const stored = await expectChargedOnce(accountIds);
    const placed = answersOf('place');
    for (const hold of stored) {
      const admitted = placed.get(keyOf(hold))?.filter((answer) => answer === 'admitted');
      expect({ holdId: hold.holdId, admitted }).toEqual({
        ...{ holdId: hold.holdId },
        admitted: ['admitted'],
      });
    }
    for (const [holdId, answers] of answersOf('settle')) {
      expect({ holdId, answers: new Set(answers).size }).toEqual({ holdId, answers: 1 });
    }
    // Without refusals nothing would have been near the limit.
    expect([...placed.values()].flat()).toContain('refused');
    expect(
      [...answersOf('settle').values()].filter(({ length }) => length > 1).length,
    ).toBeGreaterThan(20);
    for (const accountId of accountIds)
      await expectAdmissionsAgain(test.ledger, accountId, policies);
  });

  it('R20 the same id placed by both at once is one hold', async () => {
    const [accountId = ''] = await someAccounts(1);
    const plan = planRequests([accountId], 40, 'same').map((request): PlannedRequest => ({
      ...request,
      cost: 500_000,
      extendTo: null,
      ending: 'none',
    }));
    const clients = [startClient(plan), startClient(plan)];
    await Promise.all(clients.map(({ ended }) => ended));
    const answers = clients.flatMap(({ reports }) => reports.map(({ answer }) => answer));
    expect(answers.toSorted()).toEqual([
      ...Array(40).fill('admitted'),
      ...Array(40).fill('stored'),
    ]);
    const state = await readAccount(test.ledger, { accountId });
    expect(state?.balances).toMatchObject({ held: 20e6, heldPostpaid: 0, holdVersion: 40 });
  });
});

/** Buys packs while the others work; returns how many. */
async function buyUntil(accountIds: readonly string[], ended: Promise<unknown>): Promise<number> {
  const end = noteEnd(ended);
  let bought = 0;
  for (; !end.isReached; bought += 1) {
    const accountId = accountIds[bought % accountIds.length] ?? '';
    await aPaidPurchase(test.ledger, accountId, { amount: dollars(5) });
    await pause(100);
  }
  return bought;
}

/** Answers after which one of the processes dies; it has about a thousand to get. */
const diesAfterAnswers = [2, 40, 150, 400];

it.each(diesAfterAnswers)(
  'R20 R21 a process that dies after %i answers loses no reservation; repeats settle once',
  async (diesAfter) => {
    const accountIds = await someAccounts(2);
    const shared = planRequests(accountIds, 60, `shared${diesAfter}`);
    const plans = ['dies', 'lives'].map((name) => [
      ...planRequests(accountIds, 400, `${name}${diesAfter}`),
      ...shared,
    ]);
    const [first = [], second = []] = plans;
    const [dying, living] = [startClient(first, diesAfter), startClient(second)];
    expect(await dying.ended).toBe('SIGKILL');
    // What it had under way is rolled back or in force; either way the books agree.
    await expectWithinLimits(accountIds);
    expect(await living.ended).toBe(0);

    const before = new Map(
      [...dying.reports, ...living.reports]
        .filter(({ call }) => call === 'settle')
        .map((report) => [keyOf(report), report.answer]),
    );
    const all = plans.flat();
    await Promise.all(
      all.map((request) =>
        runRequest(request, { desk, policies, nowMs }, (call, answer) => {
          const earlier = before.get(keyOf(request));
          if (call === 'settle' && earlier !== undefined) expect(answer).toBe(earlier);
        }),
      ),
    );
    await expectWithinLimits(accountIds);
    const stored = await expectChargedOnce(accountIds);
    const planned = new Map(all.map((request) => [keyOf(request), request.ending]));
    for (const hold of stored) {
      const ending = planned.get(keyOf(hold));
      const expected =
        ending === 'none' ? 'open' : ending === 'release' ? 'released' : `settled ${ending}`;
      const { holdId, state, settledCost } = hold;
      const found = state === 'settled' ? `settled ${settledCost}` : state;
      expect({ holdId, found }).toEqual({ holdId, found: expected });
    }
    expect(stored.length).toBeGreaterThan(20);
  },
  60_000,
);
