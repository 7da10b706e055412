import { Option, type Command } from 'commander';
import type { AccessDecision } from '../domain/access.ts';
import { accessAnswer } from '../domain/access-answer.ts';
import type { Account } from '../domain/account.ts';
import { failures, SolventError } from '../domain/failures.ts';
import { holdAnswer, settlementAnswer } from '../domain/hold-answer.ts';
import type { Hold } from '../domain/holds.ts';
import { totalOf, type Micros } from '../domain/money.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { listHolds } from '../ledger/hold-lists.ts';
import { openHoldDesk, type HoldDesk } from '../ledger/holds.ts';
import { accountState } from './account-state.ts';
import { accountId, amount, duration, holdId, modelName, wholeNumber } from './arguments.ts';
import { CommandEnded } from './command-ended.ts';
import { exitCodes } from './exit-codes.ts';
import type { Session } from './session.ts';
import { accessJson, whyWords } from './why.ts';
import { facts, money, table, utcTime } from './words.ts';

interface PlaceOptions {
  model?: string;
  ttl?: number;
}

interface ListOptions {
  state?: Hold['state'];
  limit: number;
  before?: number;
}

const account = ['<account>', 'account id', accountId] as const;
const id = ['<hold>', 'the request’s own id, its idempotency key', holdId] as const;

export function addHoldVerbs(holds: Command, session: Session): void {
  holds
    .command('place')
    .description('ask whether a request may run, and reserve what it may cost')
    .argument(...account)
    .argument(...id)
    .argument('<cost>', 'the most it can cost', amount)
    .option('--model <name>', 'model or service', modelName)
    .option('--ttl <duration>', 'how long it lasts; absent, as the policy says', duration)
    .action((of: string, hold: string, cost: Micros, options: PlaceOptions) =>
      place(of, hold, cost, options, session),
    );
  holds
    .command('settle')
    .description('charge what the request cost, and give back the rest')
    .argument(...account)
    .argument(...id)
    .argument('<cost>', 'what it cost', amount)
    .action((of: string, hold: string, cost: Micros) => settle(of, hold, cost, session));
  holds
    .command('extend')
    .description('reserve more for a request that goes on')
    .argument(...account)
    .argument(...id)
    .argument('<cost>', 'what is to be reserved in all', amount)
    .option('--ttl <duration>', 'how long it lasts from now', duration)
    .action((of: string, hold: string, cost: Micros, options: { ttl?: number }) =>
      extend(of, hold, cost, options, session),
    );
  holds
    .command('release')
    .description('give back what was reserved: the request did not run')
    .argument(...account)
    .argument(...id)
    .action((of: string, hold: string) => release(of, hold, session));
  holds
    .command('list')
    .description('list an account’s holds, newest first')
    .argument(...account)
    .addOption(
      new Option('--state <state>', 'only these').choices([
        ...['open', 'settled', 'released', 'expired'],
      ]),
    )
    .option('--limit <count>', 'how many', wholeNumber(1, 1_000), 50)
    .option('--before <cursor>', 'go on after an earlier page', wholeNumber(1, 1e15 - 1))
    .action((of: string, options: ListOptions) => list(of, options, session));
}

async function place(
  of: string,
  hold: string,
  cost: Micros,
  { model = null, ttl: ttlMs = null }: { model?: string | null; ttl?: number | null },
  session: Session,
): Promise<void> {
  const holds = await desk(session);
  const outcome = await holds.place({
    ...(await nameOf(of, hold, session)),
    cost,
    model,
    ttlMs,
  });
  if (outcome.status === 'failed') throw new SolventError(outcome.refusal);
  if (outcome.status === 'refused') {
    await printRefused(outcome.decision, ownerOf(outcome.account), session);
    throw new CommandEnded(exitCodes.failed);
  }
  printHold(outcome.hold, ownerOf(outcome.account), session);
}

async function settle(of: string, hold: string, cost: Micros, session: Session): Promise<void> {
  const holds = await desk(session);
  const outcome = await holds.settle({
    ...(await nameOf(of, hold, session)),
    cost,
  });
  if (outcome.status === 'failed') throw new SolventError(outcome.refusal);
  const owner = ownerOf(outcome.account);
  const { charge } = outcome;
  session.print({ ...settlementAnswer(hold, charge, owner) }, () => {
    const show = (value: Micros) => money(value, owner.currency);
    const rows = facts([
      ['Cost', show(charge.cost)],
      ['Paid by free credits', show(totalOf(charge.free))],
      ['By purchased credits', show(totalOf(charge.purchased))],
      ['Owed', charge.unbilled === null ? null : show(charge.unbilled.amount)],
      ['Charged to nobody', charge.writtenOff === 0 ? null : show(charge.writtenOff)],
    ]);
    return `settled: ${hold}\n${rows}`;
  });
}

async function extend(
  of: string,
  hold: string,
  cost: Micros,
  { ttl: ttlMs = null }: { ttl?: number | null },
  session: Session,
): Promise<void> {
  const holds = await desk(session);
  const outcome = await holds.extend({
    ...(await nameOf(of, hold, session)),
    cost,
    ttlMs,
  });
  if (outcome.status === 'failed') throw new SolventError(outcome.refusal);
  const owner = ownerOf(outcome.account);
  const { instruction, decision } = outcome;
  const answer = await answerOf(decision, owner, session);
  session.print(
    {
      instruction,
      hold: { ...holdAnswer(outcome.hold, owner) },
      access: decision.allowed ? null : accessJson(answer),
    },
    () => {
      const why = decision.allowed ? [] : ['', whyWords(answer)];
      return [`${instruction}: ${holdWords(outcome.hold, owner)}`, ...why].join('\n');
    },
  );
  if (instruction === 'pause' || instruction === 'stop') throw new CommandEnded(exitCodes.failed);
}

async function release(of: string, hold: string, session: Session): Promise<void> {
  const holds = await desk(session);
  const outcome = await holds.release(await nameOf(of, hold, session));
  if (outcome.status === 'failed') throw new SolventError(outcome.refusal);
  printHold(outcome.hold, ownerOf(outcome.account), session);
}

async function list(of: string, options: ListOptions, session: Session): Promise<void> {
  const { account: owner } = await accountState(session, of);
  const { state = null, limit, before = null } = options;
  const query = { accountId: of, state, before, limit };
  const page = await listHolds(await session.ledger(), query);
  const data = page.holds.map((hold) => ({ ...holdAnswer(hold, owner) }));
  const nextCursor = page.nextBefore === null ? null : String(page.nextBefore);
  session.print({ data, nextCursor }, () => holdTable(page.holds, owner));
  if (nextCursor !== null) session.remark(`There are more: --before ${nextCursor}`);
}

function holdTable(holds: readonly Hold[], owner: Account): string {
  if (holds.length === 0) return 'no holds';
  return table(
    ['HOLD', 'STATE', 'MODEL', 'RESERVED', 'OPENED', 'EXPIRES'],
    holds.map((hold) => [
      ...[hold.holdId, hold.state, hold.model ?? '-', money(hold.cost, owner.currency)],
      ...[utcTime(hold.openedAtMs), utcTime(hold.expiresAtMs)],
    ]),
  );
}

async function desk(session: Session): Promise<HoldDesk> {
  return openHoldDesk(await session.ledger());
}

async function nameOf(of: string, hold: string, session: Session) {
  const policies = await session.policies.read();
  return { accountId: of, holdId: hold, policies, nowMs: session.nowMs() };
}

function printHold(hold: Hold, owner: Account, session: Session): void {
  session.print({ ...holdAnswer(hold, owner) }, () => holdWords(hold, owner));
}

function holdWords(hold: Hold, { currency }: Account): string {
  const show = (value: Micros) => money(value, currency);
  const rows = facts([
    ['Reserved of credits', show(totalOf(hold.lots))],
    ['Of the balance limit', show(hold.postpaid)],
    ['Model', hold.model],
    ['Opened', utcTime(hold.openedAtMs)],
    ['Lasts until', utcTime(hold.expiresAtMs)],
  ]);
  return `${hold.state}: ${hold.holdId}, ${show(hold.cost)}\n${rows}`;
}

async function printRefused(
  decision: AccessDecision,
  owner: Account,
  session: Session,
): Promise<void> {
  const answer = await answerOf(decision, owner, session);
  session.print({ access: accessJson(answer) }, () => whyWords(answer));
  if (decision.code === null) return;
  session.remark(`${decision.code}. Who can act: ${failures[decision.code].whoCanAct}.`);
}

async function answerOf(decision: AccessDecision, owner: Account, session: Session) {
  const policy = policyAt(await session.policies.read(), decision.atMs);
  return accessAnswer(decision, owner, policy);
}

/** The desk answers the account with all that is no failure. */
function ownerOf(of: Account | null): Account {
  if (of === null) throw new Error('a hold was answered without its account');
  return of;
}
