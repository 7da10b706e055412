import { exitCodes, type ExitCode } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { reportFailure } from './report-failure.ts';
import { openSession, type Streams } from './session.ts';
import type { Environment } from './settings.ts';

/** All that one call of the command line is given. */
interface Call extends Streams {
  /** What stands behind `solvent`. */
  readonly args: readonly string[];
  /** Absent: the process's own. */
  readonly environment?: Environment;
}

/** Runs a command line to its end, with parts of its own that are closed then. Throws nothing. */
export async function run({ args, environment, ...streams }: Call): Promise<ExitCode> {
  const session = openSession(async () => {
    const { settingsIn } = await import('./settings.ts');
    return settingsIn(environment, (line) => {
      session.remark(line);
    });
  }, streams);
  try {
    const program = await createProgram(session, streams, args);
    await program.parseAsync(args, { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    return reportFailure(error, session);
  } finally {
    await session.close();
  }
}
