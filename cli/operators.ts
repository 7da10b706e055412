import type { Command } from 'commander';
import { createOperatorLink, endOperatorSessions } from '../ledger/operator-sessions.ts';
import { instant } from '../domain/answer-values.ts';
import { CommandEnded } from './command-ended.ts';
import { exitCodes } from './exit-codes.ts';
import { operatorName, operatorOf, operatorOption } from './operator.ts';
import type { Session } from './session.ts';
import { utcTime } from './words.ts';

const linkValidMs = 15 * 60_000;

interface OperatorOptions {
  operator?: string;
}

export function addOperatorVerbs(operators: Command, session: Session): void {
  operators
    .command('link')
    .description('make a link that signs you in to the operators’ pages, once, within 15 minutes')
    .addOption(operatorOption())
    .action((options: OperatorOptions) => makeLink(options, session));
  operators
    .command('sign-out')
    .description('end all sessions and links of a person at once')
    .argument('<name>', 'the person, as the audit log names them', operatorName)
    .addOption(operatorOption())
    .action((name: string, options: OperatorOptions) => signOut(name, options, session));
}

async function makeLink(options: OperatorOptions, session: Session): Promise<void> {
  const operator = (await operatorOf(options, session)).slice('operator:'.length);
  const input = { operator, validMs: linkValidMs, nowMs: session.nowMs() };
  const link = await createOperatorLink(await session.ledger(), input);
  if (link.status === 'no_key') {
    session.remark(
      `${operator} has no API key of role operator. Make one with \`npx solvent api-keys create ` +
        `--role operator --name ${operator}\`: its sessions end when it is revoked.`,
    );
    throw new CommandEnded(exitCodes.failed);
  }
  const url = `${(await session.settings()).publicUrl()}/operator/sign-in/${link.token}`;
  session.print({ operator, url, expiresAt: instant(link.expiresAtMs) }, () => url);
  session.remark(`It signs ${operator} in once, until ${utcTime(link.expiresAtMs)}.`);
}

async function signOut(name: string, options: OperatorOptions, session: Session): Promise<void> {
  const actor = await operatorOf(options, session);
  const input = { operator: name, sessionId: null, actor, nowMs: session.nowMs() };
  const ended = await endOperatorSessions(await session.ledger(), input);
  session.print({ operator: name, ended }, () => `${name}: ${ended} sessions and links ended`);
}
