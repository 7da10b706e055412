import { isLiveKey, namesADeployment } from '../config.ts';

/** Parts of the stack the environment replaces by real ones. */
export interface RealParts {
  database: boolean;
  temporal: boolean;
  stripe: boolean;
  mail: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Which parts are given. Temporal counts as given by an address or an explicit profile, never by a
 * `temporal.toml` that merely lies in the user's home: that may well be production.
 * @throws where a setting would make the trial stack act on real money or without what it needs.
 */
export function realParts(environment: Environment): RealParts {
  const given = (name: string) => (environment[name] ?? '') !== '';
  const key = environment['STRIPE_SECRET_KEY'] ?? '';
  if (isLiveKey(key)) {
    throw new Error(
      'STRIPE_SECRET_KEY is a live key. `npm start` makes a demonstration account and is for ' +
        'trying things out: give it a test key. Production runs worker/main.ts and http/main.ts.',
    );
  }
  if (given('MIGRATION_DATABASE_URL') && !given('DATABASE_URL')) {
    throw new Error('MIGRATION_DATABASE_URL is set without DATABASE_URL: set both or none.');
  }
  return {
    database: given('DATABASE_URL'),
    temporal: ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'].some(given),
    stripe: key !== '',
    mail: given('SMTP_URL'),
  };
}

/** Which settings belong to which part. */
const settingsOf: Readonly<Record<keyof RealParts, RegExp>> = {
  database: /DATABASE_URL$/,
  temporal: /^TEMPORAL_/,
  stripe: /^STRIPE_/,
  mail: /^SMTP_URL$/,
};

/**
 * The environment taken apart: what leads to the given parts, and everything that leads nowhere. A
 * key for a real Temporal or Stripe that lies about in the shell must not be sent to the embedded
 * one, nor make a child believe that it has the real one.
 */
export function givenSettings(
  environment: Environment,
  real: RealParts,
): { settings: Record<string, string>; rest: Record<string, string> } {
  const entries = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const patterns = Object.entries(settingsOf)
    .filter(([part]) => real[part as keyof RealParts])
    .map(([, pattern]) => pattern);
  return {
    settings: Object.fromEntries(
      entries.filter(
        ([name]) => namesADeployment.test(name) && patterns.some((pattern) => pattern.test(name)),
      ),
    ),
    rest: Object.fromEntries(entries.filter(([name]) => !namesADeployment.test(name))),
  };
}
