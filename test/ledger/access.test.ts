import { describe, expect, it } from 'vitest';
import { createApiKey, findApiKey, revokeApiKey } from '../../ledger/api-keys.ts';
import {
  listAccountsWithDueNotices,
  markNoticeDelivered,
  readDueNotices,
  readNotice,
} from '../../ledger/notices.ts';
import { createPortalSession, findPortalSession } from '../../ledger/portal-sessions.ts';
import { eraseProfile } from '../../ledger/profiles.ts';
import {
  listUnrelayedWebhooks,
  markWebhookRelayed,
  storeWebhookEvent,
} from '../../ledger/webhook-events.ts';
import { anAccount, aPaidPurchase, newAccountId, nowMs, useLedger } from './ledger-fixture.ts';

const test = useLedger();

describe('R64 API keys', () => {
  const create = (accountId: string | null) =>
    createApiKey(test.ledger, { role: 'billing', accountId, name: 'CI', actor: 'test', nowMs });

  it('are found by their secret, of which only a hash is kept', async () => {
    const accountId = await anAccount(test.ledger);
    const { keyId, secret } = await create(accountId);
    expect(secret).toMatch(/^sk_[0-9a-f]{64}$/);
    expect(await findApiKey(test.ledger, { secret })).toEqual({
      ...{ keyId, role: 'billing', accountId, name: 'CI' },
    });
    expect(await findApiKey(test.ledger, { secret: `${secret}0` })).toBeUndefined();
    const { rows } = await test.asSuperuser('select k::text as text from api_keys k');
    expect(JSON.stringify(rows)).not.toContain(secret.slice(3, 35));
  });

  it('may be for all accounts, and end at once', async () => {
    const { keyId, secret } = await create(null);
    expect(await findApiKey(test.ledger, { secret })).toMatchObject({ accountId: null });
    const revocation = { keyId, actor: 'test', nowMs };
    expect(await revokeApiKey(test.ledger, revocation)).toBe(true);
    expect(await revokeApiKey(test.ledger, revocation)).toBe(false);
    expect(await findApiKey(test.ledger, { secret })).toBeUndefined();
  });
});

describe('portal sessions', () => {
  it('are good for a while, and known by a hash', async () => {
    const accountId = await anAccount(test.ledger);
    const session = { accountId, returnUrl: 'https://example.com/', expiresAtMs: nowMs + 1_000 };
    const { token } = await createPortalSession(test.ledger, { ...session, nowMs });
    expect(await findPortalSession(test.ledger, { token, nowMs })).toEqual(session);
    const late = { token, nowMs: nowMs + 1_000 };
    expect(await findPortalSession(test.ledger, late)).toBeUndefined();
    for (const other of ['', 'x', token.replace(/.$/, 'x'), `${token}0`]) {
      expect(await findPortalSession(test.ledger, { token: other, nowMs })).toBeUndefined();
    }
    const { rows } = await test.asSuperuser('select s::text as text from portal_sessions s');
    expect(JSON.stringify(rows)).not.toContain(token.slice(-32));
  });

  it('open nothing of another account', async () => {
    const session = { accountId: await anAccount(test.ledger), returnUrl: null };
    const { token } = await createPortalSession(test.ledger, {
      ...{ ...session, expiresAtMs: nowMs + 1_000, nowMs },
    });
    const other = token.replace(session.accountId.slice(5), newAccountId().slice(5));
    expect(await findPortalSession(test.ledger, { token: other, nowMs })).toBeUndefined();
  });
});

describe('webhooks', () => {
  it('R7 are stored once and listed until they are relayed', async () => {
    const event = {
      ...{ eventId: 'evt_1', type: 'payment_intent.succeeded', objectId: 'pi_1' },
      workflowId: 'purchase/pur_1',
    };
    const store = () => storeWebhookEvent(test.ledger, { ...event, nowMs });
    expect([await store(), await store()]).toEqual([{ isNew: true }, { isNew: false }]);
    const foreign = { ...event, eventId: 'evt_2', workflowId: null };
    await storeWebhookEvent(test.ledger, { ...foreign, nowMs });
    const list = (receivedBeforeMs: number) =>
      listUnrelayedWebhooks(test.ledger, { receivedBeforeMs, limit: 10 });
    expect(await list(nowMs)).toEqual([]);
    expect(await list(nowMs + 1)).toEqual([event]);
    await markWebhookRelayed(test.ledger, { eventId: 'evt_1', nowMs });
    expect(await list(nowMs + 1)).toEqual([]);
  });
});

describe('R62 notices', () => {
  it('are due until delivered, with the address they go to', async () => {
    const accountId = await anAccount(test.ledger);
    const { purchaseId } = await aPaidPurchase(test.ledger, accountId);
    const due = await readDueNotices(test.ledger, { accountId });
    const notice = due.find((row) => row.noticeId.startsWith(purchaseId));
    const others = due.filter((row) => row !== notice);
    expect(others).toMatchObject([{ notice: { kind: 'tier_reached', tier: 'build_1' } }]);
    expect(notice).toMatchObject({
      ...{ accountId, noticeId: `${purchaseId}:purchase_succeeded`, currency: 'usd' },
      ...{ name: 'Ada', email: 'ada@example.com', deliveredAtMs: null },
      notice: { kind: 'purchase_succeeded', purchaseId },
    });
    const noticeIds = [notice, ...others].map((row) => row?.noticeId ?? '');
    const sweep = { olderThanMs: 0, limit: 10 };
    expect(await listAccountsWithDueNotices(test.ledger, sweep)).toContain(accountId);
    for (const deliveredAtMs of [nowMs, nowMs + 1]) {
      for (const noticeId of noticeIds) {
        await markNoticeDelivered(test.ledger, { accountId, noticeId, deliveredAtMs });
      }
    }
    expect(await readDueNotices(test.ledger, { accountId })).toEqual([]);
    expect(await listAccountsWithDueNotices(test.ledger, sweep)).not.toContain(accountId);
    const [noticeId = ''] = noticeIds;
    const delivered = await readNotice(test.ledger, { accountId, noticeId });
    expect(delivered).toEqual({ ...notice, deliveredAtMs: nowMs });
  });

  it('have nobody to go to once the profile was erased', async () => {
    const accountId = await anAccount(test.ledger);
    await aPaidPurchase(test.ledger, accountId);
    await eraseProfile(test.ledger, { accountId, actor: 'test', nowMs });
    const [notice] = await readDueNotices(test.ledger, { accountId });
    expect(notice).toMatchObject({ name: null, email: null });
  });
});
