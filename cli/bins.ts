import { open } from 'node:fs/promises';
import type { Command } from 'commander';
import { importBinRanges } from '../ledger/bin-ranges.ts';
import { CommandEnded } from './command-ended.ts';
import { exitCodes } from './exit-codes.ts';
import type { Session } from './session.ts';

export function addBinVerbs(program: Command, session: Session): void {
  program
    .command('bins')
    .description('Ranges of card numbers that say what is prepaid')
    .command('import')
    .description('import a CSV file of start,end,funding; it replaces what its source said before')
    .argument('<file>', 'the file; none ships with Solvent')
    .requiredOption('--source <name>', 'names where the ranges come from')
    .action((file: string, { source }: { source: string }) => importFile(file, source, session));
}

async function importFile(file: string, source: string, session: Session): Promise<void> {
  const handle = await open(file).catch((error: unknown) => {
    session.remark(`The file cannot be read: ${(error as Error).message}`);
    throw new CommandEnded(exitCodes.failed);
  });
  try {
    const lines = handle.readLines();
    const input = { source, lines, actor: session.actor, nowMs: session.nowMs() };
    const { ranges } = await importBinRanges(await session.ledger(), input);
    session.print({ source, ranges }, () => `imported: ${ranges} ranges of ${source}`);
  } finally {
    await handle.close();
  }
}
