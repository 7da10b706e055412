import { InvalidArgumentError, Option } from 'commander';
import { CommandEnded } from './command-ended.ts';
import { exitCodes } from './exit-codes.ts';
import type { Session } from './session.ts';

/** One person, in small letters: "Ada" and "ada" must not be two. Never a mail address. */
const namePattern = /^[a-z0-9][a-z0-9._-]{0,39}$/;

export function operatorName(text: string): string {
  const name = text.toLowerCase();
  if (namePattern.test(name)) return name;
  throw new InvalidArgumentError('A name is 1 to 40 letters, digits, ".", "_" and "-".');
}

export function operatorOption(): Option {
  return new Option(
    '--operator <name>',
    'who you are, for the audit log (default: SOLVENT_OPERATOR)',
  ).argParser(operatorName);
}

/** The person who acts, as the audit log names them. Ends the command where nobody is named. */
export async function operatorOf(
  { operator }: { operator?: string },
  session: Session,
): Promise<string> {
  const name = operator ?? (await session.settings()).operator();
  if (name !== undefined) return `operator:${name}`;
  session.remark('Say who you are: --operator NAME, or set SOLVENT_OPERATOR.');
  throw new CommandEnded(exitCodes.wrongUsage);
}
