import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listPurchases } from '../../ledger/purchases.ts';
import { startWorker, type RunningWorker } from '../../worker/worker.ts';
import { defaultTaskQueue } from '../../workflows/messages.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { runSolvent } from './run-solvent.ts';

let stack: TestStack;
let worker: RunningWorker;
let environment: Record<string, string>;

beforeAll(async () => {
  stack = await startTestStack({ worker: false });
  const settings = { ...stack.workerSettings, taskQueue: defaultTaskQueue };
  worker = await startWorker(settings, pino({ level: 'silent' }));
  environment = { DATABASE_URL: stack.databaseUrl, ...settings.temporalEnvironment };
});
afterAll(async () => {
  worker.shutdown();
  await worker.stopped;
  await stack.close();
});

const solvent = (...args: string[]) => runSolvent(args, environment);

async function json(...args: string[]) {
  const run = await solvent(...args, '--json');
  return { exitCode: run.exitCode, stderr: run.stderr, value: run.json() };
}

async function newAccount(): Promise<string> {
  return (await stack.createAccount()).accountId;
}

const charges = () => stack.sandbox.controls.objects('payment_intent', 100).length;

describe('an account', () => {
  it('R5 created twice with one key is one account; with other input the key is refused', async () => {
    const create = ['accounts', 'create', '--email', 'ada@example.com', '--key', 'once'];
    const first = await json(...create, '--name', 'Ada Ltd');
    const again = await json(...create, '--name', 'Ada Ltd');
    expect(again.value['id']).toBe(first.value['id']);
    const other = await solvent(...create, '--name', 'Eve Ltd');
    expect(other.exitCode).toBe(1);
    expect(other.stderr).toContain('idempotency_key_reused');
    expect(other.stderr).toContain('Leave --key out');
  });

  it('R24 R25 shows purchased and free credits apart, and the tier in words', async () => {
    const named = ['--name', 'Ada Ltd', '--email', 'ada@example.com'];
    const { value } = await json('accounts', 'create', ...named, '--country', 'DE');
    const account = String(value['id']);
    const { stdout, exitCode } = await solvent('accounts', 'show', account);
    expect(stdout).toMatch(/Name +Ada Ltd\n +Mail +ada@example\.com/);
    expect(stdout).toMatch(/Taxed in +DE/);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Purchased credits +\$0\.00 USD/);
    expect(stdout).toMatch(/Free credits +\$0\.00 USD/);
    expect(stdout).toMatch(/Tier +Limited/);
    expect((await solvent('accounts', 'list', '--limit', '1000')).stdout).toContain(account);
  });

  it('R69 in a currency that is not kept is refused', async () => {
    const { exitCode, value } = await json(
      ...['accounts', 'create', '--name', 'A', '--email', 'a@b.example', '--currency', 'chf'],
    );
    expect(exitCode).toBe(1);
    expect(value['error']).toMatchObject({ code: 'currency_not_supported', rule: 'R69' });
  });
});

describe('a purchase', () => {
  it('R3 R45 of $25 ends succeeded: credits, tax apart, receipt, story, balance', async () => {
    const { accountId: account } = await stack.createAccount({ taxCountry: 'US', taxRegion: 'WA' });
    const card = await solvent('cards', 'add', account, '--payment-method', 'pm_card_visa');
    expect(card).toMatchObject({ exitCode: 0 });
    expect(card.stdout).toContain('saved: Visa •••• 4242');

    const preview = await solvent('purchase', account, '25', '--preview');
    expect(preview.stdout).toContain('Sales tax (Washington)');
    expect(preview.stdout).toContain('would cost $26.62 USD; nothing was charged');
    expect((await solvent('status', account)).stdout).toContain('No purchases yet.');

    const bought = await solvent('purchase', account, '25.00');
    expect(bought.exitCode).toBe(0);
    expect(bought.stdout).toMatch(/^succeeded: \$25\.00 USD of credits/);
    expect(bought.stdout).toMatch(/Tax +\$1\.62 USD/);
    expect(bought.stdout).toMatch(/Charged to the card +\$26\.62 USD/);
    expect(bought.stdout).toMatch(/Added to the balance +\$25\.00 USD/);
    expect(bought.stdout).toMatch(/Receipt +\S+ of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
    expect(bought.stderr).toMatch(/--key [0-9a-f-]{36}/);

    const id = /pur_\w+/.exec(bought.stdout)?.[0] ?? '';
    const story = await solvent('status', id);
    expect(story).toMatchObject({ exitCode: 0, stderr: '' });
    expect(story.stdout).toContain(`purchase/${id}`);
    expect(story.stdout).toMatch(/Asked for +\$25\.00 USD of credits, at .* UTC/);
    const after = await solvent('status', account);
    expect(after.stdout).toMatch(/Purchased credits +\$25\.00 USD/);
    expect(after.stdout).toMatch(/Tier +Build Tier 1/);
    expect(after.stdout).toMatch(new RegExp(`${id} +succeeded +\\$25\\.00 USD`));
  });

  it('R5 repeated with its key answers the same and charges once', async () => {
    const account = await newAccount();
    const order = ['--payment-method', 'pm_card_visa', '--key', 'order-1'];
    const before = charges();
    const first = await json('purchase', account, '25', ...order);
    const again = await json('purchase', account, '25', ...order);
    expect(first.value).toMatchObject({ status: 'succeeded', credits: '25.00', total: '25.00' });
    expect(again.value).toEqual(first.value);
    expect(again.stderr).toBe('');
    expect(charges()).toBe(before + 1);
    const other = await solvent('purchase', account, '26', ...order);
    expect(other.exitCode).toBe(1);
    expect(other.stderr).toContain('idempotency_key_reused');
  });

  it('R9 with a prepaid card is refused before any payment object exists', async () => {
    const account = await newAccount();
    const before = charges();
    const prepaid = 'pm_card_mastercard_prepaid';
    const bought = await solvent('purchase', account, '25', '--payment-method', prepaid);
    expect(bought.exitCode).toBe(1);
    expect(bought.stdout).toContain('refused: nothing was charged');
    expect(bought.stderr).toContain('card_prepaid_not_supported');
    expect(bought.stderr).toContain('use a standard credit or debit card');
    const saved = await solvent('cards', 'add', account, '--payment-method', prepaid);
    expect(saved.exitCode).toBe(1);
    expect(saved.stderr).toContain('card_prepaid_not_supported');
    expect((await solvent('cards', 'list', account)).stdout).toBe('no card is on file\n');
    expect(charges()).toBe(before);
  });

  it('R14 declined says why, what to do and who can fix it', async () => {
    const account = await newAccount();
    const declined = ['--payment-method', 'pm_card_visa_chargeDeclinedInsufficientFunds'];
    const { exitCode, stdout, stderr } = await solvent('purchase', account, '25', ...declined);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('declined: nothing was charged');
    expect(stderr).toContain('card_declined (insufficient_funds)');
    expect(stderr).toContain('What to do: ');
    expect(stderr).toContain('Who can fix it: the customer.');
    expect(stderr).toContain('not a prepaid card');
  });

  it('R13 R5 that the bank must confirm says where, and is a duplicate while it waits', async () => {
    const account = await newAccount();
    const card = ['--payment-method', 'pm_card_authenticationRequired'];
    const asked = await json('purchase', account, '25', ...card);
    expect(asked.exitCode).toBe(3);
    expect(asked.value).toMatchObject({ status: 'requires_action' });
    expect(asked.stderr).toContain('solvent confirm pur_');

    const twin = await solvent('purchase', account, '25', '--payment-method', 'pm_card_visa');
    expect(twin.exitCode).toBe(1);
    expect(twin.stderr).toContain('duplicate_purchase_pending');
    expect(twin.stderr).toContain('--confirm-duplicate');

    const id = String(asked.value['id']);
    const waiting = await json('status', id);
    expect(waiting.value['actionUrl']).toBe(asked.value['actionUrl']);
    const link = await solvent('links', 'renew', id);
    expect(link.stdout).toMatch(/^http:\S+\/pay\/\S+\n$/);
    expect(link.stderr).toMatch(/It works once, until .* UTC/);
    stack.sandbox.controls.answerAuthentication(String(waiting.value['paymentIntentId']), true);
    const confirmed = await solvent('confirm', id);
    expect(confirmed.stdout).toMatch(/^succeeded: /);
    expect(confirmed.exitCode).toBe(0);
    const late = await solvent('links', 'renew', id);
    expect(late.exitCode).toBe(1);
    expect(late.stderr).toContain('authentication_not_awaited');
  });

  it.each([
    { amount: '4.99', code: 'amount_below_minimum', says: '$5.00' },
    { amount: '25.001', code: 'amount_not_chargeable', says: 'fraction' },
    { amount: '10000.01', code: 'amount_above_maximum', says: '$10,000.00' },
    { amount: '25', code: 'payment_method_required', says: 'cards add ACCOUNT' },
  ])('R4 R11 R69 of $amount without a card is refused: $code', async ({ amount, code, says }) => {
    const account = await newAccount();
    const { exitCode, stderr } = await solvent('purchase', account, amount);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 1 });
    expect(stderr).toContain(code);
    expect(stderr).toContain(says);
  });

  it('that does not exist, or is of no account, is not found', async () => {
    const nobody = `acct_${'0'.repeat(25)}1`;
    const none = `pur_${'0'.repeat(25)}1_${'0'.repeat(16)}`;
    for (const [verb, id, code] of [
      ['status', none, 'purchase_not_found'],
      ['confirm', none, 'purchase_not_found'],
      ['status', nobody, 'account_not_found'],
    ] as const) {
      const { exitCode, stderr } = await solvent(verb, id);
      expect(exitCode).toBe(1);
      expect(stderr).toContain(code);
    }
    const { exitCode, stderr } = await solvent('purchase', nobody, '25');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('account_not_found');
  });

  it('R6 is not called failed where Temporal does not answer: exit code 3, repeat with the key', async () => {
    const account = await newAccount();
    const args = ['purchase', account, '25', '--payment-method', 'pm_card_visa'];
    const away = { ...environment, TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { exitCode, stderr } = await runSolvent(args, away);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('repeat with the same --key');
    const key = /--key (\S+)/.exec(stderr)?.[1] ?? '';
    const repeated = await solvent(...args, '--key', key);
    expect(repeated.stdout).toMatch(/^succeeded: /);
    const query = { accountId: account, cursor: null, limit: 10 };
    expect((await listPurchases(stack.ledger, query)).purchases).toHaveLength(1);
  });
});

describe('cards on file', () => {
  it('R11 R12 the default can be changed and removed, the last one stays', async () => {
    const account = await newAccount();
    const add = (token: string) => json('cards', 'add', account, '--payment-method', token);
    await add('pm_card_visa');
    const { value } = await add('pm_card_mastercard');
    const second = (value['card'] as { id: string }).id;
    const first = (await solvent('cards', 'list', account)).stdout.match(/pm_\w+/g)?.[0] ?? '';
    expect((await solvent('purchase', account, '25')).exitCode).toBe(0);

    const changed = await solvent('cards', 'default', account, second);
    expect(changed.stdout).toMatch(new RegExp(`${second} .*default`));
    expect((await solvent('cards', 'remove', account, first)).stdout).toBe(`removed: ${first}\n`);
    const gone = await solvent('cards', 'remove', account, first);
    expect(gone.stderr).toContain('payment_method_not_found');
    const last = await solvent('cards', 'remove', account, second);
    expect(last.exitCode).toBe(1);
    expect(last.stderr).toContain('payment_method_in_use');
  });
});
