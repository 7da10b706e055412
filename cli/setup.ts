import type { Command } from 'commander';
import { CommandEnded } from './command-ended.ts';
import { exitCodes } from './exit-codes.ts';
import type { Session } from './session.ts';
import { table } from './words.ts';

export function addSetupVerb(setup: Command, session: Session): void {
  setup.action(() => setUp(session));
}

async function setUp(session: Session): Promise<void> {
  const { setUpTemporal } = await import('../client/temporal-setup.ts');
  const { namespace, steps } = await setUpTemporal(await session.temporal());
  const shown = steps.map(({ subject, status, detail }) => ({ subject, status, detail }));
  session.print({ namespace, steps: shown }, () =>
    [
      `Temporal namespace ${namespace}`,
      table(
        ['WHAT', 'STATUS', 'DETAIL'],
        steps.map(({ subject, status, detail }) => [subject, status, detail]),
      ),
    ].join('\n'),
  );
  if (steps.some(({ status }) => status === 'not_done')) throw new CommandEnded(exitCodes.failed);
}
