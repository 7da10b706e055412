import { writeFile } from 'node:fs/promises';
import { CommandEnded } from './command-ended.ts';
import { exitCodes } from './exit-codes.ts';
import type { Session } from './session.ts';

/** Writes what a verb made to the file that was named; where that cannot be, says why and ends. */
export async function writeOutputFile(
  file: string,
  bytes: Uint8Array,
  session: Session,
): Promise<void> {
  try {
    await writeFile(file, bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    session.remark(`${file} cannot be written: ${reasons[code] ?? code}.`);
    throw new CommandEnded(exitCodes.failed);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'it is a folder',
  EACCES: 'it is not allowed',
  EROFS: 'the disk cannot be written',
  ENOSPC: 'the disk is full',
};
