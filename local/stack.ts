import { join } from 'node:path';
import { connectTemporal } from '../client/connect.ts';
import { setUpTemporal } from '../client/temporal-setup.ts';
import { migrate } from '../ledger/migrate.ts';
import { createRolesAndDatabase, startPostgres } from './postgres.ts';
import { givenSettings, type RealParts } from './real-parts.ts';
import { choosePorts, rememberPorts, stackSecrets } from './stack-folder.ts';
import type { Supervision } from './supervision.ts';
import { findTemporalProgram } from './temporal-programs.ts';
import { startTemporal } from './temporal.ts';
import { workflowBundle } from './workflow-bundle.ts';
import { ourNodeOptions } from './node-options.ts';

type Settings = Record<string, string>;

export interface StackOptions {
  folder: string;
  supervision: Supervision;
  environment: Readonly<Record<string, string | undefined>>;
  real: RealParts;
  say: (line: string) => void;
}

/** What the table of links shows, beside the settings. */
export interface RunningParts {
  /** Everything our processes need to reach each other, as environment variables. */
  settings: Settings;
  mailboxUrl?: string;
}

const root = join(import.meta.dirname, '..');
type Ports = Awaited<ReturnType<typeof choosePorts>>;

/**
 * Starts all parts that are not given: first what stands alone, side by side, then the worker and
 * the HTTP server on top of it.
 */
export async function startParts(options: StackOptions): Promise<RunningParts> {
  const { folder, environment, real } = options;
  const ports = await choosePorts(folder);
  if (environment['HTTP_PORT']) ports.http = Number(environment['HTTP_PORT']);
  const publicUrl = environment['PUBLIC_URL'] ?? `http://127.0.0.1:${ports.http}`;

  const [database, temporal, stripe, mail, bundle] = await Promise.all([
    real.database ? givenDatabase(options) : startDatabase(options, ports),
    real.temporal ? {} : startTemporalServer(options, ports),
    real.stripe ? givenStripe(options, publicUrl) : startSandbox(options, ports),
    real.mail ? undefined : startMailbox(options, ports),
    timed(options, 'Workflows bundled', workflowBundle(join(folder, 'bundles'))),
  ]);
  const settings: Settings = {
    ...givenSettings(environment, real).settings,
    ...database,
    ...temporal,
    ...stripe,
    ...mail?.settings,
    HTTP_PORT: String(ports.http),
    PUBLIC_URL: publicUrl,
    WORKFLOW_BUNDLE: bundle,
  };
  rememberPorts(folder, ports);
  await Promise.all([
    timed(options, 'Worker', startOurs(options, 'worker', /^worker ready/m, settings)),
    timed(options, 'HTTP server', startOurs(options, 'http', /^http listening on/m, settings)),
  ]);
  return { settings, ...(mail === undefined ? {} : { mailboxUrl: mail.url }) };
}

async function givenDatabase({ environment, say }: StackOptions): Promise<Settings> {
  const url = environment['MIGRATION_DATABASE_URL'];
  if (url) await migrate({ url });
  else say('MIGRATION_DATABASE_URL is not set: the given database is taken as migrated.');
  return {};
}

async function startDatabase(options: StackOptions, ports: Ports): Promise<Settings> {
  const { folder, supervision } = options;
  const server = await timed(
    options,
    'PostgreSQL',
    startPostgres({
      folder: join(folder, 'postgres'),
      supervision,
      preferredPort: ports.postgres,
    }),
  );
  ports.postgres = server.port;
  await createRolesAndDatabase(server);
  const ownerUrl = server.url('solvent_owner', 'solvent');
  await migrate({ url: ownerUrl });
  return { DATABASE_URL: server.url('solvent_app', 'solvent'), MIGRATION_DATABASE_URL: ownerUrl };
}

async function startTemporalServer(options: StackOptions, ports: Ports): Promise<Settings> {
  const { folder, supervision, say } = options;
  const program = await findTemporalProgram('dev-server', say);
  const { address, namespace, uiUrl } = await timed(
    options,
    'Temporal',
    startTemporal({
      program,
      supervision,
      databaseFile: join(folder, 'temporal', 'temporal.db'),
      ports: { server: ports.temporal, ui: ports.temporalUi },
    }),
  );
  ports.temporal = Number(address.split(':')[1]);
  const settings = {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    // Else a profile in the user's home would add its TLS and keys to the embedded address.
    TEMPORAL_CONFIG_FILE: join(folder, 'no-temporal-profile.toml'),
  };
  await setUpNamespace(settings, say);
  return { ...settings, ...(uiUrl === undefined ? {} : { TEMPORAL_UI_URL: uiUrl }) };
}

/** Above all the retention: a development server forgets closed workflows after a day. */
async function setUpNamespace(settings: Settings, say: (line: string) => void): Promise<void> {
  const client = connectTemporal(settings);
  try {
    const { steps } = await setUpTemporal(client);
    for (const { subject, status, detail } of steps) {
      if (status === 'not_done') say(`Temporal: ${subject} is missing: ${detail}`);
    }
  } finally {
    await client.connection.close();
  }
}

/** Without its own secret no webhook can be believed; outcomes are then found by asking Stripe. */
function givenStripe({ folder, environment, say }: StackOptions, publicUrl: string): Settings {
  if (environment['STRIPE_WEBHOOK_SECRET']) return {};
  say(
    `STRIPE_WEBHOOK_SECRET is not set: no webhook will arrive. To get them, run \`stripe listen ` +
      `--forward-to ${publicUrl}/webhooks/stripe\`, set the secret it prints, and start again.`,
  );
  return { STRIPE_WEBHOOK_SECRET: stackSecrets(folder).webhookSecret };
}

async function startSandbox(options: StackOptions, ports: Ports): Promise<Settings> {
  const { stripeSecretKey, webhookSecret } = stackSecrets(options.folder);
  const child = runScript(options, 'sandbox', 'sandbox/main.ts', [
    `--port=${ports.sandbox}`,
    `--data-folder=${join(options.folder, 'sandbox')}`,
    `--webhook-url=http://127.0.0.1:${ports.http}/webhooks/stripe`,
    `--webhook-secret=${webhookSecret}`,
  ]);
  const ready = child.waitForLine(/^sandbox listening on (\S+)/m);
  const [, url = ''] = await timed(options, 'Stripe sandbox', ready);
  return {
    STRIPE_SECRET_KEY: stripeSecretKey,
    STRIPE_WEBHOOK_SECRET: webhookSecret,
    STRIPE_API_BASE: url,
  };
}

async function startMailbox(
  options: StackOptions,
  ports: Ports,
): Promise<{ url: string; settings: Settings }> {
  const child = runScript(options, 'mailbox', 'local/mailbox.ts', [
    `--folder=${join(options.folder, 'mailbox')}`,
    `--web-port=${ports.mailboxWeb}`,
    `--smtp-port=${ports.mailboxSmtp}`,
  ]);
  const ready = child.waitForLine(/^mailbox listening on (\S+) and (\S+)/m);
  const [, url = '', smtpUrl = ''] = await timed(options, 'Mailbox', ready);
  return { url, settings: { SMTP_URL: smtpUrl } };
}

async function startOurs(
  options: StackOptions,
  name: 'worker' | 'http',
  ready: RegExp,
  settings: Settings,
): Promise<void> {
  await runScript(options, name, `${name}/main.ts`, [], settings).waitForLine(ready);
}

function runScript(
  options: StackOptions,
  name: string,
  script: string,
  args: string[],
  settings: Settings = {},
) {
  return options.supervision.start({
    name,
    command: process.execPath,
    args: [
      ...(name === 'http' || name === 'worker' ? ourNodeOptions : []),
      '--import',
      'tsx',
      join(root, script),
      ...args,
    ],
    workingFolder: root,
    environment: { ...givenSettings(options.environment, options.real).rest, ...settings },
  });
}

async function timed<Result>(
  { say }: StackOptions,
  name: string,
  work: Promise<Result>,
): Promise<Result> {
  const startedAt = performance.now();
  const result = await work;
  say(`${name} ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return result;
}
