import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { webAddress, wholeNumber } from './arguments.ts';
import type { Session } from './session.ts';

interface SandboxOptions {
  port: number;
  dataFolder?: string;
  webhookUrl?: string;
  webhookSecret?: string;
  seed?: number;
  mostPayments?: number;
}

export function addSandboxVerb(sandbox: Command, session: Session): void {
  sandbox
    .option('--port <port>', 'where it listens; 0 takes a free one', wholeNumber(0, 65_535), 12_111)
    .option('--data-folder <folder>', 'where it keeps its data; absent, in memory only')
    .option('--webhook-url <address>', 'where it sends its events', webAddress)
    .option('--webhook-secret <secret>', 'what it signs them with, whsec_…')
    .option('--seed <number>', 'makes its ids repeatable', wholeNumber(0, 2 ** 32 - 1))
    .option('--most-payments <count>', 'how many payments it keeps', wholeNumber(1, 2 ** 32 - 1))
    .action((options: SandboxOptions, command: Command) => run(options, command, session));
}

async function run(options: SandboxOptions, command: Command, session: Session): Promise<void> {
  const { port, dataFolder, webhookUrl, webhookSecret, seed, mostPayments } = options;
  if ((webhookUrl === undefined) !== (webhookSecret === undefined)) {
    command.error('--webhook-url and --webhook-secret go together.');
  }
  const { startSandbox } = await import('../sandbox/server.ts');
  const sandbox = await startSandbox({
    port,
    dataFolder: dataFolder === undefined ? undefined : resolve(dataFolder),
    webhooks:
      webhookUrl === undefined || webhookSecret === undefined
        ? []
        : [{ url: webhookUrl, secret: webhookSecret }],
    seed,
    mostPayments,
  });
  session.print({ url: sandbox.url }, () => `sandbox listening on ${sandbox.url}`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await sandbox.close();
}
