import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorker, type RunningWorker } from '../../worker/worker.ts';
import { defaultTaskQueue } from '../../workflows/messages.ts';
import { ownNamespace } from '../support/namespace.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { owingAccount, paidCharges, type Owing } from '../workflows/fixtures/owing-account.ts';
import { runSolvent } from './run-solvent.ts';

let stack: TestStack;
let worker: RunningWorker;
let environment: Record<string, string>;

beforeAll(async () => {
  // The command line starts its workflows on the usual task queue, which other files' do, too.
  const temporalServer = await ownNamespace('cli-collections');
  stack = await startTestStack({ worker: false, temporalServer });
  const settings = { ...stack.workerSettings, taskQueue: defaultTaskQueue };
  worker = await startWorker(settings, pino({ level: 'silent' }));
  const { databaseUrl: DATABASE_URL } = stack;
  environment = { DATABASE_URL, SOLVENT_OPERATOR: 'ada', ...settings.temporalEnvironment };
});
afterAll(async () => {
  worker.shutdown();
  await worker.stopped;
  await stack.close();
});

const solvent = (...args: string[]) => runSolvent(args, environment);

/** An account that owes $2.70; the invoice is charged by itself the day after tomorrow. */
function owing(): Promise<Owing> {
  return owingAccount(stack, null, { nowMs: Date.now() });
}

it('R47 R52 pays a part, then the rest; once for a key, and nothing where nothing is due', async () => {
  const account = await owing();
  const { invoiceId } = account;
  const by = ['--payment-method', 'pm_card_visa'];
  const part = await solvent('invoices', 'pay', invoiceId, '--amount', '1', ...by, '--json');
  expect(part.json(), part.stderr).toMatchObject({ status: 'succeeded', invoiceDue: '1.70' });
  for (let count = 0; count < 2; count += 1) {
    const rest = await solvent('invoices', 'pay', invoiceId, ...by, '--key', 'the-rest');
    expect(rest.exitCode, rest.stderr).toBe(0);
    expect(rest.stdout).toMatch(/succeeded: \$1\.70 USD charged for invoice INV-\d+/);
  }
  expect(paidCharges(stack, account)).toHaveLength(2);
  const again = await solvent('invoices', 'pay', invoiceId, ...by);
  expect(again.exitCode).toBe(1);
  expect(again.stderr).toContain('invoice_nothing_due');
});

it('R14 says why a card was declined; the invoice stays due', async () => {
  const { invoiceId } = await owing();
  const by = ['--payment-method', 'pm_card_chargeDeclinedInsufficientFunds'];
  const declined = await solvent('invoices', 'pay', invoiceId, ...by);
  expect(declined.exitCode).toBe(1);
  expect(declined.stdout).toMatch(/Still due +\$2\.70 USD/);
  expect(declined.stderr).toContain('card_declined (insufficient_funds)');
});

it('R48 a purchase says before and after that the invoice stays due, and how to pay it', async () => {
  const { accountId, invoiceId } = await owing();
  const by = ['--payment-method', 'pm_card_visa'];
  const bought = await solvent('purchase', accountId, '25', ...by);
  expect(bought.exitCode, bought.stderr).toBe(0);
  expect(bought.stderr.split('credits never pay an invoice')).toHaveLength(3);
  expect(bought.stderr).toMatch(
    /To pay \$2\.70 USD, invoice INV-\d+: solvent invoices pay INV-\d+/,
  );
  const preview = await solvent('purchase', accountId, '25', '--preview', '--json');
  expect(preview.json()).toMatchObject({
    stillDue: { due: '2.70', invoices: [{ id: invoiceId }] },
  });
  expect(preview.stderr).toContain('credits never pay an invoice');
  const shown = await solvent('invoices', 'show', invoiceId, '--json');
  expect(shown.json()).toMatchObject({ due: '2.70', paid: '0.00' });
});

it('R49 R50 R64 operators pause, promise, reschedule, write off and forgive, with their names', async () => {
  const { accountId, invoiceId } = await owing();
  const operate = (verb: string, ...args: string[]) =>
    solvent('collections', verb, invoiceId, ...args, '--json');
  const why = ['--reason', 'we look into it'];
  expect((await operate('pause', ...why)).json()).toMatchObject({ next: { step: 'paused' } });
  expect((await operate('resume')).json()).toMatchObject({ state: 'open' });
  const soon = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);
  const promise = await operate('promise', '--until', soon, ...why);
  expect(promise.json(), promise.stderr).toMatchObject({ next: { step: 'paused' } });
  const schedule = await operate('schedule', '--days', '2,4');
  expect(schedule.json(), schedule.stderr).toMatchObject({ retryAfterDays: [2, 4] });
  expect((await operate('schedule', '--days', '4,2')).exitCode).toBe(2);
  const gone = await operate('write-off', ...why);
  expect(gone.json(), gone.stderr).toMatchObject({ state: 'uncollectible', due: '2.70' });
  const list = await solvent('collections', 'list', '--age', 'current');
  expect(list.stdout).toMatch(/INV-\d+ +current +uncollectible +2\.70 USD/);
  const forgiven = await operate('forgive', ...why);
  expect(forgiven.json(), forgiven.stderr).toMatchObject({ state: 'forgiven', due: '0.00' });
  const audit = forgiven.json()['audit'] as { actor: string }[];
  expect(new Set(audit.map(({ actor }) => actor))).toEqual(new Set(['operator:ada']));
  const late = await operate('pause', ...why);
  expect([late.exitCode, late.stderr.includes('collection_not_open')]).toEqual([1, true]);
  const words = await solvent('collections', 'show', invoiceId);
  expect(words.stdout).toMatch(/forgive +operator:ada: we look into it/);
  const zone = await solvent('accounts', 'set-time-zone', accountId, 'Europe/Berlin');
  expect(zone.stdout, zone.stderr).toMatch(/Time zone +Europe\/Berlin/);
  expect((await solvent('accounts', 'set-time-zone', accountId, 'Mars/Olympus')).exitCode).toBe(2);
});

it('R16 the aging says what the books say', async () => {
  await owing();
  const aging = await solvent('collections', 'aging', '--json');
  const [usd] = aging.json()['data'] as {
    total: { amount: string };
    booked: string;
    agrees: boolean;
  }[];
  expect(usd).toMatchObject({ agrees: true, booked: usd?.total.amount });
  const words = await solvent('collections', 'aging');
  expect(words.stdout).toContain('The books say the same.');
});

it('R59 R64 books what Stripe took for the invoice, by name of who did; nothing else', async () => {
  const { invoiceId } = await owing();
  const response = await fetch(`${stack.sandbox.url}/v1/payment_intents`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack.workerSettings.stripeSecretKey}` },
    body: new URLSearchParams({
      ...{ amount: '270', currency: 'usd', confirm: 'true', payment_method: 'pm_card_visa' },
      'allowed_payment_method_types[0]': 'card',
      'metadata[operation_id]': `${invoiceId}/1`,
    }),
  });
  const { id, status } = (await response.json()) as { id: string; status: string };
  expect(status).toBe('succeeded');
  const why = ['--reason', 'database restored'];
  const wrong = await solvent('collections', 'book', invoiceId, 'pi_none', ...why);
  expect([wrong.exitCode, wrong.stderr]).toEqual([1, expect.stringContaining('not_bookable')]);
  const booked = await solvent('collections', 'book', invoiceId, id, ...why, '--json');
  expect(booked.json(), booked.stderr).toMatchObject({
    ...{ state: 'paid', due: '0.00', payments: [{ status: 'succeeded' }] },
    audit: [{ actor: 'operator:ada', action: 'collection.book_payment', reason: why[1] }],
  });
  const unnamed = await solvent('collections', 'book', invoiceId, 'ch_1', ...why);
  expect(unnamed.exitCode).toBe(2);
});
