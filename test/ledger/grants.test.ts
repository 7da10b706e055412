import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { campaignKey } from '../../domain/grants.ts';
import { grantIdFor } from '../../domain/ids.ts';
import { keyDigest } from '../../client/ids.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { closeAccount } from '../../ledger/account-closing.ts';
import { readAccount } from '../../ledger/accounts.ts';
import {
  approveGrant,
  listGrants,
  readGrant,
  rejectGrant,
  requestGrant,
  type GrantOutcome,
  type GrantRequest,
} from '../../ledger/grants.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { anAccount, dayMs, dollars, nowMs, policies, useLedger } from './ledger-fixture.ts';

const test = useLedger();

function ask(accountId: string, change: Partial<GrantRequest> = {}): Promise<GrantOutcome> {
  const request = {
    ...{ accountId, grantId: grantIdFor(accountId, randomBytes(8).toString('hex')) },
    ...{ amount: dollars(60), scope: null, expiresAtMs: null, reason: 'goodwill' },
    ...{ actor: 'operator:ada', nowMs, ...change },
  };
  return requestGrant(test.ledger, request, policies);
}

function idOf(outcome: GrantOutcome): string {
  if (outcome.status === 'refused') throw new Error(outcome.refusal.message);
  return outcome.grant.grantId;
}

const decide = (grantId: string, actor: string) => ({ grantId, actor, nowMs });
const approve = (grantId: string, actor: string) =>
  approveGrant(test.ledger, decide(grantId, actor), policies);
const reject = (grantId: string, actor: string) => rejectGrant(test.ledger, decide(grantId, actor));

const freeOf = async (accountId: string) =>
  (await readAccount(test.ledger, { accountId }))?.balances.free;

const posted = { status: 'recorded', grant: { state: 'posted' } };
const awaiting = { status: 'recorded', grant: { state: 'awaiting_second_person', lotId: null } };

describe('R64 one person', () => {
  it('gives up to the policy’s limit alone: one lot, one event, an audit entry', async () => {
    const accountId = await anAccount(test.ledger);
    const terms = { amount: dollars(100), scope: ['chat'], expiresAtMs: nowMs + dayMs };
    const outcome = await ask(accountId, terms);
    expect(outcome).toMatchObject({
      status: 'recorded',
      grant: {
        ...{ state: 'posted', ...terms, requestedBy: 'operator:ada', decidedBy: null, lotId: 1 },
      },
    });
    const state = await readAccount(test.ledger, { accountId });
    expect(state?.balances).toMatchObject({ free: dollars(100), lifetimePaid: 0, version: 1 });
    expect(state?.lots).toMatchObject([{ lotId: 1, kind: 'free', ...terms }]);
    const { rows } = await test.asSuperuser(
      `select actor, action from audit_log where account_id = $1 and action like '%grant%'`,
      [uuidOf(accountId)],
    );
    expect(rows).toEqual([{ actor: 'operator:ada', action: 'credits.grant' }]);
  });

  it('waits for a second one above it, by a micro-unit even', async () => {
    const accountId = await anAccount(test.ledger);
    expect(await ask(accountId, { amount: dollars(100.000001) })).toMatchObject(awaiting);
    expect(await freeOf(accountId)).toBe(0);
  });

  it('does not get around it by parts, which count together for 24 hours', async () => {
    const accountId = await anAccount(test.ledger);
    expect(await ask(accountId)).toMatchObject(posted);
    expect(await ask(accountId)).toMatchObject(awaiting);
    expect(await ask(accountId, { amount: dollars(40) })).toMatchObject(posted);
    expect(await ask(accountId, { amount: dollars(0.000001) })).toMatchObject(awaiting);
    expect(await freeOf(accountId)).toBe(dollars(100));
    expect(await ask(accountId, { actor: 'operator:bob' })).toMatchObject(posted);
    expect(await ask(await anAccount(test.ledger))).toMatchObject(posted);
  });

  it('may give as much again once the 24 hours are over', async () => {
    const accountId = await anAccount(test.ledger);
    await ask(accountId);
    await test.asSuperuser('alter table grants disable trigger grants_decided_once');
    await test.asSuperuser(
      `update grants set recorded_at = recorded_at - interval '24 hours' where account_id = $1`,
      [uuidOf(accountId)],
    );
    await test.asSuperuser('alter table grants enable trigger grants_decided_once');
    expect(await ask(accountId)).toMatchObject(posted);
  });

  it('does not get around it by asking at the same time', async () => {
    const accountId = await anAccount(test.ledger);
    await Promise.all(Array.from({ length: 8 }, () => ask(accountId, { amount: dollars(30) })));
    expect(await freeOf(accountId)).toBe(dollars(90));
  });
});

describe('R64 the second person', () => {
  const waiting = async () => {
    const accountId = await anAccount(test.ledger);
    return { accountId, grantId: idOf(await ask(accountId, { amount: dollars(500) })) };
  };

  it('approves, and the credits are posted once', async () => {
    const { accountId, grantId } = await waiting();
    const outcome = await approve(grantId, 'operator:bob');
    expect(outcome).toMatchObject({
      grant: { state: 'posted', requestedBy: 'operator:ada', decidedBy: 'operator:bob', lotId: 1 },
    });
    expect(await approve(grantId, 'operator:eve')).toEqual(outcome);
    expect(await readGrant(test.ledger, { grantId })).toEqual('grant' in outcome && outcome.grant);
    expect(await freeOf(accountId)).toBe(dollars(500));
  });

  it('is not the first one', async () => {
    const { accountId, grantId } = await waiting();
    expect(await approve(grantId, 'operator:ada')).toMatchObject({
      ...{ status: 'refused', refusal: { code: 'grant_needs_second_person' } },
    });
    expect(await freeOf(accountId)).toBe(0);
    const forced = test.asSuperuser(
      `update grants set state = 'rejected', decided_by = requested_by, decided_at = now()
       where grant_id = $1`,
      [grantId],
    );
    await expect(forced).rejects.toMatchObject({ constraint: 'grants_two_persons' });
  });

  it('rejects, or the first one withdraws; then nobody approves any more', async () => {
    for (const [actor, state] of [
      ['operator:bob', 'rejected'],
      ['operator:ada', 'withdrawn'],
    ] as const) {
      const { accountId, grantId } = await waiting();
      expect(await reject(grantId, actor)).toMatchObject({ grant: { state, decidedBy: actor } });
      expect(await reject(grantId, actor)).toMatchObject({ grant: { state, decidedBy: actor } });
      expect(await approve(grantId, 'operator:eve')).toMatchObject({
        refusal: { code: 'grant_decided' },
      });
      expect(await freeOf(accountId)).toBe(0);
    }
  });

  it('cannot reject what is posted, and a decision is final in the database, too', async () => {
    const { grantId } = await waiting();
    await approve(grantId, 'operator:bob');
    expect(await reject(grantId, 'operator:eve')).toMatchObject({
      refusal: { code: 'grant_decided' },
    });
    const undone = test.asSuperuser('update grants set reason = reason where grant_id = $1', [
      grantId,
    ]);
    await expect(undone).rejects.toMatchObject({ constraint: 'grants_decided_once' });
  });

  it('posts once where several approve and reject at the same time', async () => {
    const { accountId, grantId } = await waiting();
    const names = ['bob', 'eve', 'dan', 'fay'];
    const outcomes = await Promise.all([
      ...names.map((name) => approve(grantId, `operator:${name}`)),
      ...names.map((name) => reject(grantId, `operator:${name}`)),
    ]);
    const grant = await readGrant(test.ledger, { grantId });
    const free = grant?.state === 'posted' ? dollars(500) : 0;
    expect(await freeOf(accountId)).toBe(free);
    const recorded = outcomes.filter(({ status }) => status === 'recorded');
    expect(recorded.length).toBeGreaterThan(0);
    for (const outcome of recorded) expect('grant' in outcome && outcome.grant).toEqual(grant);
  });

  it('comes too late where the credits would have ended by then', async () => {
    const accountId = await anAccount(test.ledger);
    const terms = { amount: dollars(500), expiresAtMs: nowMs + dayMs };
    const grantId = idOf(await ask(accountId, terms));
    const late = { grantId, actor: 'operator:bob', nowMs: nowMs + dayMs };
    expect(await approveGrant(test.ledger, late, policies)).toMatchObject({
      refusal: { code: 'grant_not_possible' },
    });
    expect(await freeOf(accountId)).toBe(0);
  });
});

describe('a repeat', () => {
  it('gives nothing more, whether it is posted, waits or was decided', async () => {
    const accountId = await anAccount(test.ledger);
    for (const amount of [dollars(50), dollars(500)]) {
      const grantId = grantIdFor(accountId, randomBytes(8).toString('hex'));
      const first = await ask(accountId, { grantId, amount });
      expect(await ask(accountId, { grantId, amount, nowMs: nowMs + dayMs })).toEqual(first);
      const other = ask(accountId, { grantId, amount: dollars(1) });
      await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused' });
      if (amount === dollars(500)) {
        const approved = await approve(grantId, 'operator:bob');
        expect(await ask(accountId, { grantId, amount })).toEqual(approved);
      }
    }
    expect(await freeOf(accountId)).toBe(dollars(550));
  });

  it('B13 a campaign gives once a month, however often it is run', async () => {
    const accountId = await anAccount(test.ledger);
    const run = (atMs: number) => {
      const grantId = grantIdFor(accountId, keyDigest(campaignKey('welcome', atMs)));
      return ask(accountId, { grantId, amount: dollars(5), nowMs: atMs });
    };
    await Promise.all([run(nowMs), run(nowMs), run(nowMs + dayMs)]);
    expect(await freeOf(accountId)).toBe(dollars(5));
    await run(nowMs + 30 * dayMs);
    expect(await freeOf(accountId)).toBe(dollars(10));
  });
});

describe('refused is', () => {
  const many = Array.from({ length: 21 }, (_, index) => `model-${index}`);
  it.each<[string, Partial<GrantRequest>]>([
    ['no amount', { amount: dollars(0) }],
    ['less than nothing', { amount: dollars(-5) }],
    ['an expiry that is now', { expiresAtMs: nowMs }],
    ['an empty scope', { scope: [] }],
    ['a scope of 21', { scope: many }],
    ['a scope that names one twice', { scope: ['chat', 'chat'] }],
    ['a scope with an empty name', { scope: [''] }],
    ['a grant without reason', { reason: ' ' }],
  ])('R28 %s', async (_, change) => {
    const accountId = await anAccount(test.ledger);
    expect(await ask(accountId, change)).toMatchObject({
      ...{ status: 'refused', refusal: { code: 'grant_not_possible' } },
    });
    expect(await freeOf(accountId)).toBe(0);
  });

  it('a grant to a closed account', async () => {
    const accountId = await anAccount(test.ledger);
    await closeAccount(test.ledger, { accountId, actor: 'test', nowMs }, policies);
    expect(await ask(accountId)).toMatchObject({ refusal: { code: 'account_closed' } });
  });
});

it('grants are listed by state and account, newest first, in pages', async () => {
  const accountId = await anAccount(test.ledger);
  const ids: string[] = [];
  for (const amount of [500, 10, 20, 600]) {
    ids.push(idOf(await ask(accountId, { amount: dollars(amount) })));
  }
  const page = (cursor: string | null, state: 'posted' | null = null) =>
    listGrants(test.ledger, { state, accountId, cursor, limit: 3 });
  const first = await page(null);
  const second = await page(first.nextCursor);
  expect([...first.grants, ...second.grants].map(({ grantId }) => grantId)).toEqual(
    ids.toReversed(),
  );
  expect(second.nextCursor).toBeNull();
  expect((await page(null, 'posted')).grants.map(({ amount }) => amount)).toEqual([
    dollars(20),
    dollars(10),
  ]);
});

it('R65 the books agree with themselves after all of this', async () => {
  expect((await verifyLedger(test.ledger)).differences).toEqual([]);
});
