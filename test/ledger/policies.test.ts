import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { policyJson } from '../../domain/policy-json.ts';
import { together2026, together202511, type Policy } from '../../domain/policy.ts';
import { onlyPolicy, policyAt } from '../../domain/policy-schedule.ts';
import { standingOf } from '../../domain/standing.ts';
import { closeAccount } from '../../ledger/account-closing.ts';
import { advanceTestClock } from '../../ledger/account-settings.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { openLedger, type Ledger } from '../../ledger/database.ts';
import { LedgerUnavailable } from '../../ledger/errors.ts';
import { readDueNotices } from '../../ledger/notices.ts';
import { listCards, saveCard } from '../../ledger/payment-methods.ts';
import { activatePolicy, announcePolicy, readPolicy } from '../../ledger/policy-changes.ts';
import { lockPolicyChanges } from '../../ledger/policy-notices.ts';
import { previewPolicy } from '../../ledger/policy-preview.ts';
import { listPolicies, openPolicies, readSchedule } from '../../ledger/policies.ts';
import { settlePurchase } from '../../ledger/purchase-endings.ts';
import { openPurchase } from '../../ledger/purchase-opening.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import {
  aCapture,
  anAccount,
  anAttempt,
  aPaidPurchase,
  aRequest,
  dayMs,
  dollars,
  useLedger,
  visa,
  type TestLedger,
} from './ledger-fixture.ts';

const hourMs = 3_600_000;
const expireAfterMs = 365 * dayMs;
const named = (version: string, change: Partial<Policy> = {}): Policy => ({
  ...together202511,
  ...change,
  version,
});
const expiring = named('expiring', { purchasedCreditsExpireAfterMs: expireAfterMs });
const changeTo = (policy: Policy, aheadMs: number) => ({
  ...{ policy, effectiveAtMs: Math.floor((Date.now() + aheadMs) / 1_000) * 1_000 },
  ...{ actor: 'test', nowMs: Date.now() },
});

const stateOf = async (ledger: Ledger, accountId: string) => {
  const state = await readAccount(ledger, { accountId });
  if (state === undefined) throw new Error('no account');
  return state;
};

const expiryNoticesOf = async ({ ledger }: TestLedger, accountId: string) =>
  (await readDueNotices(ledger, { accountId })).filter(
    ({ notice }) => notice.kind === 'credits_expiry_announced',
  );

const advance = ({ ledger }: TestLedger, accountId: string, offsetMs: number) =>
  advanceTestClock(ledger, { accountId, offsetMs, actor: 'test', nowMs: Date.now() });

describe('R68 the table of policies', () => {
  const test = useLedger();

  it('begins with the preset, value for value', async () => {
    expect(await readSchedule(test.ledger)).toEqual(onlyPolicy(together202511));
    const { rows } = await test.asSuperuser('select values from policies');
    // Not the other way: a field may be younger than the row.
    const [{ values = {} } = {}] = rows as { values?: object }[];
    expect(JSON.parse(JSON.stringify(policyJson(together202511)))).toMatchObject(values);
    expect(values).toHaveProperty('currencies.usd.minimumPurchase', '5.00');
  });

  it('takes no activation that processes could miss: 60 seconds ahead, when it commits', async () => {
    const insert = (seconds: number) =>
      test.ledger.run(
        `insert into policy_activations (effective_at, version, actor)
         values (clock_timestamp() + $1 * interval '1 second', 'together-2025-11', 'test')`,
        [seconds],
      );
    await expect(insert(59.9)).rejects.toMatchObject({
      name: 'policy_activations_take_effect_later',
    });
    const slow = test.ledger.transaction(async (session) => {
      session.write(
        `insert into policy_activations (effective_at, version, actor)
         values (clock_timestamp() + interval '60.2 seconds', 'together-2025-11', 'test')`,
      );
      await session.read('select pg_sleep(0.4)');
    });
    await expect(slow).rejects.toMatchObject({ name: 'policy_activations_take_effect_later' });
    const soon = await activatePolicy(test.ledger, changeTo(together2026, 59_000));
    expect(soon).toMatchObject({ refusal: { code: 'policy_effective_too_soon' } });
    expect((await listPolicies(test.ledger)).activations).toHaveLength(1);
  });

  it('has one first policy, and no first one more', async () => {
    const another = test.ledger.run(
      `insert into policy_activations (version, actor) values ('together-2025-11', 'test')`,
    );
    await expect(another).rejects.toMatchObject({ name: 'policy_activations_one_first' });
  });

  it('knows an activation again; another one for the same instant takes its place', async () => {
    const change = changeTo(together2026, hourMs);
    expect(await activatePolicy(test.ledger, change)).toEqual({ status: 'recorded' });
    expect(await activatePolicy(test.ledger, change)).toEqual({ status: 'stored' });
    const at = async () => policyAt(await readSchedule(test.ledger), change.effectiveAtMs).version;
    expect(await at()).toBe('together-2026');
    const back = { ...change, policy: together202511 };
    expect(await activatePolicy(test.ledger, back)).toEqual({ status: 'recorded' });
    expect(await at()).toBe('together-2025-11');
    expect((await listPolicies(test.ledger)).activations).toHaveLength(3);
    const { rows } = await test.asSuperuser(
      `select action, actor from audit_log where action = 'policy.activate'`,
    );
    expect(rows).toEqual(Array(2).fill({ action: 'policy.activate', actor: 'test' }));
  });

  it('never changes the values of a version', async () => {
    const values = { ...together2026, graceAfterDueMs: 1 };
    const other = activatePolicy(test.ledger, changeTo(values, 2 * hourMs));
    await expect(other).rejects.toMatchObject({ code: 'policy_version_reused' });
    expect(await readPolicy(test.ledger, together2026)).toEqual(together2026);
    const change = test.asSuperuser(`update policies set values = values`);
    await expect(change).rejects.toMatchObject({ constraint: 'policies_append_only' });
  });
});

describe('B15 a process’s copy of the policies', () => {
  const test = useLedger();

  function counting(ledger: Ledger) {
    const counted = { ...ledger, reads: 0 };
    counted.run = (sql, values) => {
      counted.reads += 1;
      return ledger.run(sql, values);
    };
    return counted;
  }

  it('is read again when it is older than 20 seconds by either clock', async () => {
    const ledger = counting(test.ledger);
    const clocks = { elapsed: 0, wall: 1_000_000 };
    const policies = openPolicies(ledger, {
      elapsedMs: () => clocks.elapsed,
      wallMs: () => clocks.wall,
    });
    await Promise.all([policies.read(), policies.read(), policies.read()]);
    expect(ledger.reads).toBe(1);
    const change = changeTo(together2026, hourMs);
    await activatePolicy(test.ledger, change);
    const seen = async () => (await policies.read()).length;

    Object.assign(clocks, { elapsed: 20_000, wall: 1_020_000 });
    expect([await seen(), ledger.reads]).toEqual([1, 1]);
    Object.assign(clocks, { elapsed: 20_001, wall: 1_020_001 });
    expect([await seen(), ledger.reads]).toEqual([2, 2]);
    // Asleep, the one clock stands still; set back, the other hides time.
    Object.assign(clocks, { elapsed: 20_002, wall: 1_040_002 });
    expect([await seen(), ledger.reads]).toEqual([2, 3]);
    Object.assign(clocks, { elapsed: 20_003, wall: 1_000_000 });
    expect([await seen(), ledger.reads]).toEqual([2, 4]);
  });

  it('is never used when it is old and the database does not answer', async () => {
    const ledger = openLedger({ url: test.appUrl });
    let elapsed = 0;
    const policies = openPolicies(ledger, { elapsedMs: () => elapsed, wallMs: () => 0 });
    await policies.read();
    await ledger.close();
    await expect(policies.read()).resolves.toBeDefined();
    elapsed = 20_001;
    await expect(policies.read()).rejects.toBeInstanceOf(LedgerUnavailable);
  });

  it('is refused when reading it took too long to be new', async () => {
    let elapsed = 0;
    const elapsedMs = () => (elapsed += 20_001);
    const policies = openPolicies(test.ledger, { elapsedMs, wallMs: () => 0 });
    await expect(policies.read()).rejects.toBeInstanceOf(LedgerUnavailable);
  });
});

describe('R68 going fully prepaid', () => {
  const test = useLedger();

  it('is a date: it reaches each account by the account’s own time', async () => {
    const [ahead, behind] = [await anAccount(test.ledger), await anAccount(test.ledger)];
    const change = changeTo(together2026, hourMs);
    for (const accountId of [ahead, behind]) {
      await aPaidPurchase(test.ledger, accountId);
      const card = { accountId, paymentMethodId: 'pm_visa', card: visa, makeDefault: true };
      await saveCard(test.ledger, { ...card, actor: 'test', nowMs: Date.now() });
    }
    const preview = await previewPolicy(test.ledger, change);
    expect(preview).toMatchObject({
      ...{ instead: 'together-2025-11', withoutNotice: null },
      impacts: [{ currency: 'usd', accounts: 2, lower: 2, higher: 0, owingMore: 0 }],
    });
    expect(preview.impacts[0]?.largest).toContainEqual({
      ...{ accountId: ahead, before: dollars(100), after: 0, owed: 0 },
    });

    await activatePolicy(test.ledger, change);
    await advance(test, ahead, 2 * hourMs);
    const policies = await readSchedule(test.ledger);
    const standing = async (accountId: string) => {
      const { account, balances } = await stateOf(test.ledger, accountId);
      const cards = await listCards(test.ledger, { accountId });
      const nowMs = Date.now() + account.testClockOffsetMs;
      return standingOf({ account, balances, cards }, policyAt(policies, nowMs), nowMs);
    };
    expect(await standing(ahead)).toMatchObject({ limit: 0, ceiling: 0 });
    expect(await standing(behind)).toMatchObject({ limit: dollars(100), ceiling: dollars(100) });

    const versionOf = async (accountId: string) => {
      await openPurchase(test.ledger, aRequest(accountId, { nowMs: Date.now() }), policies);
      const { rows } = await test.asSuperuser(
        `select policy_version as version from billing_events where account_id = $1
         order by event_id desc limit 1`,
        [uuidOf(accountId)],
      );
      return (rows as { version: string }[])[0]?.version;
    };
    expect(await versionOf(ahead)).toBe('together-2026');
    expect(await versionOf(behind)).toBe('together-2025-11');
  });
});

describe('R2 an expiry of purchased credits', () => {
  const test = useLedger();
  const activate = async (aheadMs: number, policy = expiring) =>
    activatePolicy(test.ledger, changeTo(policy, aheadMs));
  const refusedFor = (accounts: string) => ({
    status: 'refused',
    refusal: {
      code: 'policy_notice_missing',
      message: expect.stringContaining(accounts) as string,
    },
  });
  const accounts: string[] = [];

  it('is refused, with their number, while open accounts were not told', async () => {
    for (let index = 0; index < 3; index += 1) accounts.push(await anAccount(test.ledger));
    const [closed = ''] = accounts;
    await closeAccount(
      test.ledger,
      { accountId: closed, actor: 'test', nowMs: Date.now() },
      onlyPolicy(together202511),
    );
    expect(await activate(100 * dayMs)).toMatchObject(refusedFor('2 open accounts have'));
  });

  it('cannot be announced less than 90 days ahead, nor where nothing expires', async () => {
    const announce = (policy: Policy, aheadMs: number) =>
      announcePolicy(test.ledger, changeTo(policy, aheadMs));
    expect(await announce(expiring, 89 * dayMs)).toMatchObject(refusedFor('would be early enough'));
    expect(await announce(together2026, 100 * dayMs)).toMatchObject({ status: 'refused' });
  });

  it('is announced to each open account once, also when it is announced again', async () => {
    const change = changeTo(expiring, 91 * dayMs);
    const told = { status: 'recorded', accounts: 2 };
    expect(await announcePolicy(test.ledger, change)).toEqual(told);
    const [closed = '', first = '', second = ''] = accounts;
    const [notice] = await expiryNoticesOf(test, first);
    expect(notice?.notice).toMatchObject({ version: 'expiring', expireAfterMs });
    // A walk that ended half way: the same call goes on.
    await test.asSuperuser('delete from notices where account_id = $1', [uuidOf(second)]);
    expect(await activate(100 * dayMs)).toMatchObject(refusedFor('1 open account has'));
    expect(await announcePolicy(test.ledger, change)).toEqual({ ...told, status: 'stored' });
    expect(await expiryNoticesOf(test, first)).toEqual([notice]);
    expect(await expiryNoticesOf(test, second)).toHaveLength(1);
    expect(await expiryNoticesOf(test, closed)).toEqual([]);
  });

  it('is told to a new account when it is made, which then needs no notice before', async () => {
    const made = await anAccount(test.ledger, { nowMs: Date.now() });
    expect(await expiryNoticesOf(test, made)).toHaveLength(1);
    await test.asSuperuser(
      `update notices set recorded_at = now() + interval '50 days' where account_id = $1`,
      [uuidOf(made)],
    );
    const preview = await previewPolicy(test.ledger, changeTo(expiring, 92 * dayMs));
    expect(preview.withoutNotice).toBe(0);
  });

  it('misses no account that is being made while it is announced', async () => {
    const waitsFor = async (mode: 'shared' | 'exclusive', work: () => Promise<unknown>) => {
      const working = await test.ledger.transaction(async (session) => {
        lockPolicyChanges(session, mode);
        await session.read('select 1');
        const started = work().then(() => true);
        expect(await Promise.race([started, setTimeout(150, false)])).toBe(false);
        return { started };
      });
      expect(await working.started).toBe(true);
    };
    const change = changeTo(expiring, 91 * dayMs);
    await waitsFor('shared', () => announcePolicy(test.ledger, change));
    await waitsFor('exclusive', () => anAccount(test.ledger));
  });

  it('needs notices that are 90 days old, of this version, for this date or an earlier one', async () => {
    expect(await activate(90 * dayMs)).toMatchObject(refusedFor('4 open accounts'));
    const other = named('sooner', { purchasedCreditsExpireAfterMs: dayMs });
    expect(await activate(92 * dayMs, other)).toMatchObject(refusedFor('4 open accounts'));
    const [, first = ''] = accounts;
    const age = `update notices set recorded_at = now() + $2 * interval '1 day' where account_id = $1`;
    // Old enough, were it not for a later date than this one.
    await test.asSuperuser(age, [uuidOf(first), -30]);
    expect(await activate(89 * dayMs)).toMatchObject(refusedFor('4 open accounts'));
    await test.asSuperuser(age, [uuidOf(first), 3]);
    expect(await activate(92 * dayMs)).toMatchObject(refusedFor('1 open account has'));
    await test.asSuperuser(age, [uuidOf(first), 0]);
    expect(await activate(92 * dayMs)).toEqual({ status: 'recorded' });
  });

  it('R1 touches only credits captured after its start, by the account’s own time', async () => {
    const [, accountId = '', other = ''] = accounts;
    await advance(test, accountId, 93 * dayMs);
    const policies = await readSchedule(test.ledger);
    const buy = async (account: string, capturedAtMs: number, nowMs: number) => {
      const request = aRequest(account, { nowMs: Date.now() });
      const opened = await openPurchase(test.ledger, request, policies);
      if (opened.status !== 'opened') throw new Error(opened.status);
      const { purchase } = opened;
      await settlePurchase(
        test.ledger,
        {
          ...{ accountId: account, purchaseId: purchase.purchaseId, cardRefusal: null, nowMs },
          ...{ capture: aCapture(purchase, { capturedAtMs }), attempt: anAttempt(purchase) },
        },
        policies,
      );
    };
    const now = Date.now();
    const later = now + 93 * dayMs;
    await buy(accountId, now, later);
    await buy(accountId, later, later);
    // The sandbox's clock went along with the other account; this one is not there yet.
    await buy(other, later, now);
    const lotsOf = async (account: string) => (await stateOf(test.ledger, account)).lots;
    expect(await lotsOf(accountId)).toMatchObject([
      { expiresAtMs: null },
      { expiresAtMs: later + expireAfterMs },
    ]);
    expect(await lotsOf(other)).toMatchObject([{ expiresAtMs: null }]);
    const told = (await readDueNotices(test.ledger, { accountId })).map(({ notice }) => notice);
    expect(told).toContainEqual(
      expect.objectContaining({
        ...{ kind: 'purchase_succeeded', expiresAtMs: later + expireAfterMs },
      }),
    );
    expect((await verifyLedger(test.ledger)).differences).toEqual([]);
  });
});
