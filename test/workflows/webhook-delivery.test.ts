import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { houseId } from '../../ledger/account-id.ts';
import * as endpoints from '../../ledger/webhook-endpoints.ts';
import { replayWebhook } from '../../ledger/webhook-log.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { isSignedWith, type Receiver } from '../support/webhook-receiver.ts';
import { logOf, ping, receiving, register } from '../support/webhook-registration.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.close());

const typesOf = ({ requests }: Receiver) => requests.map(({ body }) => body.type).toSorted();

describe('R63 a purchase', () => {
  test('is told to its account’s endpoint and to the operator’s by itself, signed', async () => {
    const { accountId } = await stack.createAccount();
    const [own, house] = [await receiving(), await receiving()];
    const mine = await register(stack.ledger, accountId, own, [
      ...(['purchase.opened', 'purchase.succeeded'] as const),
    ]);
    const operators = await register(stack.ledger, houseId, house, ['purchase.succeeded']);
    const { purchaseId } = await stack.purchase(accountId);
    await expect.poll(() => typesOf(own)).toEqual(['purchase.opened', 'purchase.succeeded']);
    await expect.poll(() => typesOf(house)).toEqual(['purchase.succeeded']);
    const told = own.requests.find(({ body }) => body.type === 'purchase.succeeded');
    if (told === undefined) throw new Error('not told');
    expect(told.body).toMatchObject({
      version: 1,
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      data: { accountId, purchaseId, currency: 'usd', credits: '25.00', receiptNumber: 'R-000001' },
    });
    expect(isSignedWith(mine.secret, told)).toBe(true);
    expect(isSignedWith(operators.secret, told)).toBe(false);
    expect(house.requests.every((request) => isSignedWith(operators.secret, request))).toBe(true);
    expect(house.requests[0]?.id).toBe(told.id);
    await endpoints.removeWebhookEndpoint(stack.ledger, {
      ...{ endpointId: operators.endpointId, actor: 'test', nowMs: Date.now() },
    });
  });

  test('of an account without endpoints writes no message', async () => {
    const { accountId } = await stack.createAccount();
    await stack.purchase(accountId);
    const rows = await stack.ledger.run<{ account: string }>(
      'select account_id as account from webhook_messages',
    );
    expect(rows.map(({ account }) => account)).not.toContain(accountId);
  });
});

describe('R63 an endpoint', () => {
  test('that fails or drops the connection gets the same message, id and body again', async () => {
    const { accountId } = await stack.createAccount();
    const receiver = await receiving({ status: 0 }, { status: 200 });
    const endpoint = await register(stack.ledger, accountId, receiver);
    const { messageId } = await ping(stack.ledger, endpoint);
    await expect.poll(() => receiver.requests.length).toBe(2);
    const [first, second] = receiver.requests;
    expect([first?.id, second?.id]).toEqual([messageId, messageId]);
    expect(second?.rawBody).toBe(first?.rawBody);
    expect(receiver.requests.every((request) => isSignedWith(endpoint.secret, request))).toBe(true);
    await expect
      .poll(async () => (await logOf(stack.ledger, endpoint))[0]?.state)
      .toBe('delivered');
    expect(await logOf(stack.ledger, endpoint)).toMatchObject([
      {
        attempts: [
          { attempt: 1, status: null, error: 'ECONNRESET' },
          { attempt: 2, status: 200 },
        ],
      },
    ]);
  });

  test('is not followed where it redirects, and 200 characters of an answer are kept', async () => {
    const { accountId } = await stack.createAccount();
    const elsewhere = await receiving();
    const location = { location: elsewhere.url };
    const receiver = await receiving({ status: 307, headers: location, body: 'é\0'.repeat(5_000) });
    const endpoint = await register(stack.ledger, accountId, receiver);
    await ping(stack.ledger, endpoint);
    await expect.poll(async () => (await logOf(stack.ledger, endpoint))[0]?.lastStatus).toBe(307);
    expect(elsewhere.requests).toEqual([]);
    const [delivery] = await logOf(stack.ledger, endpoint);
    expect(delivery).toMatchObject({ state: 'waiting', lastError: 'http_307' });
    expect(delivery?.attempts[0]?.answer).toBe('é '.repeat(100));
  });

  test('that answers 410 is disabled: nothing more is sent, its customer and others are told', async () => {
    const { accountId } = await stack.createAccount();
    const [gone, other] = [await receiving({ status: 410 }), await receiving()];
    const endpoint = await register(stack.ledger, accountId, gone, ['ping']);
    await register(stack.ledger, accountId, other);
    await ping(stack.ledger, endpoint);
    await expect.poll(() => typesOf(other)).toEqual(['webhook_endpoint.disabled']);
    const stored = await endpoints.readWebhookEndpoint(stack.ledger, endpoint);
    expect(stored).toMatchObject({ disabledReason: 'gone' });
    const notices = await stack.ledger.run<{ kind: string; payload: object }>(
      `select kind, payload from notices where payload ->> 'endpointId' = $1`,
      [endpoint.endpointId],
    );
    expect(notices).toMatchObject([{ kind: 'webhook_endpoint_disabled' }]);
    await expect(ping(stack.ledger, endpoint)).rejects.toMatchObject({
      code: 'webhook_endpoint_disabled',
    });
    expect(gone.requests).toHaveLength(1);
  });

  test('that is slow holds up no other', async () => {
    const { accountId } = await stack.createAccount();
    const [slow, quick] = [await receiving({ status: 200, delayMs: 60_000 }), await receiving()];
    const [one, other] = [
      await register(stack.ledger, accountId, slow),
      await register(stack.ledger, accountId, quick),
    ];
    await ping(stack.ledger, one);
    await expect.poll(() => slow.requests.length).toBe(1);
    await ping(stack.ledger, other);
    await expect.poll(() => quick.requests.length).toBe(1);
    // Its first attempt, of which nothing is recorded before it ended, is still under way.
    expect(await logOf(stack.ledger, one)).toMatchObject([{ state: 'waiting', attempts: [] }]);
  });

  test('gets both signatures for a day after its secret was rotated, then the new one only', async () => {
    const { accountId } = await stack.createAccount();
    const receiver = await receiving();
    const endpoint = await register(stack.ledger, accountId, receiver);
    const rotationId = randomUUID();
    const rotate = (nowMs: number, id = rotationId) =>
      endpoints.rotateWebhookSecret(stack.ledger, {
        ...{ endpointId: endpoint.endpointId, rotationId: id, actor: 'test', nowMs },
      });
    const { secret } = await rotate(Date.now());
    expect(await rotate(Date.now())).toMatchObject({ secret });
    await ping(stack.ledger, endpoint);
    await expect.poll(() => receiver.requests.length).toBe(1);
    const [both] = receiver.requests;
    if (both === undefined || secret === null) throw new Error('not sent');
    expect([isSignedWith(endpoint.secret, both), isSignedWith(secret, both)]).toEqual([true, true]);
    expect(String(both.headers['webhook-signature']).split(' ')).toHaveLength(2);

    const old = await register(stack.ledger, accountId, receiver);
    const dayAgoMs = Date.now() - 25 * 3_600_000;
    const renewed = await endpoints.rotateWebhookSecret(stack.ledger, {
      ...{ endpointId: old.endpointId, rotationId, actor: 'test', nowMs: dayAgoMs },
    });
    await ping(stack.ledger, old);
    await expect.poll(() => receiver.requests.length).toBe(2);
    const [, single] = receiver.requests;
    if (single === undefined) throw new Error('not sent');
    expect(isSignedWith(old.secret, single)).toBe(false);
    expect(isSignedWith(renewed.secret ?? '', single)).toBe(true);
  });

  test('gets a delivered message again when it is replayed, with the same id, once for one call', async () => {
    const { accountId } = await stack.createAccount();
    const receiver = await receiving();
    const endpoint = await register(stack.ledger, accountId, receiver);
    const { messageId } = await ping(stack.ledger, endpoint);
    await expect
      .poll(async () => (await logOf(stack.ledger, endpoint))[0]?.state)
      .toBe('delivered');
    const replay = { endpointId: endpoint.endpointId, messageId, callId: randomUUID() };
    await replayWebhook(stack.ledger, replay);
    await expect.poll(() => receiver.requests.length).toBe(2);
    await expect.poll(async () => (await logOf(stack.ledger, endpoint))[0]?.attemptsEver).toBe(2);
    await replayWebhook(stack.ledger, replay);
    expect(receiver.requests.map(({ id }) => id)).toEqual([messageId, messageId]);
    expect(await logOf(stack.ledger, endpoint)).toMatchObject([
      { state: 'delivered', attemptsEver: 2 },
    ]);
  });
});

describe('R15 histories', () => {
  test('hold no body, no address and no secret', async () => {
    const { accountId } = await stack.createAccount();
    const receiver = await receiving();
    const endpoint = await register(stack.ledger, accountId, receiver);
    await ping(stack.ledger, endpoint);
    const handle = stack.temporal.workflow.getHandle(`webhook-delivery/${endpoint.endpointId}`);
    await expect.poll(() => receiver.requests.length).toBe(1);
    await handle.result();
    const { events } = await handle.fetchHistory();
    const payloads = JSON.stringify(events, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
    );
    expect(payloads).toContain(endpoint.endpointId);
    for (const secret of [endpoint.secret, receiver.url, 'whsec_', '"version"']) {
      expect(payloads).not.toContain(secret);
    }
  });
});
