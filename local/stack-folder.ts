import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { readState, writeState } from './state-file.ts';

const root = join(import.meta.dirname, '..');

/** Where the embedded stack keeps everything, unless told otherwise. */
export const stackFolder = join(root, '.solvent');

const usualPorts = {
  http: 3000,
  postgres: 5432,
  temporal: 7233,
  temporalUi: 8233,
  sandbox: 12_111,
  mailboxWeb: 8025,
  mailboxSmtp: 1025,
};
export type PortName = keyof typeof usualPorts;
type Ports = Record<PortName, number>;

/**
 * A free port for each part: the one of the last start, so that links stay good, else the usual
 * one, else any.
 */
export async function choosePorts(folder: string): Promise<Ports> {
  const last = readState<Ports>(join(folder, 'ports.json'));
  const names = Object.keys(usualPorts) as PortName[];
  const chosen = await Promise.all(
    names.map(async (name) => [name, await freePort(last[name] ?? usualPorts[name])] as const),
  );
  return Object.fromEntries(chosen) as Ports;
}

export function rememberPorts(folder: string, ports: Ports): void {
  writeState(join(folder, 'ports.json'), ports);
}

interface Secrets {
  stripeSecretKey: string;
  webhookSecret: string;
}

/** Keys between the sandbox and us, made at the first start. */
export function stackSecrets(folder: string): Secrets {
  const file = join(folder, 'secrets.json');
  const kept = readState<Secrets>(file);
  const secrets = {
    stripeSecretKey: kept.stripeSecretKey ?? `sk_test_${randomBytes(16).toString('hex')}`,
    webhookSecret: kept.webhookSecret ?? `whsec_${randomBytes(16).toString('hex')}`,
  };
  if (kept.stripeSecretKey === undefined) writeState(file, secrets);
  return secrets;
}
