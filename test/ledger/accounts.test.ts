import { describe, expect, it } from 'vitest';
import { period } from '../../domain/period.ts';
import { closeAccount } from '../../ledger/account-closing.ts';
import {
  advanceTestClock,
  recordCustomer,
  setOwnBalanceLimit,
} from '../../ledger/account-settings.ts';
import { createAccount, listAccounts, readAccount } from '../../ledger/accounts.ts';
import { grantCredits, recordOpeningBalance } from '../../ledger/credits.ts';
import { findAccount } from '../../ledger/locators.ts';
import { eraseProfile, readProfile } from '../../ledger/profiles.ts';
import { anAccount, dollars, newAccountId, nowMs, policies, useLedger } from './ledger-fixture.ts';

const test = useLedger();
const ada = {
  ...{ currency: 'usd', name: 'Ada', email: 'ada@example.com', taxCountry: 'US', taxRegion: 'WA' },
  ...{ actor: 'test', nowMs },
};

describe('createAccount', () => {
  it('makes an account with nothing in it, and finds it again for a repeat', async () => {
    const input = { ...ada, accountId: newAccountId() };
    const { status, account } = await createAccount(test.ledger, input, policies);
    expect(status).toBe('created');
    expect(await readAccount(test.ledger, input)).toMatchObject({
      account: {
        ...{ currency: 'usd', status: 'open', plan: 'build', taxCountry: 'US', taxRegion: 'WA' },
        ...{ ownBalanceLimit: null, customerId: null, testClockOffsetMs: 0, createdAtMs: nowMs },
      },
      balances: { purchased: 0, free: 0, unbilled: 0, lifetimePaid: 0, version: 0 },
      ...{ lots: [], unbilledPeriods: [] },
    });
    const again = await createAccount(test.ledger, { ...input, nowMs: nowMs + 1 }, policies);
    expect(again).toEqual({ status: 'stored', account });
  });

  it.each([
    ['name', { name: 'Eva' }],
    ['mail address', { email: 'eva@example.com' }],
    ['currency', { currency: 'eur' }],
    ['place', { taxRegion: 'NY' }],
  ])('B19 fails where the same id comes with another %s', async (_, change) => {
    const input = { ...ada, accountId: newAccountId() };
    await createAccount(test.ledger, input, policies);
    const other = createAccount(test.ledger, { ...input, ...change }, policies);
    await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused' });
  });

  it.each(['gbp', 'xyz', ''])(
    'R69 refuses the currency "%s", which has no row',
    async (currency) => {
      const input = { ...ada, accountId: newAccountId(), currency };
      const creation = createAccount(test.ledger, input, policies);
      await expect(creation).rejects.toMatchObject({ code: 'currency_not_supported' });
      expect(await readAccount(test.ledger, input)).toBeUndefined();
    },
  );

  it.each(['acct_x', `acct_${'0'.repeat(26)}`])('takes no id such as %s', async (accountId) => {
    const creation = createAccount(test.ledger, { ...ada, accountId }, policies);
    await expect(creation).rejects.toThrow('not an account id');
  });
});

describe('listAccounts', () => {
  it('shows every account once, page by page', async () => {
    const made = await Promise.all(Array.from({ length: 5 }, () => anAccount(test.ledger)));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await listAccounts(test.ledger, { cursor, limit: 2 });
      seen.push(...page.accounts.map(({ accountId }) => accountId));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(made));
  });
});

describe('settings', () => {
  it.each([
    [0, 'set'],
    [37.5, 'set'],
    [100, 'set'],
    [null, 'set'],
    [100.01, 'refused'],
    [-1, 'refused'],
  ])('R18 an own balance limit of %s is %s', async (limit, status) => {
    const accountId = await anAccount(test.ledger);
    const ownBalanceLimit = limit === null ? null : dollars(limit);
    const asked = { accountId, ownBalanceLimit, actor: 'test', nowMs };
    expect(await setOwnBalanceLimit(test.ledger, asked, policies)).toMatchObject({ status });
    const state = await readAccount(test.ledger, { accountId });
    expect(state?.account.ownBalanceLimit).toBe(status === 'set' ? ownBalanceLimit : null);
  });

  it('the first customer recorded stays', async () => {
    const accountId = await anAccount(test.ledger);
    const customerId = `cus_${accountId}`;
    expect(await recordCustomer(test.ledger, { accountId, customerId })).toEqual({ customerId });
    const second = await recordCustomer(test.ledger, { accountId, customerId: 'cus_second' });
    expect(second).toEqual({ customerId });
    expect(await findAccount(test.ledger, { kind: 'customer', key: customerId })).toBe(accountId);
    expect(await findAccount(test.ledger, { kind: 'customer', key: 'cus_no' })).toBeUndefined();
  });

  it('the test clock never goes back', async () => {
    const accountId = await anAccount(test.ledger);
    const offsets = [];
    for (const offsetMs of [1_000, 500, 2_000]) {
      const asked = { accountId, offsetMs, actor: 'test', nowMs };
      offsets.push((await advanceTestClock(test.ledger, asked)).testClockOffsetMs);
    }
    expect(offsets).toEqual([1_000, 1_000, 2_000]);
  });

  it('every change is in the audit log once', async () => {
    const accountId = await anAccount(test.ledger);
    const asked = { accountId, actor: 'operator:eva', nowMs };
    await setOwnBalanceLimit(test.ledger, { ...asked, ownBalanceLimit: dollars(5) }, policies);
    for (let count = 0; count < 2; count += 1) {
      await closeAccount(test.ledger, asked, policies);
      await eraseProfile(test.ledger, asked);
    }
    const { rows } = await test.asSuperuser(
      `select actor, action, detail from audit_log
       where actor = 'operator:eva' order by audit_id`,
    );
    expect(rows).toEqual(
      [
        ...[['account.set_own_balance_limit', { from: null, to: 5_000_000 }]],
        ...['account.close', 'account.erase_profile'].map((action) => [action, {}]),
      ].map(([action, detail]) => ({ actor: 'operator:eva', action, detail })),
    );
  });
});

describe('personal data', () => {
  it('is erased whole, while the account stays and a repeat of its creation is still known', async () => {
    const input = { ...ada, accountId: newAccountId() };
    await createAccount(test.ledger, input, policies);
    expect(await readProfile(test.ledger, input)).toEqual({
      ...{ name: 'Ada', email: 'ada@example.com', address: null, erasedAtMs: null },
    });
    await eraseProfile(test.ledger, input);
    expect(await readProfile(test.ledger, input)).toEqual({
      ...{ name: null, email: null, address: null, erasedAtMs: nowMs },
    });
    const again = await createAccount(test.ledger, input, policies);
    expect(again.status).toBe('stored');
    const { rows } = await test.asSuperuser(
      `select table_name from information_schema.columns
       where table_schema = 'public' and column_name in ('name', 'email', 'address')
       order by 1`,
    );
    // An API key's name is the operator's own word for it; a migration's is its file's.
    expect(new Set(rows.map((row: { table_name: string }) => row.table_name))).toEqual(
      new Set(['account_profiles', 'api_keys', 'schema_migrations']),
    );
  });
});

describe('credits without a payment', () => {
  it('R24 R26 free credits are a pot of their own and no tier spend', async () => {
    const accountId = await anAccount(test.ledger);
    const grant = {
      ...{ accountId, amount: dollars(5), scope: ['chat'], expiresAtMs: nowMs + 1_000 },
      ...{ reason: 'welcome', idempotencyKey: 'welcome', actor: 'test', nowMs },
    };
    const first = await grantCredits(test.ledger, grant, policies);
    expect(await grantCredits(test.ledger, grant, policies)).toEqual(first);
    const other = grantCredits(test.ledger, { ...grant, amount: dollars(6) }, policies);
    await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    const state = await readAccount(test.ledger, { accountId });
    expect(state?.balances).toMatchObject({ free: dollars(5), purchased: 0, lifetimePaid: 0 });
    expect(state?.lots).toMatchObject([
      { kind: 'free', amount: dollars(5), scope: ['chat'], expiresAtMs: nowMs + 1_000 },
    ]);
  });

  it('an opening balance brings purchased credits and unbilled months in', async () => {
    const accountId = await anAccount(test.ledger);
    const unbilled = [{ period: period('2026-11'), amount: dollars(3) }];
    const opening = { accountId, purchased: dollars(8), unbilled, idempotencyKey: 'import' };
    for (let count = 0; count < 2; count += 1) {
      await recordOpeningBalance(test.ledger, { ...opening, actor: 'test', nowMs }, policies);
    }
    const state = await readAccount(test.ledger, { accountId });
    expect(state?.balances).toMatchObject({ purchased: dollars(8), unbilled: dollars(3) });
    expect(state?.balances.lifetimePaid).toBe(0);
  });
});
