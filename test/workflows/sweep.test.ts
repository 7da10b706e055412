import { randomUUID } from 'node:crypto';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keepSchedules } from '../../client/schedules.ts';
import { micros } from '../../domain/money.ts';
import { together202511 } from '../../domain/policy.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { closeAccount } from '../../ledger/account-closing.ts';
import { listInvoices } from '../../ledger/invoice-documents.ts';
import { readHold } from '../../ledger/hold-lists.ts';
import { openHoldDesk } from '../../ledger/holds.ts';
import { grantCredits } from '../../ledger/credits.ts';
import { storeWebhookEvent } from '../../ledger/webhook-events.ts';
import type { SweepReport } from '../../workflows/messages.ts';
import { ownNamespace } from '../support/namespace.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

const minuteMs = 60_000;

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ temporalServer: await ownNamespace('sweep') });
});
afterAll(() => stack.close());

function sweep(): Promise<SweepReport> {
  return stack.temporal.workflow.execute('sweep', {
    workflowId: `sweep-${randomUUID()}`,
    taskQueue: stack.workerSettings.taskQueue ?? '',
  });
}

describe('R62 a mail that nobody sent', () => {
  /** As a worker leaves it that died for good between the notice and its mail. */
  async function leftNotice(ageMs: number, email: string): Promise<void> {
    const { accountId } = await stack.createAccount({ email });
    const purchaseId = accountId.replace('acct_', 'pur_') + '_0123456789abcdef';
    const credits = 25_000_000;
    const refusal = { code: 'payment_not_completed', message: 'It was called off.' };
    const payload = { kind: 'purchase_refused', purchaseId, credits, refusal };
    await stack.ledger.run(
      `insert into notices (account_id, notice_id, kind, payload, occurred_at, recorded_at)
       values ($1, $2, $3, $4, clock_timestamp(),
         clock_timestamp() - $5 * interval '1 millisecond')`,
      [
        ...[uuidOf(accountId), `${purchaseId}:purchase_refused`, payload.kind],
        ...[JSON.stringify(payload), ageMs],
      ],
    );
  }

  test('is sent by the sweep once it is older than five minutes, and only once', async () => {
    const email = `${randomUUID()}@example.com`;
    await leftNotice(6 * minuteMs, email);
    expect(await sweep()).toMatchObject({ accountsMailed: 1, accountsNotMailed: 0 });
    expect(await sweep()).toMatchObject({ accountsMailed: 0, accountsNotMailed: 0 });
    expect(await stack.mails(email)).toHaveLength(1);
  });

  test('is left to its purchase before, which sends it itself', async () => {
    const email = `${randomUUID()}@example.com`;
    await leftNotice(4 * minuteMs, email);
    expect(await sweep()).toMatchObject({ accountsMailed: 0 });
    expect(await stack.mails(email)).toEqual([]);
  });

  async function grantTo(email: string): Promise<void> {
    const { accountId } = await stack.createAccount({ email });
    const grant = {
      ...{ accountId, amount: micros(5_000_000), scope: ['chat'], expiresAtMs: null },
      ...{ reason: 'goodwill of ticket 4711', idempotencyKey: 'one', actor: 'test' },
    };
    const policies = onlyPolicy(together202511);
    await grantCredits(stack.ledger, { ...grant, nowMs: Date.now() }, policies);
  }

  test('R61 is sent at once where no purchase sends it', async () => {
    const email = `${randomUUID()}@example.com`;
    await grantTo(email);
    expect(await sweep()).toMatchObject({ accountsMailed: 1 });
    expect(await sweep()).toMatchObject({ accountsMailed: 0 });
    const [mail, ...others] = await stack.mails(email);
    expect(others).toEqual([]);
    expect(mail?.subject).toBe('You got $5.00 of free credits');
    expect(JSON.stringify(mail)).not.toContain('4711');
  });

  test('has a Message-ID of its own, whatever another account of that address is sent', async () => {
    const email = `${randomUUID()}@example.com`;
    await grantTo(email);
    await grantTo(email);
    await sweep();
    const ids = await Promise.all(
      (await stack.mails(email)).map(async ({ id }) => {
        const raw = await (await fetch(`${stack.mailbox.webUrl}/mails/${id}/raw`)).text();
        return /^message-id:\s*(\S+)/im.exec(raw)?.[1];
      }),
    );
    expect(ids).toHaveLength(2);
    expect(ids[0]).not.toBe(ids[1]);
  });
});

describe('R7 a webhook that reached no workflow', () => {
  async function store(workflowId: string, ageMs: number): Promise<string> {
    const eventId = `evt_${randomUUID()}`;
    await storeWebhookEvent(stack.ledger, {
      ...{ eventId, workflowId, type: 'payment_intent.succeeded', objectId: 'pi_x' },
      nowMs: Date.now() - ageMs,
    });
    return eventId;
  }

  async function isRelayed(eventId: string): Promise<boolean> {
    const [row] = await stack.ledger.run<{ isRelayed: boolean }>(
      'select relayed_at is not null as "isRelayed" from webhook_events where event_id = $1',
      [eventId],
    );
    return row?.isRelayed === true;
  }

  test('is passed on by the sweep, and the purchase sees its payment', async () => {
    const { accountId } = await stack.createAccount();
    const paymentMethod = 'pm_card_threeDSecure2Required';
    const { purchaseId } = await stack.purchase(accountId, { paymentMethod });
    const [payment] = stack.sandbox.controls.waitingIntents();
    stack.sandbox.controls.answerAuthentication(payment?.id ?? '', true);
    const eventIds = [
      await store(`purchase/${purchaseId}`, 2 * minuteMs),
      await store(`purchase/${purchaseId}`, 3 * minuteMs),
    ];

    expect(await sweep()).toMatchObject({ webhooksRelayed: 2 });
    await expect
      .poll(() => stack.client.purchaseStatus(purchaseId))
      .toMatchObject({ status: 'succeeded' });
    expect(await Promise.all(eventIds.map(isRelayed))).toEqual([true, true]);
    expect(await sweep()).toMatchObject({ webhooksRelayed: 0 });
  });

  test('counts as passed on where its workflow is over, unknown, or none of ours', async () => {
    const { accountId } = await stack.createAccount();
    const { purchaseId } = await stack.purchase(accountId);
    const eventIds = await Promise.all([
      store(`purchase/${purchaseId}`, 2 * minuteMs),
      store('purchase/pur_nonesuch', 2 * minuteMs),
      store('another-program', 2 * minuteMs),
    ]);
    expect(await sweep()).toMatchObject({ webhooksRelayed: 3 });
    expect(await Promise.all(eventIds.map(isRelayed))).toEqual([true, true, true]);
  });

  test('is left alone for its first minute, in which the server passes it on itself', async () => {
    const eventId = await store('purchase/pur_nonesuch', 10_000);
    expect(await sweep()).toMatchObject({ webhooksRelayed: 0 });
    expect(await isRelayed(eventId)).toBe(false);
  });
});

test('R20 the sweep gives back what an expired hold reserved, and says so', async () => {
  const { accountId } = await stack.createAccount();
  await stack.purchase(accountId);
  const desk = openHoldDesk(stack.ledger);
  const name = { accountId, holdId: randomUUID(), policies: onlyPolicy(together202511) };
  const hold = { ...name, cost: micros(4_000_000), model: null, ttlMs: 1 };
  await desk.place({ ...hold, nowMs: Date.now() - minuteMs });
  expect(await sweep()).toMatchObject({ holdsExpired: 1, holdsLeft: 0 });
  expect(await readHold(stack.ledger, name)).toMatchObject({ state: 'expired' });
  expect(await sweep()).toMatchObject({ holdsExpired: 0 });
});

test('R70 the sweep issues a closed account’s final invoice once its requests have ended', async () => {
  const { accountId } = await stack.createAccount();
  await stack.purchase(accountId);
  const desk = openHoldDesk(stack.ledger);
  const policies = onlyPolicy(together202511);
  const nowMs = Date.now();
  const request = { accountId, policies, cost: micros(4_000_000), model: null, nowMs };
  const ended = { ...request, holdId: randomUUID(), ttlMs: null };
  await desk.place(ended);
  await desk.settle(ended);
  await desk.place({ ...request, holdId: randomUUID(), ttlMs: 1, nowMs: nowMs - 500 });
  const closed = await closeAccount(stack.ledger, { accountId, actor: 'test', nowMs }, policies);
  expect(closed).toMatchObject({ waitsForRequests: true, finalInvoice: null });
  await sweep();
  const list = { accountId, before: null, limit: 9 };
  expect((await listInvoices(stack.ledger, list)).invoices).toMatchObject([
    { kind: 'final', amount: 0, state: 'paid' },
  ]);
});

test('setting up registers all Schedules, and again changes nothing', async () => {
  await keepSchedules(stack.temporal);
  const again = await keepSchedules(stack.temporal);
  expect(again.map(({ subject, status }) => [subject, status])).toEqual([
    ['Schedule sweep', 'as_needed'],
    ['Schedule payment-watch', 'as_needed'],
    ['Schedule credit-expiry', 'as_needed'],
    ['Schedule invoice-calendar', 'as_needed'],
  ]);
  const read = (id: string) => stack.temporal.schedule.getHandle(id).describe();
  const { spec, policies } = await read('sweep');
  expect(spec.intervals).toMatchObject([{ every: minuteMs }]);
  expect(policies).toMatchObject({
    overlap: ScheduleOverlapPolicy.SKIP,
    catchupWindow: minuteMs,
  });
  expect((await read('payment-watch')).spec.intervals).toMatchObject([{ every: 60 * minuteMs }]);
  const calendar = await read('invoice-calendar');
  expect(calendar.info.nextActionTimes[0]?.toISOString()).toMatch(/-01T00:10:00\.000Z$/);
  expect(calendar.policies).toMatchObject({
    overlap: ScheduleOverlapPolicy.BUFFER_ONE,
    catchupWindow: 31 * 24 * 60 * minuteMs,
  });
});
