import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { randomUUID } from 'node:crypto';
import { readInvoicePayment } from '../../ledger/invoice-payment-rows.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { workflowIdOf } from '../../domain/workflow-ids.ts';
import type { FaultKind } from '../../sandbox/faults.ts';
import { patienceMs } from '../support/patience.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { creditDollars } from './fixtures/credit-note.ts';
import {
  invoiceNow,
  owingAccount,
  ownCard,
  paidCharges,
  type Owing,
} from './fixtures/owing-account.ts';

/**
 * The table "step x fault" of a collection: whatever goes wrong between us and Stripe, an invoice is
 * paid once, by one charge, and each charge is counted once (B11).
 */
let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack({ stripeDeadlineMs: 4_000 });
});

afterAll(async () => {
  expect((await verifyLedger(stack.ledger)).differences).toEqual([]);
  await stack.close();
});

const intents = '/v1/payment_intents';
/** `amount` is set and `cancel` asked for where an earlier charge left its object open. */
const steps = {
  'read card': { method: 'GET', path: '/v1/payment_methods/:id' },
  'create payment': { method: 'POST', path: intents },
  'set amount': { method: 'POST', path: `${intents}/:id` },
  'confirm payment': { method: 'POST', path: `${intents}/:id/confirm` },
  'cancel payment': { method: 'POST', path: `${intents}/:id/cancel` },
} as const;
type Step = keyof typeof steps;

const faults: readonly FaultKind[] = [
  ...['drop_before', 'drop_after', 'cut_body', 'drip', 'error_500', 'error_500_after'],
  ...['conflict_409', 'rate_limit_429', 'slow', 'slow_start'],
] as FaultKind[];

function pay({ invoiceId }: Owing, paymentMethod: string | null = null) {
  return stack.client.collections.pay({
    ...{ invoiceId, idempotencyKey: randomUUID(), origin: 'customer', waitMs: 60_000 },
    ...{ amount: null, paymentMethod },
  });
}

/** Once the payment is final, whatever the first answer was. */
async function ended({ accountId }: Owing, { paymentId }: { paymentId: string }) {
  return vi.waitFor(
    async () => {
      const payment = await readInvoicePayment(stack.ledger, { accountId, paymentId });
      if (payment?.finalAtMs == null) throw new Error(`${paymentId} is ${payment?.state}`);
      return payment.state;
    },
    { timeout: patienceMs, interval: 250 },
  );
}

/** What it came to: events and attempts in the ledger, and charges at Stripe that took money. */
async function countsOf(debt: Owing): Promise<string> {
  const [row] = await stack.ledger.run<Record<'paid' | 'attempts' | 'charges', number>>(
    `select (select count(*)::int from billing_events
             where account_id = $1 and kind = 'invoice_paid') as paid,
            (select count(*)::int from charge_attempts where account_id = $1) as attempts,
            (select count(distinct charge_id)::int from charge_attempts
             where account_id = $1) as charges`,
    [uuidOf(debt.accountId)],
  );
  const taken = paidCharges(stack, debt).length;
  const { due } = await invoiceNow(stack, debt);
  return (
    `${taken} charges that took money, ${row?.paid} payments, ${row?.attempts} attempts ` +
    `of ${row?.charges} charges, ${due} due`
  );
}

function debtOf(...script: string[]): Promise<Owing> {
  return owingAccount(stack, ownCard(), { nowMs: Date.now(), script });
}

/** How a collection meets a fault at a step; answers how that payment ended. */
const ways = {
  'the first charge': async (step: Step, kind: FaultKind) => {
    const debt = await debtOf('succeed');
    plan(step, kind, step === 'read card' ? String(debt.paymentMethodId) : debt.invoiceId);
    return { debt, state: await ended(debt, await pay(debt)) };
  },
  'a later charge': async (step: Step, kind: FaultKind) => {
    const debt = await debtOf('insufficient_funds', 'succeed');
    await pay(debt);
    plan(step, kind, objectOf(debt));
    return { debt, state: await ended(debt, await pay(debt)) };
  },
  'forgiven debt': async (step: Step, kind: FaultKind) => {
    const debt = await debtOf('insufficient_funds', 'succeed');
    await pay(debt);
    const paymentIntentId = objectOf(debt);
    plan(step, kind, paymentIntentId);
    const { invoiceId } = debt;
    const action = { kind: 'forgive' as const, reason: 'a test' };
    const asked = { invoiceId, idempotencyKey: randomUUID(), actor: 'operator:ann', action };
    await stack.client.collections.operate(asked);
    await stack.temporal.workflow.getHandle(workflowIdOf('collection', invoiceId)).result();
    return { debt, state: String(stack.sandbox.controls.object(paymentIntentId)?.['status']) };
  },
  'credited debt': async (step: Step, kind: FaultKind) => {
    const debt = await debtOf('succeed');
    const asked = await pay(debt, 'pm_card_threeDSecure2Required');
    if (asked.status !== 'requires_action') throw new Error(JSON.stringify(asked));
    plan(step, kind, objectOf(debt));
    await creditDollars(stack.ledger, debt, 1, Date.now());
    await stack.client.collections.tell(debt.invoiceId, 'invoice');
    return { debt, state: await ended(debt, asked) };
  },
} as const;
type Way = keyof typeof ways;

const stepsOf = {
  'the first charge': ['read card', 'create payment', 'confirm payment'],
  'a later charge': ['set amount', 'confirm payment'],
  'forgiven debt': ['cancel payment'],
  'credited debt': ['cancel payment'],
} as const satisfies Readonly<Record<Way, readonly Step[]>>;

const paid = '1 charges that took money, 1 payments';
const unpaid = '0 charges that took money, 0 payments';
/** How each ends, and what is on record then. */
const expected: Readonly<Record<Way, Readonly<Record<string, string>>>> = {
  'the first charge': {
    succeeded: `${paid}, 1 attempts of 1 charges, 0 due`,
    canceled: `${unpaid}, 0 attempts of 0 charges, 2700000 due`,
  },
  'a later charge': {
    succeeded: `${paid}, 2 attempts of 2 charges, 0 due`,
    canceled: `${unpaid}, 1 attempts of 1 charges, 2700000 due`,
  },
  'forgiven debt': { canceled: `${unpaid}, 1 attempts of 1 charges, 0 due` },
  'credited debt': { canceled: `${unpaid}, 0 attempts of 0 charges, 1700000 due` },
};

/** A stored 500 that did nothing can never come right under its key: the payment is called off. */
const isCalledOff = new Set([
  'the first charge create payment error_500',
  'the first charge confirm payment error_500',
  'a later charge set amount error_500',
  'a later charge set amount error_500_after',
  'a later charge confirm payment error_500',
]);

const cases = (Object.keys(ways) as Way[]).flatMap((way) =>
  stepsOf[way].flatMap((step) =>
    faults.map((kind) => {
      const name = `${way} ${step} ${kind}`;
      const state = step === 'cancel payment' || isCalledOff.has(name) ? 'canceled' : 'succeeded';
      return { way, step, kind, name, state };
    }),
  ),
);

describe('B1 B11 whatever goes wrong, one charge or none, each counted once', () => {
  const found = new Map<string, { readonly state: string; readonly counts: string }>();
  beforeAll(async () => {
    const play = async ({ way, step, kind, name }: (typeof cases)[number]) => {
      const { debt, state } = await ways[way](step, kind);
      found.set(name, { state, counts: await countsOf(debt) });
    };
    await Promise.all(
      cases.map((one) =>
        play(one).catch((error: unknown) => {
          found.set(one.name, { state: String(error), counts: '' });
        }),
      ),
    );
    console.log(tableOf(found));
  });

  test.each(cases)('$way, $step: $kind', ({ way, name, state }) => {
    expect(found.get(name)).toEqual({ state, counts: expected[way][state] });
  });
});

function plan(step: Step, kind: FaultKind, object: string): void {
  const delayMs = kind === 'drip' ? 600 : 6_000;
  stack.sandbox.controls.planFault({ ...steps[step], kind, object, delayMs });
}

function objectOf({ accountId }: Owing): string {
  const one = stack.sandbox.controls
    .objects('payment_intent', 10_000)
    .find(({ metadata }) => (metadata as { account_id?: string }).account_id === accountId);
  return String(one?.['id']);
}

/** How each ended, by step and fault, as a table to read. */
function tableOf(of: ReadonlyMap<string, { readonly state: string }>): string {
  const columns = (Object.keys(ways) as Way[]).flatMap((way) =>
    stepsOf[way].map((step) => ({ way, step })),
  );
  const head = columns.map(({ way, step }) => `${way}, ${step}`);
  const rows = faults.map((fault) => [
    fault,
    ...columns.map(({ way, step }) => of.get(`${way} ${step} ${fault}`)?.state ?? '-'),
  ]);
  return [['', ...head], ...rows]
    .map((row) => row.map((cell) => cell.padEnd(34)).join(''))
    .join('\n');
}
