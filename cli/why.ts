import type { Command } from 'commander';
import { decideAccess, leastCost, type AccessFacts } from '../domain/access.ts';
import { accessAnswer, type AccessAnswer } from '../domain/access-answer.ts';
import { accountNowMs } from '../domain/account-time.ts';
import { failure } from '../domain/failures.ts';
import type { Micros } from '../domain/money.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { readAccessFacts } from '../ledger/access.ts';
import { readAccessFactsAt } from '../ledger/access-history.ts';
import { accountId, amount, instantMs, modelName } from './arguments.ts';
import type { Session } from './session.ts';
import { facts as factLines } from './words.ts';

interface WhyOptions {
  model?: string;
  cost?: Micros;
  at?: number;
}

export function addWhyVerb(verb: Command, session: Session): void {
  verb
    .argument('<account>', 'account id', accountId)
    .option('--model <name>', 'of a request to this model or service', modelName)
    .option('--cost <amount>', 'of a request that may cost this much', amount)
    .option('--at <instant>', 'at a past instant of the account’s own time', instantMs)
    .action((account: string, options: WhyOptions) => why(account, options, session));
}

async function why(account: string, options: WhyOptions, session: Session): Promise<void> {
  const { model = null, cost = leastCost, at } = options;
  const { facts, atMs } = await factsFor(account, at, session);
  const policy = policyAt(await session.policies.read(), atMs);
  const decision = decideAccess(facts, { cost, model }, policy, atMs);
  const answer = accessAnswer(decision, facts.account, policy);
  session.print(accessJson(answer), () => whyWords(answer));
}

/** @throws SolventError account_not_found; invalid_request for an instant that is yet to come. */
async function factsFor(
  account: string,
  at: number | undefined,
  session: Session,
): Promise<{ readonly facts: AccessFacts; readonly atMs: number }> {
  const ledger = await session.ledger();
  const facts = await readAccessFacts(ledger, account);
  if (facts === undefined) throw failure('account_not_found', `It was ${account}.`);
  const nowMs = accountNowMs(facts.account, session.nowMs());
  if (at === undefined) return { facts, atMs: nowMs };
  if (at > nowMs) throw failure('invalid_request', '--at must not be in the future.');
  const past = await readAccessFactsAt(ledger, account, at);
  if (past === undefined) throw failure('account_not_found', 'It was made later.');
  return { facts: past, atMs: at };
}

/** The very answer of the API (R56), as a value that can be printed. */
export function accessJson(answer: AccessAnswer) {
  return {
    ...answer,
    checks: answer.checks.map((check) => ({ ...check })),
    remedies: answer.remedies.map((remedy) => ({ ...remedy })),
  };
}

/** The words that page and API show, too. */
export function whyWords({ at, policyVersion, words, checks, remedies }: AccessAnswer): string {
  const looked = checks.map((check): readonly [string, string] => [
    check.passed ? 'passed' : 'FAILED',
    `${check.words} (${check.rule})`,
  ]);
  return [
    words.headline,
    words.balance,
    ...(remedies.length === 0 ? [] : ['', 'What would make it pass:']),
    ...remedies.map((remedy) => `  - ${remedy.words}`),
    '',
    factLines(looked),
    '',
    `As of ${at}, by the policy ${policyVersion}.`,
  ].join('\n');
}
