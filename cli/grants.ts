import { InvalidArgumentError, Option, type Command } from 'commander';
import { decimal, instant } from '../domain/answer-values.ts';
import { accountNowMs } from '../domain/account-time.ts';
import { SolventError } from '../domain/failures.ts';
import { campaignKey, grantStates, type Grant, type GrantState } from '../domain/grants.ts';
import { accountOfId, grantIdFor } from '../domain/ids.ts';
import type { Micros } from '../domain/money.ts';
import {
  approveGrant,
  listGrants,
  rejectGrant,
  requestGrant,
  type GrantOutcome,
} from '../ledger/grants.ts';
import { accountState } from './account-state.ts';
import { accountId, amount, instantMs, wholeNumber } from './arguments.ts';
import { keyFor, keyOption } from './idempotency-key.ts';
import type { Json } from './json.ts';
import { operatorOf, operatorOption } from './operator.ts';
import type { Session } from './session.ts';
import { facts, money, table, utcTime } from './words.ts';

interface AddOptions {
  scope?: readonly string[];
  expires?: number;
  reason: string;
  campaign?: string;
  key?: string;
  operator?: string;
}

interface ListOptions {
  state?: GrantState;
  account?: string;
  limit: number;
  after?: string;
}

const grantArgument = ['<grant>', 'the grant’s id, grant_…', grantId] as const;

export function addGrantVerbs(grants: Command, session: Session): void {
  grants
    .command('add')
    .description('give free credits; above the policy’s limit they wait for a second person')
    .argument('<account>', 'account id', accountId)
    .argument('<amount>', 'in whole units of the account’s currency, as 25 or 25.00', amount)
    .option('--scope <names>', 'models or services, separated by commas; absent, any', scope)
    .option('--expires <date>', 'when what is left of them ends; absent, never', instantMs)
    .requiredOption('--reason <text>', 'why, for operators; the customer does not see it')
    .addOption(
      new Option('--campaign <name>', 'given once a month under this name, however often asked')
        .argParser(campaign)
        .conflicts('key'),
    )
    .addOption(keyOption())
    .addOption(operatorOption())
    .action((account: string, value: Micros, options: AddOptions) =>
      add(account, value, options, session),
    );
  grants
    .command('list')
    .description('list grants, newest first')
    .addOption(new Option('--state <state>', 'only these').choices(grantStates))
    .option('--account <account>', 'only this account’s', accountId)
    .option('--limit <count>', 'how many', wholeNumber(1, 1_000), 50)
    .option('--after <cursor>', 'go on after an earlier page')
    .action((options: ListOptions) => list(options, session));
  grants
    .command('approve')
    .description('post a grant that somebody else asked for')
    .argument(...grantArgument)
    .addOption(operatorOption())
    .action((id: string, options: { operator?: string }) => approve(id, options, session));
  grants
    .command('reject')
    .description('turn a grant down that waits, or take your own back')
    .argument(...grantArgument)
    .addOption(operatorOption())
    .action((id: string, options: { operator?: string }) => reject(id, options, session));
}

function scope(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim());
}

function campaign(text: string): string {
  if (/^[\w.-]{1,100}$/.test(text)) return text;
  throw new InvalidArgumentError('A campaign is 1 to 100 letters, digits, ".", "_" and "-".');
}

function grantId(text: string): string {
  if (text.startsWith('grant_') && accountOfId(text) !== undefined) return text;
  throw new InvalidArgumentError('A grant id is "grant_", 26 characters, "_" and 16 more.');
}

async function add(
  account: string,
  value: Micros,
  options: AddOptions,
  session: Session,
): Promise<void> {
  const actor = await operatorOf(options, session);
  const state = await accountState(session, account);
  const nowMs = session.nowMs();
  // A campaign's month is that of the account's own time.
  const key =
    options.campaign === undefined
      ? keyFor(options, session)
      : campaignKey(options.campaign, accountNowMs(state.account, nowMs));
  const { keyDigest } = await import('../client/ids.ts');
  const request = {
    accountId: account,
    amount: value,
    scope: options.scope ?? null,
    actor,
    nowMs,
    expiresAtMs: options.expires ?? null,
    reason: options.reason,
    grantId: grantIdFor(account, keyDigest(key)),
  };
  show(await requestGrant(await session.ledger(), request, await session.policies.read()), session);
}

async function approve(
  id: string,
  options: { operator?: string },
  session: Session,
): Promise<void> {
  const actor = await operatorOf(options, session);
  const decision = { grantId: id, actor, nowMs: session.nowMs() };
  const ledger = await session.ledger();
  show(await approveGrant(ledger, decision, await session.policies.read()), session);
}

async function reject(id: string, options: { operator?: string }, session: Session): Promise<void> {
  const actor = await operatorOf(options, session);
  const decision = { grantId: id, actor, nowMs: session.nowMs() };
  show(await rejectGrant(await session.ledger(), decision), session);
}

async function list(options: ListOptions, session: Session): Promise<void> {
  const { state = null, account = null, after = null, limit } = options;
  const wanted = { state, accountId: account, cursor: after, limit };
  const page = await listGrants(await session.ledger(), wanted);
  session.print({ data: page.grants.map(grantJson), nextCursor: page.nextCursor }, () =>
    table(
      ['GRANT', 'AMOUNT', 'STATE', 'ASKED FOR BY', 'DECIDED BY', 'REASON'],
      page.grants.map((grant) => [
        ...[grant.grantId, money(grant.amount, grant.currency), grant.state, grant.requestedBy],
        ...[grant.decidedBy ?? '', grant.reason],
      ]),
    ),
  );
  if (page.nextCursor !== null) session.remark(`There are more: --after ${page.nextCursor}`);
}

/** Throws SolventError where it was refused. */
function show(outcome: GrantOutcome, session: Session): void {
  if (outcome.status === 'refused') throw new SolventError(outcome.refusal);
  const { grant } = outcome;
  session.print(grantJson(grant), () => grantWords(grant));
  if (grant.state !== 'awaiting_second_person') return;
  session.remark('Nothing is given yet: one person may not give this much alone.');
  session.remark(`Another operator approves it: solvent grants approve ${grant.grantId}`);
}

function grantWords(grant: Grant): string {
  const { currency, expiresAtMs, decidedBy } = grant;
  const rows = facts([
    ['State', grant.state],
    ['Account', grant.accountId],
    ['Free credits', money(grant.amount, currency)],
    ['Good for', grant.scope === null ? 'any use' : grant.scope.join(', ')],
    ['Expire', expiresAtMs === null ? 'never' : utcTime(expiresAtMs)],
    ['Reason', grant.reason],
    ['Asked for by', `${grant.requestedBy}, ${utcTime(grant.requestedAtMs)}`],
    ['Decided by', decidedBy],
  ]);
  return `${grant.grantId}\n${rows}`;
}

function grantJson(grant: Grant): Json {
  const { grantId: id, expiresAtMs, decidedAtMs } = grant;
  return {
    id,
    accountId: grant.accountId,
    state: grant.state,
    currency: grant.currency,
    amount: decimal(grant.amount, grant.currency),
    scope: grant.scope === null ? null : [...grant.scope],
    expiresAt: instant(expiresAtMs),
    reason: grant.reason,
    requestedBy: grant.requestedBy,
    requestedAt: instant(grant.requestedAtMs),
    decidedBy: grant.decidedBy,
    decidedAt: instant(decidedAtMs),
  };
}
