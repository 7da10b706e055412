import type { Command } from 'commander';
import { decimal } from '../domain/answer-values.ts';
import { SolventError } from '../domain/failures.ts';
import { readPriceBook } from '../ledger/prices.ts';
import { correctUsage } from '../ledger/usage-corrections.ts';
import { accountState } from './account-state.ts';
import { accountId, reason, wholeNumber } from './arguments.ts';
import { operatorOf, operatorOption } from './operator.ts';
import type { Session } from './session.ts';
import { money } from './words.ts';

interface CorrectOptions {
  reason: string;
  operator?: string;
}

export function addCorrectionVerb(usage: Command, session: Session): void {
  usage
    .command('correct')
    .description('take a charge of usage back, once: what paid it gets it again')
    .argument('<account>', 'account id', accountId)
    .argument('<event>', 'the entry of the statement that charged it', wholeNumber(1, 1e15 - 1))
    .requiredOption('--reason <text>', 'why, for operators', reason)
    .addOption(operatorOption())
    .action((account: string, eventId: number, options: CorrectOptions) =>
      correct(account, eventId, options, session),
    );
}

async function correct(
  id: string,
  eventId: number,
  options: CorrectOptions,
  session: Session,
): Promise<void> {
  const actor = await operatorOf(options, session);
  const { account } = await accountState(session, id);
  const ledger = await session.ledger();
  const outcome = await correctUsage(
    ledger,
    { accountId: id, eventId, reason: options.reason, actor, nowMs: session.nowMs() },
    await session.policies.read(),
    await readPriceBook(ledger),
  );
  if (outcome.status === 'refused') throw new SolventError(outcome.refusal);
  const { credits, unbilled } = outcome;
  const { currency } = account;
  session.print(
    {
      account: id,
      eventId,
      currency,
      credits: decimal(credits, currency),
      unbilled: decimal(unbilled, currency),
    },
    () =>
      `${money(credits, currency)} of credits given back, ` +
      `${money(unbilled, currency)} owed no longer`,
  );
}
