import fc from 'fast-check';
import type { AccessFacts } from '../../domain/access.ts';
import type { Hold } from '../../domain/holds.ts';
import { micros, ZERO } from '../../domain/money.ts';
import { together202511, type Policy } from '../../domain/policy.ts';
import {
  AccountModel,
  dayMs,
  neededTiers,
  type ModelHold,
  type ModelPolicy,
} from '../support/account-model.ts';
import { account, nowMs } from './samples.ts';

export const ttlMs = 600_000;

/** Amounts that meet each other often: quarters of a dollar, and a micro-dollar beside. */
export const costs = fc
  .tuple(fc.integer({ min: 0, max: 80 }), fc.constantFrom(-1, 0, 0, 0, 1))
  .map(([quarters, beside]) => Math.max(1, quarters * 250_000 + beside));
const amounts = fc.integer({ min: 1, max: 80 }).map((quarters) => quarters * 250_000);
const shares = fc.constantFrom(0, 0, 0.25, 0.5, 1);
export const uses = fc.constantFrom(null, 'chat', 'image', ...Object.keys(neededTiers));
const ends = fc.constantFrom(null, null, nowMs - 1, nowMs, nowMs + 1, nowMs + dayMs);

const policies: fc.Arbitrary<ModelPolicy> = fc.record({
  isPrepaid: fc.constantFrom(false, false, false, true),
  billsBeyondSpendable: fc.constantFrom(false, false, true),
});

const lots = fc.array(
  fc.record({
    kind: fc.constantFrom('free' as const, 'purchased' as const),
    amount: amounts,
    used: shares,
    held: shares,
    scope: fc.constantFrom(null, null, ['chat'], ['image', 'chat'], ['meta-llama/Llama-3']),
    endsAtMs: ends,
    acquiredAtMs: fc.constantFrom(nowMs - 3 * dayMs, nowMs - 2 * dayMs, nowMs - dayMs),
    isFrozen: fc.constantFrom(false, false, false, false, true),
  }),
  { maxLength: 5 },
);

const settings = fc.record({
  plan: fc.constantFrom(
    'build' as const,
    'build' as const,
    'scale' as const,
    'enterprise' as const,
  ),
  isClosed: fc.constantFrom(...Array<boolean>(12).fill(false), true),
  isOnHold: fc.constantFrom(...Array<boolean>(12).fill(false), true),
  ownLimit: fc.constantFrom(null, null, 0, 5e6, 20e6, 100e6, 500e6),
  ceiling: fc.constantFrom(null, null, 0, 150e6, 400e6),
  paid: fc.constantFrom(0, 4_999_999, 5e6, 50e6, 99e6, 100e6, 250e6, 999_999_999, 1_000e6),
  cardUntilMs: fc.constantFrom(null, nowMs - dayMs, nowMs, nowMs + 1, nowMs + dayMs, nowMs + dayMs),
});

const debts = fc.record({
  unbilled: fc.constantFrom(0, 0, 1e6, 19_750_000, 99_750_000, 100e6, 140e6),
  invoices: fc.array(
    fc.record({
      due: amounts,
      // Day 7 of grace is over at its very end (R50).
      dueAtMs: fc.constantFrom(nowMs, nowMs - 7 * dayMs + 1, nowMs - 7 * dayMs, nowMs - 9 * dayMs),
    }),
    { maxLength: 1 },
  ),
  heldPostpaid: fc.constantFrom(0, 0, 250_000, 19e6),
});

/** Accounts of every kind, with two holds: `held` keeps what others reserve, `own` is asked about. */
export const states: fc.Arbitrary<AccountModel> = fc
  .record({ policy: policies, settings, lots, debts, own: fc.array(shares, { maxLength: 5 }) })
  .chain(({ own, ...state }) =>
    fc
      .record({
        use: uses,
        postpaid: fc.constantFrom(0, 250_000, 1e6),
        endsAtMs: fc.constantFrom(nowMs, nowMs + 1, nowMs + dayMs, nowMs + dayMs),
        state: fc.constantFrom(
          'open' as const,
          'open' as const,
          'open' as const,
          'expired' as const,
        ),
      })
      .map((hold) => modelOf(state, own, hold)),
  );

type Drawn<Value> = Value extends fc.Arbitrary<infer Inner> ? Inner : never;

function modelOf(
  drawn: {
    policy: ModelPolicy;
    settings: Drawn<typeof settings>;
    lots: Drawn<typeof lots>;
    debts: Drawn<typeof debts>;
  },
  own: readonly number[],
  hold: Pick<ModelHold, 'use' | 'postpaid' | 'endsAtMs' | 'state'>,
): AccountModel {
  const model = Object.assign(new AccountModel(), drawn.settings, { policy: drawn.policy });
  const reserved = { held: new Map<number, number>(), own: new Map<number, number>() };
  for (const [index, lot] of drawn.lots.entries()) {
    const { used, held, scope, kind, ...rest } = lot;
    const id = index + 1;
    const remaining = lot.amount - Math.floor(lot.amount * used);
    model.lots.push({ ...rest, id, kind, remaining, scope: kind === 'free' ? scope : null });
    const others = Math.floor(remaining * held);
    const ours = Math.floor((remaining - others) * (own[index] ?? 0));
    if (others > 0) reserved.held.set(id, others);
    if (ours > 0) reserved.own.set(id, ours);
  }
  model.owe('2026-11', drawn.debts.unbilled);
  model.invoices = drawn.debts.invoices.map((invoice, index) => ({
    ...invoice,
    id: `inv_${index}`,
  }));
  const add = (id: keyof typeof reserved, given: typeof hold) => {
    const parts = [...reserved[id].values(), given.postpaid];
    const cost = parts.reduce((sum, part) => sum + part, 0);
    const settled = null;
    model.holds.set(id, { ...given, id, cost, askedCost: cost, lots: reserved[id], settled });
  };
  const others = { use: null, postpaid: drawn.debts.heldPostpaid, endsAtMs: nowMs + dayMs };
  add('held', { ...others, state: 'open' });
  add('own', hold);
  return model;
}

/** The same account as the ledger would hand it to the rules. */
export function factsOf(model: AccountModel): AccessFacts {
  return {
    account: {
      ...account,
      plan: model.plan,
      status: model.isClosed ? 'closed' : 'open',
      adminHold: model.isOnHold ? { reason: 'asked by the bank', sinceMs: nowMs } : null,
      ownBalanceLimit: model.ownLimit === null ? null : micros(model.ownLimit),
      balanceLimitCeiling: model.ceiling === null ? null : micros(model.ceiling),
    },
    balances: {
      purchased: micros(model.pot('purchased')),
      free: micros(model.pot('free')),
      refundsDue: ZERO,
      unbilled: micros([...model.unbilled.values()].reduce((sum, part) => sum + part, 0)),
      invoiced: micros(model.invoices.reduce((sum, { due }) => sum + due, 0)),
      invoicedTax: ZERO,
      held: micros(model.lots.reduce((sum, lot) => sum + model.heldOf(lot.id), 0)),
      heldPostpaid: micros(model.heldPostpaid()),
      lifetimePaid: micros(model.paid),
      version: model.version,
      holdVersion: model.holdVersion,
    },
    lots: model.lots
      .filter(({ remaining }) => remaining > 0)
      .map(({ id, endsAtMs, isFrozen, ...lot }) => ({
        ...lot,
        lotId: id,
        amount: micros(lot.amount),
        remaining: micros(lot.remaining),
        held: micros(model.heldOf(id)),
        expiresAtMs: endsAtMs,
        frozenAtMs: isFrozen ? nowMs - dayMs : null,
      })),
    openInvoices: model.invoices.map(({ id, due, dueAtMs }) => {
      const invoice = { invoiceId: id, number: id, due: micros(due), dueTax: ZERO, dueAtMs };
      return { ...invoice, chargeAtMs: dueAtMs - dayMs, pauses: [], nextChargeAtMs: null };
    }),
    cardUsableUntilMs: model.cardUntilMs,
  };
}

/** A hold of the model as the ledger keeps it; what it was admitted by says nothing here. */
export function holdOf({ id, use, cost, lots, postpaid, state, ...hold }: ModelHold): Hold {
  const at = { version: 0, holdVersion: 1, policyVersion: 'any' };
  return {
    ...{ holdId: id, state, model: use, cost: micros(cost), postpaid: micros(postpaid) },
    lots: [...lots].map(([lotId, amount]) => ({ lotId, amount: micros(amount) })),
    ...{ openedAtMs: nowMs - dayMs, expiresAtMs: hold.endsAtMs },
    admittedBy: { ...at, cost: micros(hold.askedCost), spendable: ZERO, limit: ZERO, owed: ZERO },
    endedAtMs: state === 'open' ? null : nowMs,
    endedHoldVersion: state === 'open' ? null : 1,
    ...{ settledCost: null, writtenOff: null },
  };
}

export function policyOf({ policy }: AccountModel): Policy {
  return {
    ...together202511,
    postpaid: policy.isPrepaid ? 'none' : 'allowed',
    usageBeyondSpendable: policy.billsBeyondSpendable ? 'billed' : 'written_off',
  };
}
