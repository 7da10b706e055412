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
import { CommandEnded } from './command-ended.ts';
import { exitCodes } from './exit-codes.ts';
import type { Settings } from './session.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const stackFile = join(import.meta.dirname, '..', runningStackFile);

/**
 * The settings in an environment, absent: the process's own. What is missing or wrong is remarked,
 * and ends the command, when a verb asks for it.
 */
export function settingsIn(
  environment: Environment | undefined,
  remark: (line: string) => void,
): Settings {
  function read<const Needed extends SettingName = never>(needed: readonly Needed[] = []) {
    try {
      return readConfig(needed, withRunningStack(environment, stackFile));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      remark(error.message);
      remark('Start the stack with `npm start` in another terminal, or set what is missing.');
      throw new CommandEnded(exitCodes.wrongUsage);
    }
  }
  return {
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
}
