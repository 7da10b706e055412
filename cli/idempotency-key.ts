import { randomUUID } from 'node:crypto';
import { Option } from 'commander';
import { idempotencyKey } from './arguments.ts';
import type { Session } from './session.ts';

export function keyOption(): Option {
  return new Option(
    '--key <key>',
    'names this request: repeated with the same key, it acts only once (default: a random one)',
  ).argParser(idempotencyKey);
}

/** The key given, or a new one, said before anything is tried so that a repeat is possible. */
export function keyFor({ key }: { key?: string }, session: Session): string {
  if (key !== undefined) return key;
  const made = randomUUID();
  session.remark(`To repeat this request safely: --key ${made}`);
  return made;
}
