import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { searchAttributes } from '../client/temporal-setup.ts';
import { freePort } from './ports.ts';
import type { Child, Supervision } from './supervision.ts';

export interface TemporalServer {
  address: string;
  namespace: string;
  /** Absent when started without its UI. */
  uiUrl?: string;
  child: Child;
}

export interface TemporalOptions {
  /** Path of the `temporal` program. */
  program: string;
  supervision: Supervision;
  /** Where workflows outlive a restart; absent, they are kept in memory only. */
  databaseFile?: string;
  ports?: { server: number; ui: number };
  /** Of the server's dynamic configuration, in JSON. */
  settings?: Readonly<Record<string, string>>;
}

/**
 * Starts Temporal's development server on 127.0.0.1, on other ports when the wanted ones are taken.
 * It is one process over SQLite: right for one machine's trials, never a measure of production.
 */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  if (options.databaseFile !== undefined) {
    mkdirSync(dirname(options.databaseFile), { recursive: true });
  }
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort(attempt === 1 ? options.ports?.server : undefined);
    const uiPort =
      options.ports === undefined
        ? undefined
        : await freePort(attempt === 1 ? options.ports.ui : undefined);
    const child = options.supervision.start({
      name: 'temporal',
      command: options.program,
      args: serverArguments(port, uiPort, options),
      environment: withoutTemporalSettings(process.env),
    });
    const address = `127.0.0.1:${port}`;
    try {
      await untilReady(address, child);
      return {
        address,
        namespace: 'default',
        child,
        ...(uiPort === undefined ? {} : { uiUrl: `http://127.0.0.1:${uiPort}` }),
      };
    } catch (error) {
      await child.stop();
      const taken = /address already in use|can't set frontend port|can't set UI port/i;
      if (!taken.test(String(error)) || attempt === 5) throw error;
    }
  }
}

function serverArguments(
  port: number,
  uiPort: number | undefined,
  { databaseFile, settings = {} }: TemporalOptions,
): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port)],
    ...(uiPort === undefined
      ? ['--headless']
      : ['--ui-port', String(uiPort), '--ui-disable-news-fetch']),
    ...(databaseFile === undefined ? [] : ['--db-filename', databaseFile]),
    ...['--namespace', 'default', '--log-level', 'error'],
    ...Object.entries(settings).flatMap(([name, value]) => [
      '--dynamic-config-value',
      `${name}=${value}`,
    ]),
    // Declared at once, since registering them later takes the server seconds to notice.
    ...Object.entries(searchAttributes).flatMap(([name, type]) => [
      '--search-attribute',
      `${name}=${type}`,
    ]),
  ];
}

/** Settings of a real Temporal in the user's shell must not reach this server's program. */
function withoutTemporalSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith('TEMPORAL_')),
  );
}

/** Asked first, since a gRPC channel that failed once waits a whole second before it tries again. */
async function untilListening(address: string): Promise<void> {
  const socket = connect(Number(address.split(':')[1]), '127.0.0.1');
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}

/** The server listens before its namespace is there, so the namespace is what we ask for. */
async function untilReady(address: string, child: Child, timeoutMs = 60_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    try {
      await untilListening(address);
      const connection = await Promise.race([
        Connection.connect({ address, connectTimeout: 2_000 }),
        child.failed,
      ]);
      try {
        await connection.workflowService.describeNamespace({ namespace: 'default' });
        return;
      } finally {
        await connection.close();
      }
    } catch (error) {
      await Promise.race([sleep(50), child.failed]);
      if (performance.now() > deadlineMs) throw error;
    }
  }
}
