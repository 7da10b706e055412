import fc from 'fast-check';
import { expect } from 'vitest';
import { decideAccess } from '../../domain/access.ts';
import type { AccountId } from '../../domain/account.ts';
import { micros, type Micros } from '../../domain/money.ts';
import { policyAt, type PolicySchedule } from '../../domain/policy-schedule.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { readAccessFacts } from '../../ledger/access.ts';
import { readAccessFactsOf } from '../../ledger/access-history.ts';
import { readAccount } from '../../ledger/accounts.ts';
import type { Ledger } from '../../ledger/database.ts';
import { readHoldsAt } from '../../ledger/hold-rows.ts';
import { openHoldDesk } from '../../ledger/holds.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { AccountModel } from '../support/account-model.ts';
import { lives, nowOf, rules, type Play, type Played, type Rules } from './account-plays.ts';
import { anAccount } from './ledger-fixture.ts';

/** What a run of plays met: how many holds were admitted, and which answers were given. */
export interface Met {
  admitted: number;
  readonly answers: Map<string, number>;
}

/**
 * Plays `runs` accounts, each from its beginning, and compares ledger and model after every step.
 * `hot`: connections as the way of requests has them.
 */
export async function playAccounts(ledger: Ledger, hot: Ledger, runs: number): Promise<Met> {
  const met: Met = { admitted: 0, answers: new Map() };
  await fc.assert(
    fc.asyncProperty(rules, lives, (given, life) => playAccount({ ledger, hot, met }, given, life)),
    { numRuns: runs },
  );
  return met;
}

interface Run {
  readonly ledger: Ledger;
  readonly hot: Ledger;
  readonly met: Met;
}

async function playAccount({ ledger, hot, met }: Run, given: Rules, life: readonly Play[]) {
  const accountId = await anAccount(ledger);
  const played: Played = {
    ...{ ledger, desk: openHoldDesk(hot), accountId, model: new AccountModel() },
    ...{ policies: given.policies, offsetMs: 0, step: 0 },
    ...{ reserved: new Map<number, unknown>(), seen: met.answers },
  };
  for (const play of life) {
    played.step += 1;
    played.model.policy = given.at(nowOf(played));
    await play.run(played);
    played.model.policy = given.at(nowOf(played));
    await expectSame(played);
    await expectSameAnswer(played, 2_000_000, 'chat');
  }
  await expectVerified(ledger, accountId);
  await expectHoldHistory(played);
  met.admitted += await expectAdmissionsAgain(ledger, accountId, given.policies);
}

/** The ledger has what the model has: balances, months, lots, open holds. */
async function expectSame(played: Played): Promise<void> {
  const { ledger, accountId, model } = played;
  const state = await readAccount(ledger, { accountId });
  const months = [...model.unbilled].filter(([, amount]) => amount > 0).toSorted();
  expect({
    balances: state?.balances,
    months: state?.unbilledPeriods.map(({ period: month, amount }) => [month, amount]),
    lots: state?.lots
      .map(({ lotId, kind, remaining, held }) => ({ lotId, kind, remaining, held }))
      .toSorted((a, b) => a.lotId - b.lotId),
  }).toMatchObject({
    balances: {
      accountId,
      ...{ purchased: model.pot('purchased'), free: model.pot('free'), refundsDue: 0 },
      unbilled: months.reduce((sum, [, amount]) => sum + amount, 0),
      invoiced: model.invoices.reduce((sum, { due }) => sum + due, 0),
      held: model.lots.reduce((sum, { id }) => sum + model.heldOf(id), 0),
      ...{ heldPostpaid: model.heldPostpaid(), lifetimePaid: model.paid },
      ...{ version: model.version, holdVersion: model.holdVersion },
    },
    months,
    lots: model.lots.map(({ id, kind, remaining }) => {
      return { lotId: id, kind, remaining, held: model.heldOf(id) };
    }),
  });
  played.reserved.set(model.holdVersion, reservedIn(model));
}

function reservedIn(model: AccountModel): unknown {
  return model
    .openHolds()
    .map(({ id, cost, lots, postpaid }) => ({ id, cost, postpaid, lots: [...lots].toSorted() }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** R20: what the account was reserving at each place of its life is still told exactly. */
async function expectHoldHistory({ ledger, accountId, reserved }: Played): Promise<void> {
  for (const [holdVersion, expected] of reserved) {
    const holds = await ledger.snapshot((session) =>
      readHoldsAt(session, uuidOf(accountId), holdVersion),
    );
    const told = holds
      .map(({ holdId: id, cost, postpaid, lots }) => {
        const pairs = lots.map(({ lotId, amount }) => [lotId, amount]).toSorted();
        return { id, cost, postpaid, lots: pairs };
      })
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect({ holdVersion, told }).toEqual({ holdVersion, told: expected });
  }
}

/**
 * R53, R56, R68: every admitted hold is admitted again from the facts of its place in the account's
 * life, by the same numbers. Returns how many there were.
 */
export async function expectAdmissionsAgain(
  ledger: Ledger,
  accountId: AccountId,
  policies: PolicySchedule,
): Promise<number> {
  const holds = await ledger.run<{ holdId: string }>(
    `select hold_id as "holdId" from holds where account_id = $1 order by admitted_hold_version`,
    [uuidOf(accountId)],
  );
  for (const { holdId } of holds) await expectAdmissionAgain(ledger, accountId, holdId, policies);
  return holds.length;
}

interface AdmittedRow {
  readonly model: string | null;
  readonly version: number;
  readonly holdVersion: number;
  readonly policyVersion: string;
  readonly cost: Micros;
  readonly spendable: Micros;
  readonly limit: Micros;
  readonly owed: Micros;
  readonly openedAtMs: number;
}

async function expectAdmissionAgain(
  ledger: Ledger,
  accountId: AccountId,
  holdId: string,
  policies: PolicySchedule,
) {
  const [row] = await ledger.run<AdmittedRow>(
    `select model, admitted_version as version, admitted_hold_version as "holdVersion",
       admitted_policy as "policyVersion", admitted_cost as cost, admitted_spendable as spendable,
       admitted_limit as "limit", admitted_owed as owed, opened_at as "openedAtMs"
     from holds where account_id = $1 and hold_id = $2`,
    [uuidOf(accountId), holdId],
  );
  if (row === undefined) throw new Error(`no hold ${holdId}`);
  const { model, openedAtMs, ...admittedBy } = row;
  const facts = await readAccessFactsOf(ledger, accountId, { admittedBy, openedAtMs });
  const policy = policyAt(policies, openedAtMs);
  const again = decideAccess(facts, { cost: row.cost, model }, policy, openedAtMs);
  expect({
    ...{ holdId, code: again.code, spendable: again.spendable, limit: again.limit },
    ...{ owed: again.owed, policyVersion: again.policyVersion },
  }).toEqual({
    ...{ holdId, code: null, spendable: row.spendable, limit: row.limit, owed: row.owed },
    policyVersion: row.policyVersion,
  });
  // B6: what was owed and held then, and what this one took beside it.
  const owed = again.owed + again.heldPostpaid + again.allocation.postpaid;
  if (again.allocation.postpaid > 0) expect(owed).toBeLessThanOrEqual(again.limit);
}

/** What anybody is told without a lock is what the rules say. */
async function expectSameAnswer(played: Played, cost: number, use: string | null) {
  const nowMs = nowOf(played);
  const facts = await readAccessFacts(played.ledger, played.accountId);
  if (facts === undefined) throw new Error('no account');
  const request = { cost: micros(cost), model: use };
  const { model, policies } = played;
  const { code, spendable } = decideAccess(facts, request, policyAt(policies, nowMs), nowMs);
  const expected = { code: model.why(cost, use, nowMs), spendable: model.spendable(use, nowMs) };
  expect({ code, spendable }).toEqual(expected);
}

export async function expectVerified(ledger: Ledger, accountId?: AccountId): Promise<void> {
  const { differences } = await verifyLedger(ledger, accountId === undefined ? {} : { accountId });
  expect(differences).toEqual([]);
}
