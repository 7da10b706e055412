import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { isRunning } from '../../local/processes.ts';
import { readState } from '../../local/state-file.ts';
import { patienceMs } from '../support/patience.ts';
import { newOpenFolder } from '../support/open-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = newOpenFolder('start-test-');
const started: ChildProcess[] = [];

/** Settings of a real part in the developer's shell must not decide what is tried here. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => /^(PATH|HOME|TMPDIR|XDG_\w+|LANG)$/.test(name)),
);

interface RunningStack {
  parent: ChildProcess;
  output: () => string;
  /** Ids of the processes it started. */
  pids: number[];
  settings: Record<string, string>;
}

async function start(): Promise<RunningStack> {
  const parent = spawn(
    process.execPath,
    ['--import', 'tsx', join(root, 'local', 'start.ts'), '--folder', folder],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: environment },
  );
  started.push(parent);
  let text = '';
  for (const stream of [parent.stdout, parent.stderr]) {
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  }
  while (!text.includes('Ready after')) {
    if (parent.exitCode !== null) throw new Error(`the stack did not start:\n${text}`);
    await sleep(50);
  }
  const records = readdirSync(join(folder, 'pids')).map(
    (name) => readState<{ pid: number }>(join(folder, 'pids', name)).pid ?? 0,
  );
  const settings = parseEnv(readFileSync(join(folder, 'stack.env'), 'utf8'));
  return {
    parent,
    output: () => text,
    pids: records,
    settings: settings as Record<string, string>,
  };
}

async function untilGone(pids: readonly number[]): Promise<number[]> {
  const deadlineMs = performance.now() + patienceMs;
  while (pids.some(isRunning) && performance.now() < deadlineMs) await sleep(50);
  return pids.filter(isRunning);
}

/** As a browser asks: a link that opens a session sets a cookie and leads on. */
async function statusOf(address: string): Promise<number> {
  const response = await fetch(address, { redirect: 'manual' });
  const location = response.headers.get('location');
  if (location === null) return response.status;
  const cookie = response.headers.getSetCookie().map((one) => one.split(';')[0] ?? '');
  const next = await fetch(new URL(location, address), { headers: { cookie: cookie.join('; ') } });
  return next.status;
}

/** What a person would look at: every address the table shows. */
async function addressesThatAnswer(output: string): Promise<Record<string, number>> {
  const rows = [...output.matchAll(/^ {2}(\S.*?) {2,}(http\S+)$/gm)];
  const answers = rows.map(async ([, name = '', address = '']) => {
    return [name, await statusOf(address)] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}

async function reset(...args: string[]): Promise<{ code: number | null; said: string }> {
  const script = join(root, 'local', 'reset.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, '--folder', folder, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}

async function accountOf({ settings }: RunningStack): Promise<unknown> {
  const { apiKey = '' } = readState<{ apiKey: string }>(join(folder, 'demonstration.json'));
  const links = readFileSync(join(folder, 'links.txt'), 'utf8');
  const accountId = /acct_\w+/.exec(links)?.[0] ?? '';
  const response = await fetch(`${settings['PUBLIC_URL'] ?? ''}/v1/accounts/${accountId}`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  return { status: response.status, id: ((await response.json()) as { id: string }).id };
}

describe('npm start', () => {
  afterAll(async () => {
    for (const parent of started) parent.kill('SIGTERM');
    for (const { exitCode, pid = 0 } of started) if (exitCode === null) await untilGone([pid]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('starts everything, survives kill -9, keeps its data, gives way to taken ports', async () => {
    const first = await start();
    expect(await addressesThatAnswer(first.output())).toEqual({
      'Billing page': 200,
      'Operators’ pages': 200,
      'API and its documents': 200,
      'Temporal UI': 200,
      'Stripe sandbox': 200,
      Mailbox: 200,
    });
    const account = await accountOf(first);
    expect(account).toMatchObject({ status: 200 });
    expect(first.pids.filter(isRunning)).toHaveLength(6);

    first.parent.kill('SIGKILL');
    expect(await untilGone(first.pids)).toEqual([]);

    // Meanwhile somebody else took the port.
    const squatter = createServer();
    squatter.listen(Number(first.settings['HTTP_PORT']), '127.0.0.1');
    await once(squatter, 'listening');
    const second = await start();
    expect(second.settings['HTTP_PORT']).not.toBe(first.settings['HTTP_PORT']);
    expect(second.settings['DATABASE_URL']).toBe(first.settings['DATABASE_URL']);
    expect(await accountOf(second)).toEqual(account);
    squatter.close();

    second.parent.kill('SIGTERM');
    const [exitCode] = (await once(second.parent, 'exit')) as [number];
    expect(exitCode).toBe(0);
    expect(await untilGone(second.pids)).toEqual([]);
    expect(existsSync(join(folder, 'stack.env'))).toBe(false);
  });

  it('a second start and a reset are refused meanwhile; the death of a part stops all', async () => {
    const running = await start();
    await expect(start()).rejects.toThrow('The stack already runs here');
    expect(running.parent.exitCode).toBeNull();
    expect(await reset('--yes')).toEqual({
      code: 1,
      said: expect.stringContaining('Stop it first') as string,
    });

    const worker = readState<{ pid: number }>(join(folder, 'pids', 'worker')).pid ?? 0;
    process.kill(worker, 'SIGKILL');
    const [exitCode] = (await once(running.parent, 'exit')) as [number];
    expect(exitCode).toBe(1);
    expect(running.output()).toContain('worker ended with SIGKILL');
    expect(await untilGone(running.pids)).toEqual([]);
  });

  it('npm run reset throws the data away only when told to', async () => {
    expect(await reset()).toMatchObject({ code: 1 });
    expect(existsSync(join(folder, 'postgres'))).toBe(true);
    expect(await reset('--yes')).toMatchObject({ code: 0 });
    expect(readdirSync(folder)).toEqual(['bundles']);
  });
});
