import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keepSchedules } from '../../client/schedules.ts';
import { micros } from '../../domain/money.ts';
import { together202511 } from '../../domain/policy.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import { advanceTestClock } from '../../ledger/account-settings.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { grantCredits } from '../../ledger/credits.ts';
import type { CreditExpiryReport } from '../../workflows/messages.ts';
import { ownNamespace } from '../support/namespace.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

const dayMs = 86_400_000;
const policies = onlyPolicy(together202511);

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ temporalServer: await ownNamespace('credit-expiry') });
});
afterAll(() => stack.close());

/** An account with free credits for 30 days. */
async function withFreeCredits(email: string): Promise<string> {
  const nowMs = Date.now();
  const { accountId } = await stack.createAccount({ email, nowMs });
  const grant = { amount: micros(5_000_000), scope: null, expiresAtMs: nowMs + 30 * dayMs };
  const asked = { accountId, idempotencyKey: 'one', reason: 'goodwill', actor: 'test', nowMs };
  await grantCredits(stack.ledger, { ...grant, ...asked }, policies);
  return accountId;
}

function move(accountId: string, offsetMs: number) {
  const asked = { accountId, actor: 'test', nowMs: Date.now() };
  return advanceTestClock(stack.ledger, { ...asked, offsetMs });
}

async function freeOf(accountId: string): Promise<number | undefined> {
  return (await readAccount(stack.ledger, { accountId }))?.balances.free;
}

function run(workflowType: 'creditExpiry' | 'sweep') {
  return stack.temporal.workflow.execute(workflowType, {
    workflowId: `${workflowType}-${randomUUID()}`,
    taskQueue: stack.workerSettings.taskQueue ?? '',
  }) as Promise<CreditExpiryReport>;
}

describe('R28 free credits', () => {
  test('are announced before they end, then taken back, by mails that say so', async () => {
    const email = `${randomUUID()}@example.com`;
    const accountId = await withFreeCredits(email);
    expect(await run('creditExpiry')).toEqual({ expired: 0, announced: 0 });
    await move(accountId, 24 * dayMs);
    expect(await run('creditExpiry')).toEqual({ expired: 0, announced: 1 });
    expect(await run('creditExpiry')).toEqual({ expired: 0, announced: 0 });
    await run('sweep');
    await move(accountId, 30 * dayMs);
    expect(await run('creditExpiry')).toEqual({ expired: 1, announced: 0 });
    expect(await run('creditExpiry')).toEqual({ expired: 0, announced: 0 });
    expect(await freeOf(accountId)).toBe(0);
    await run('sweep');
    const subjects = (await stack.mails(email)).map(({ subject }) => subject);
    expect(subjects).toEqual([
      'The last of your free credits expired',
      expect.stringMatching(/^\$5\.00 of your free credits expire on \d{4}-\d\d-\d\d$/),
      'You got $5.00 of free credits',
    ]);
  });

  test('end at once where a test clock is moved past their end', async () => {
    const accountId = await withFreeCredits('moved@example.com');
    await keepSchedules(stack.temporal, stack.workerSettings.taskQueue);
    const offsetMs = 31 * dayMs;
    await move(accountId, offsetMs);
    await stack.client.moveClock({ accountId, offsetMs });
    await expect.poll(() => freeOf(accountId)).toBe(0);
  });
});
