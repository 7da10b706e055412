import { join } from 'node:path';
import {
  ConfigError,
  isLiveKey,
  readConfig,
  runningStackFile,
  sellerOf,
  withRunningStack,
  type SettingName,
} from '../config.ts';
import { exitCodes } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { reportFailure } from './report-failure.ts';
import { openSession, type SettingsReader } from './session.ts';

const root = join(import.meta.dirname, '..');

/** Read only when a verb needs it: `--help` and `sandbox` need none. */
const settings: SettingsReader = {
  databaseUrl: () => read(['DATABASE_URL']).DATABASE_URL,
  migrationDatabaseUrl: () => read(['MIGRATION_DATABASE_URL']).MIGRATION_DATABASE_URL,
  publicUrl: () => read().PUBLIC_URL,
  operator: () => read().SOLVENT_OPERATOR,
  temporalEnvironment: () => read().temporalEnvironment,
  seller: () => sellerOf(read()),
  stripe: () => {
    const { STRIPE_SECRET_KEY, STRIPE_API_BASE: apiBase } = read(['STRIPE_SECRET_KEY']);
    return { isLive: isLiveKey(STRIPE_SECRET_KEY), apiBase };
  },
};

function read<const Needed extends SettingName = never>(needed: readonly Needed[] = []) {
  return readConfig(needed, withRunningStack(undefined, join(root, runningStackFile)));
}

const session = openSession(settings, {
  result: (text) => process.stdout.write(text),
  remark: (text) => process.stderr.write(text),
});
try {
  // Should Node find nothing left to wait for before the end is reached, that is no success.
  process.exitCode = exitCodes.failed;
  await createProgram(session).parseAsync();
  process.exitCode = exitCodes.done;
} catch (error) {
  if (error instanceof ConfigError) {
    session.remark(error.message);
    session.remark('Start the stack with `npm start` in another terminal, or set what is missing.');
    process.exitCode = exitCodes.wrongUsage;
  } else {
    process.exitCode = reportFailure(error, session);
  }
} finally {
  await session.close();
}
