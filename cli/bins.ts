import { open } from 'node:fs/promises';
import type { Command } from 'commander';
import { importBinRanges } from '../ledger/bin-ranges.ts';
import { CommandEnded } from './command-ended.ts';
import { exitCodes } from './exit-codes.ts';
import type { Session } from './session.ts';

export function addBinVerbs(bins: Command, session: Session): void {
  bins
    .command('import')
    .description('import a CSV file of start,end,funding; it replaces what its source said before')
    .argument('<file>', 'the file; none ships with Solvent')
    .requiredOption('--source <name>', 'names where the ranges come from')
    .action((file: string, { source }: { source: string }) => importFile(file, source, session));
}

async function importFile(file: string, source: string, session: Session): Promise<void> {
  const ledger = await session.ledger();
  const input = { source, lines: linesOf(file, session), actor: session.actor };
  const { ranges } = await importBinRanges(ledger, { ...input, nowMs: session.nowMs() });
  session.print({ source, ranges }, () => `ranges imported from ${source}: ${ranges}`);
}

/**
 * Opened when the first line is asked for: Node's reader drops what it read before its lines are
 * being waited for.
 */
async function* linesOf(file: string, session: Session): AsyncGenerator<string> {
  try {
    const handle = await open(file);
    yield* handle.readLines();
  } catch (error) {
    session.remark(`The file cannot be read: ${(error as Error).message}`);
    throw new CommandEnded(exitCodes.failed);
  }
}
