import type { Command } from 'commander';
import { verifyLedger, type LedgerDifference } from '../ledger/verify.ts';
import { accountState } from './account-state.ts';
import { accountId } from './arguments.ts';
import { CommandEnded } from './command-ended.ts';
import { exitCodes } from './exit-codes.ts';
import type { Session } from './session.ts';
import { table } from './words.ts';

export function addLedgerVerbs(ledger: Command, session: Session): void {
  ledger
    .command('verify')
    .description('recount every balance and lot from the transfers')
    .option('--account <account>', 'only this account', accountId)
    .action((options: { account?: string }) => verify(options.account, session));
  ledger
    .command('migrate')
    .description('bring the database up to this version of the ledger')
    .action(() => migrateLedger(session));
}

async function verify(account: string | undefined, session: Session): Promise<void> {
  if (account !== undefined) await accountState(session, account);
  const ledger = await session.ledger();
  const input = account === undefined ? {} : { accountId: account };
  const { accounts, events, transfers, differences } = await verifyLedger(ledger, input);
  const counted = `${accounts} accounts, ${events} events, ${transfers} transfers recounted`;
  const shown = differences.map((difference) => ({ ...difference }));
  session.print({ accounts, events, transfers, differences: shown }, () =>
    differences.length === 0
      ? `${counted}: all agree`
      : `${counted}: ${differences.length} differences\n${differenceTable(differences)}`,
  );
  if (differences.length > 0) throw new CommandEnded(exitCodes.failed);
}

function differenceTable(differences: readonly LedgerDifference[]): string {
  return table(
    ['ACCOUNT', 'WHAT', 'STORED', 'RECOUNTED'],
    differences.map(({ accountId: id, which, stored, recounted }) => [
      id,
      which,
      String(stored),
      String(recounted),
    ]),
  );
}

async function migrateLedger(session: Session): Promise<void> {
  const url = (await session.settings()).migrationDatabaseUrl();
  const { migrate } = await import('../ledger/migrate.ts');
  await migrate({ url });
  session.print({ status: 'migrated' }, () => 'migrated: the ledger is up to date');
}
