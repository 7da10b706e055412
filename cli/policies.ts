import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { instant } from '../domain/answer-values.ts';
import { failure, SolventError } from '../domain/failures.ts';
import { together2026, together202511, type Policy } from '../domain/policy.ts';
import { parsePolicy, policyJson } from '../domain/policy-json.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { listPolicies, readSchedule } from '../ledger/policies.ts';
import {
  activatePolicy,
  announcePolicy,
  readPolicy,
  type PolicyChange,
} from '../ledger/policy-changes.ts';
import { previewPolicy } from '../ledger/policy-preview.ts';
import { instantMs } from './arguments.ts';
import { CommandEnded } from './command-ended.ts';
import { exitCodes } from './exit-codes.ts';
import { previewJson, previewWords } from './policy-view.ts';
import type { Session } from './session.ts';
import { table, utcTime } from './words.ts';

/** Policies that come with the program; one is recorded when it is first used. */
const presets: readonly Policy[] = [together202511, together2026];

export function addPolicyVerbs(policies: Command, session: Session): void {
  policies
    .command('list')
    .description('list versions, and from when on each is in force')
    .action(() => list(session));
  policies
    .command('show')
    .description('print a version’s values as JSON: what a file for a new version looks like')
    .argument('<policy>', 'version')
    .action((name: string) => show(name, session));
  policies
    .command('preview')
    .description('show whom a policy would touch; changes nothing')
    .argument('<policy>', 'version, or a JSON file')
    .option('--effective <date>', 'from when on; absent: now', instantMs)
    .action((name: string, { effective }: { effective?: number }) =>
      preview(name, effective ?? session.nowMs(), session),
    );
  policies
    .command('activate')
    .description('put a policy in force from a date on, after showing whom it touches')
    .argument('<policy>', 'version, or a JSON file')
    .requiredOption('--effective <date>', 'from when on, as 2027-01-01', instantMs)
    .option('--yes', 'really do it')
    .action((name: string, options: { effective: number; yes?: true }) =>
      activate(name, options, session),
    );
  policies
    .command('announce')
    .description('tell every open account that credits bought from a date on will expire')
    .argument('<policy>', 'version, or a JSON file')
    .requiredOption('--effective <date>', 'from when on, 90 days ahead or more', instantMs)
    .action((name: string, { effective }: { effective: number }) =>
      announce(name, effective, session),
    );
}

async function list(session: Session): Promise<void> {
  const ledger = await session.ledger();
  const { versions, activations } = await listPolicies(ledger);
  const inForce = policyAt(await readSchedule(ledger), session.nowMs()).version;
  const unrecorded = presets
    .map(({ version }) => version)
    .filter((version) => !versions.some((row) => row.version === version));
  const data = {
    inForce,
    activations: activations.map(({ version, effectiveAtMs, actor, recordedAtMs }) => ({
      version,
      effectiveAt: instant(effectiveAtMs),
      actor,
      recordedAt: instant(recordedAtMs),
    })),
    versions: [...versions.map(({ version }) => version), ...unrecorded],
  };
  session.print(data, () => {
    const rows = activations
      .toSorted((a, b) => (a.effectiveAtMs ?? 0) - (b.effectiveAtMs ?? 0))
      .map(({ version, effectiveAtMs, actor, recordedAtMs }) => [
        ...[version, effectiveAtMs === null ? 'the beginning' : utcTime(effectiveAtMs)],
        ...[actor, utcTime(recordedAtMs)],
      ]);
    const idle = data.versions.filter((name) => activations.every((row) => row.version !== name));
    const others = idle.length === 0 ? '' : `\nNever activated: ${idle.join(', ')}`;
    const all = table(['VERSION', 'IN FORCE FROM', 'BY', 'RECORDED'], rows);
    return `${all}\nIn force now: ${inForce}${others}`;
  });
}

async function show(name: string, session: Session): Promise<void> {
  const policy = await versionNamed(name, session);
  if (policy === undefined) throw failure('policy_not_found', `It was "${name}".`);
  const values = policyJson(policy);
  session.print(values, () => JSON.stringify(values, null, 2));
}

async function preview(name: string, effectiveAtMs: number, session: Session): Promise<void> {
  const change = await changeOf(name, effectiveAtMs, session);
  const found = await previewPolicy(await session.ledger(), change);
  session.print(previewJson(change, found), () => previewWords(change, found));
}

async function activate(
  name: string,
  { effective, yes }: { effective: number; yes?: true },
  session: Session,
): Promise<void> {
  const ledger = await session.ledger();
  const change = await changeOf(name, effective, session);
  const found = await previewPolicy(ledger, change);
  const isSure = yes === true;
  const outcome = isSure ? await activatePolicy(ledger, change) : undefined;
  if (outcome?.status === 'refused') throw new SolventError(outcome.refusal);
  const { version } = change.policy;
  session.print({ ...previewJson(change, found), activated: isSure }, () => {
    const words = previewWords(change, found);
    return isSure ? `${words}\n${version} is in force from ${utcTime(effective)} on.` : words;
  });
  if (isSure) return;
  session.remark('Nothing was changed. If this is meant, repeat it with --yes.');
  throw new CommandEnded(exitCodes.wrongUsage);
}

async function announce(name: string, effectiveAtMs: number, session: Session): Promise<void> {
  const change = await changeOf(name, effectiveAtMs, session);
  const outcome = await announcePolicy(await session.ledger(), change);
  if (outcome.status === 'refused') throw new SolventError(outcome.refusal);
  const { version } = change.policy;
  const { accounts } = outcome;
  session.print({ version, effectiveAt: instant(effectiveAtMs), accounts }, () =>
    [
      `${accounts} open accounts are told; new ones will be when they are made.`,
      'The mails go out within minutes.',
    ].join('\n'),
  );
}

async function changeOf(
  name: string,
  effectiveAtMs: number,
  session: Session,
): Promise<PolicyChange> {
  const policy = await policyNamed(name, session);
  return { policy, effectiveAtMs, actor: session.actor, nowMs: session.nowMs() };
}

/** A version's, or a file's. Throws policy_not_found; policy_invalid, which names every wrong field. */
export async function policyNamed(name: string, session: Session): Promise<Policy> {
  return (await versionNamed(name, session)) ?? (await policyInFile(name, session));
}

async function versionNamed(version: string, session: Session): Promise<Policy | undefined> {
  const recorded = await readPolicy(await session.ledger(), { version });
  return recorded ?? presets.find((preset) => preset.version === version);
}

/** Throws policy_not_found; policy_invalid, which names every wrong field. */
async function policyInFile(file: string, session: Session): Promise<Policy> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    session.remark(`No version, and no file: ${(error as Error).message}`);
    throw failure('policy_not_found', `It was "${file}".`);
  }
  const parsed = parsePolicy(jsonIn(text));
  if (parsed.status === 'parsed') return parsed.policy;
  throw failure('policy_invalid', `In ${file}:\n${parsed.faults.join('\n')}`);
}

/** Throws policy_invalid. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw failure('policy_invalid', `The file is no JSON: ${(error as Error).message}`);
  }
}
