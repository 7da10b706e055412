import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';

/**
 * Every setting in one table: name, check (with the words an operator gets when it fails), default,
 * meaning. Values come from the environment; nothing else in the program reads it.
 *
 * Temporal's own settings (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS…)
 * are not repeated here: `@temporalio/envconfig` owns them, see {@link Config.temporalEnvironment}.
 */
const settings = z.object({
  DATABASE_URL: postgresUrl()
    .optional()
    .describe('the ledger, as role solvent_app: neither its owner nor a superuser'),
  MIGRATION_DATABASE_URL: postgresUrl()
    .optional()
    .describe('the same database as role solvent_owner; only migrations use it'),

  STRIPE_SECRET_KEY: text(/^(sk|rk)_(test|live)_\w{4,}$/, 'a Stripe key such as sk_test_…')
    .optional()
    .describe('secret or restricted key; sk_live_ and rk_live_ charge real cards'),
  STRIPE_PUBLISHABLE_KEY: text(/^pk_(test|live)_\w+$/, 'a publishable key such as pk_test_…')
    .optional()
    .describe('set, the billing page takes cards with Stripe Elements'),
  STRIPE_WEBHOOK_SECRET: list(/^whsec_\w+$/, 'one or more whsec_… separated by commas')
    .optional()
    .describe('signing secrets; several during a rotation, any of them is accepted'),
  STRIPE_API_BASE: webUrl()
    .optional()
    .describe("the sandbox's address; absent, Stripe itself is asked"),
  STRIPE_REQUESTS_PER_SECOND: count(1, 1000)
    .default(20)
    .describe('requests a second of all workers together; Stripe allows 25 in test, 100 live'),

  STRIPE_DEADLINE_MS: count(500, 24_000)
    .default(20_000)
    .describe('how long one request to Stripe may take before its outcome is unknown'),

  SMTP_URL: text(/^smtps?:\/\/\S+$/, 'smtp://host:port or smtps://user:password@host:port')
    .optional()
    .describe('where mails are handed over'),
  MAIL_FROM: text(/^[^\r\n]*\S+@\S+$/, 'an address such as billing@example.com or Name <address>')
    .default('Solvent <billing@solvent.localhost>')
    .describe('sender of every mail'),

  SELLER_NAME: text(/\S/, 'a name')
    .default('Solvent demonstration')
    .describe('who sells, on invoices and receipts'),
  SELLER_ADDRESS: text(/\S/, 'an address, its lines separated by |')
    .optional()
    .describe('on invoices and receipts; lines separated by |'),
  SELLER_TAX_ID: text(/\S/, 'a tax ID').optional().describe('on invoices and receipts'),
  SELLER_EMAIL: text(/^\S+@\S+$/, 'an address such as billing@example.com')
    .optional()
    .describe('whom customers write to about invoices and receipts'),

  HTTP_HOST: text(/^\S+$/, 'a host name or address')
    .default('127.0.0.1')
    .describe('address the API and pages listen on'),
  HTTP_PORT: count(0, 65_535).default(3000).describe('their port; 0 takes a free one'),
  PUBLIC_URL: webUrl()
    .optional()
    .describe('how browsers reach the pages; absent, http://HTTP_HOST:HTTP_PORT'),

  SOLVENT_OPERATOR: text(/^[a-z0-9][a-z0-9._-]{0,39}$/, 'a name in small letters, such as ada')
    .optional()
    .describe('who works at this command line, for verbs that ask for a person'),

  TEMPORAL_UI_URL: webUrl().optional().describe('the Temporal UI that operator pages link to'),
  WORKFLOW_BUNDLE: text(/\S/, 'the path of a bundle file')
    .optional()
    .describe('workflow code bundled before; absent, the worker bundles the sources itself'),

  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
      error: 'one of trace, debug, info, warn, error, silent',
    })
    .default('info')
    .describe('least level of what is logged'),
});

type Settings = z.infer<typeof settings>;
export type SettingName = keyof Settings;

/** The settings, with those a program named as needed certainly there. */
export type Config<Needed extends SettingName = never> = Settings & {
  [Name in Needed]-?: NonNullable<Settings[Name]>;
} & {
  PUBLIC_URL: string;
  /** What `loadClientConnectConfig({ overrideEnvVars })` of @temporalio/envconfig reads. */
  temporalEnvironment: Record<string, string>;
};

/** A setting is missing or has a value that is not allowed. Never holds the value: it may be secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks all settings. `needed` names those this program cannot run without.
 * @throws ConfigError naming every wrong or missing setting and what is allowed.
 */
export function readConfig<const Needed extends SettingName = never>(
  needed: readonly Needed[] = [],
  environment: Environment = process.env,
): Config<Needed> {
  const given = withoutEmpty(environment);
  const parsed = settings.safeParse(given);
  const complaints = [
    ...(parsed.error?.issues ?? []).map(
      ({ path, message }) => `${String(path[0])} must be ${message}`,
    ),
    ...needed
      .filter((name) => given[name] === undefined && parsed.data?.[name] === undefined)
      .map((name) => `${name} is missing: ${meaningOf(name)}`),
    ...conflicts(given),
  ];
  if (!parsed.success || complaints.length > 0) throw new ConfigError(complaints.join('\n'));
  const { HTTP_HOST, HTTP_PORT, PUBLIC_URL } = parsed.data;
  return {
    ...parsed.data,
    PUBLIC_URL: PUBLIC_URL ?? `http://${HTTP_HOST}:${HTTP_PORT}`,
    temporalEnvironment: given,
  } as Config<Needed>; // `needed` was checked above, which the compiler cannot see.
}

/** Who sells, as documents show it. */
export function sellerOf(config: Config) {
  const { SELLER_NAME: name, SELLER_ADDRESS, SELLER_TAX_ID, SELLER_EMAIL } = config;
  const lines = (SELLER_ADDRESS ?? '').split('|').map((line) => line.trim());
  const addressLines = lines.filter((line) => line !== '');
  return { name, addressLines, taxId: SELLER_TAX_ID ?? null, email: SELLER_EMAIL ?? null };
}

/** True for keys that move real money: what must never happen on a live account asks this. */
export function isLiveKey(stripeSecretKey: string): boolean {
  return /^(sk|rk)_live_/.test(stripeSecretKey);
}

/** Where `npm start` writes how to reach the running stack, for programs beside it. */
export const runningStackFile = join('.solvent', 'stack.env');

/**
 * The environment, completed by the running embedded stack's (for `npx solvent …` in another
 * terminal). All or nothing: an environment that names another database, Temporal, Stripe or mail
 * server describes another deployment, and mixing the two could charge real cards for test data.
 */
export function withRunningStack(
  environment: Environment = process.env,
  file = runningStackFile,
): Environment {
  if (!existsSync(file)) return environment;
  const stack = parseEnv(readFileSync(file, 'utf8')) as Record<string, string>;
  const another = Object.entries(withoutEmpty(environment)).some(
    ([name, value]) => namesADeployment.test(name) && stack[name] !== value,
  );
  return another ? environment : { ...stack, ...withoutEmpty(environment) };
}

/** Settings that say whose data and money is acted on, rather than how. */
export const namesADeployment =
  /^((MIGRATION_)?DATABASE_URL|SMTP_URL|TEMPORAL_\w+|STRIPE_(SECRET_KEY|PUBLISHABLE_KEY|WEBHOOK_SECRET|API_BASE))$/;

function conflicts(given: Record<string, string>): string[] {
  const live = given['STRIPE_SECRET_KEY'] !== undefined && isLiveKey(given['STRIPE_SECRET_KEY']);
  return live && given['STRIPE_API_BASE'] !== undefined
    ? ['STRIPE_API_BASE must be absent with a live STRIPE_SECRET_KEY: it would be sent elsewhere']
    : [];
}

function meaningOf(name: SettingName): string {
  return settings.shape[name].description ?? '';
}

/** `NAME=` in a shell or an env file means "not set". */
function withoutEmpty(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1].trim() !== '',
    ),
  );
}

function text(pattern: RegExp, allowed: string) {
  return z.string().regex(pattern, { error: allowed });
}

function list(pattern: RegExp, allowed: string) {
  return z
    .string()
    .transform((value) => value.split(',').map((part) => part.trim()))
    .pipe(z.array(z.string().regex(pattern, { error: allowed })));
}

function count(least: number, most: number) {
  const error = `a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, { error })
    .transform(Number)
    .pipe(z.number().min(least, { error }).max(most, { error }));
}

function webUrl() {
  return z
    .url({ protocol: /^https?$/, error: 'an address such as https://billing.example.com' })
    .transform((value) => value.replace(/\/+$/, ''));
}

function postgresUrl() {
  return z.url({
    protocol: /^postgres(ql)?$/,
    error: 'a PostgreSQL address such as postgres://role@host:5432/database',
  });
}
