import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findAuthenticationLink } from '../../ledger/authentication-links.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { invoiceNow, owingAccount, type Owing } from '../workflows/fixtures/owing-account.ts';
import { runSolvent } from './run-solvent.ts';

let stack: TestStack;
let debt: Owing;
let environment: Record<string, string>;
beforeAll(async () => {
  stack = await startTestStack();
  debt = await owingAccount(stack, null, { nowMs: Date.now() });
  environment = {
    ...stack.workerSettings.temporalEnvironment,
    DATABASE_URL: stack.databaseUrl,
    PUBLIC_URL: 'https://billing.example.com',
  };
});
afterAll(() => stack.close());

const solvent = (...args: string[]) => runSolvent(args, environment);

function pay(paymentMethod: string) {
  return stack.client.collections.pay({
    ...{ invoiceId: debt.invoiceId, idempotencyKey: randomUUID(), origin: 'customer' },
    ...{ amount: null, paymentMethod, waitMs: 30_000 },
  });
}

/** Makes a link with the command line; returns its token. */
async function renewed(name: string): Promise<string> {
  const { exitCode, stdout, stderr } = await solvent('links', 'renew', name);
  expect(exitCode, stderr).toBe(0);
  const [, token] = /^https:\/\/billing\.example\.com\/pay\/(pay_\w+)\n$/.exec(stdout) ?? [];
  return String(token);
}

function stateOf(token: string) {
  return findAuthenticationLink(stack.ledger, { token, nowMs: Date.now() });
}

it('R13 a link that pays an invoice is made anew, by id or number, until nothing is due', async () => {
  const { number } = await invoiceNow(stack, debt);
  const first = await renewed(number);
  expect(await stateOf(first)).toMatchObject({ state: 'good', invoice: { number } });

  expect(await pay('pm_card_threeDSecure2Required')).toMatchObject({ status: 'requires_action' });
  const second = await renewed(debt.invoiceId);
  expect(await stateOf(first)).toMatchObject({ state: 'replaced' });
  expect(await stateOf(second)).toMatchObject({ state: 'good', invoice: { number } });

  expect(await pay('pm_card_mastercard')).toMatchObject({ status: 'succeeded' });
  const late = await solvent('links', 'renew', number);
  expect([late.exitCode, late.stderr]).toEqual([1, expect.stringContaining('invoice_nothing_due')]);
});

it.each([
  ['INV-999999999', 1, 'invoice_not_found'],
  ['pur_none', 2, 'purchase id'],
  ['nothing', 2, 'its number'],
])('no link is made for %s', async (what, code, words) => {
  const { exitCode, stderr, stdout } = await solvent('links', 'renew', what);
  expect([exitCode, stdout]).toEqual([code, '']);
  expect(stderr).toContain(words);
});
