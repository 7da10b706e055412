import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startPostgres } from '../../local/postgres.ts';
import { isRunning } from '../../local/processes.ts';
import { stopLeftovers, Supervision } from '../../local/supervision.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const fixture = fileURLToPath(new URL('./fixtures/supervised.ts', import.meta.url));

function supervisionFor(folder: string): Supervision {
  const supervision = new Supervision(folder);
  onTestFinished(() => supervision.stop());
  return supervision;
}

async function startFixture(folder: string, ...args: string[]) {
  const parent = spawn(process.execPath, ['--import', 'tsx', fixture, folder, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  return { parent, pids: JSON.parse(line.toString()) as number[] };
}

/** A process that has nothing to do with us; its id. */
function startStranger(): number {
  // PostgreSQL passes over the ids of processes it may not signal: so this one is its own user's.
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], user);
  onTestFinished(() => {
    stranger.kill('SIGKILL');
  });
  return stranger.pid ?? 0;
}

async function expectGone(pids: readonly number[]): Promise<void> {
  await expect.poll(() => pids.filter(isRunning)).toEqual([]);
}

describe('supervision', () => {
  it('all processes are gone soon after their parent was killed with -9', async () => {
    const { parent, pids } = await startFixture(temporaryFolder(), 'postgres');
    expect(pids.filter(isRunning)).toHaveLength(3);
    parent.kill('SIGKILL');
    await expectGone(pids);
  });

  const onLinux = process.platform === 'linux'; // where /proc names a process's children
  it.runIf(onLinux)('what outlived parent and reaper is stopped by the next start', async () => {
    const folder = temporaryFolder();
    const { parent, pids } = await startFixture(folder, 'postgres');
    // The reaper is the only other process the fixture has.
    const reaper = Number(
      readFileSync(`/proc/${parent.pid ?? 0}/task/${parent.pid ?? 0}/children`, 'utf8')
        .trim()
        .split(' ')
        .find((pid) => !pids.includes(Number(pid))),
    );
    process.kill(reaper, 'SIGKILL');
    parent.kill('SIGKILL');
    await sleep(300);
    expect(pids.filter(isRunning)).toHaveLength(3);
    await stopLeftovers(folder);
    await expectGone(pids);
  });

  it('a process that got the id of one of ours is left alone', async () => {
    const folder = temporaryFolder();
    await new Supervision(folder).stop();
    const stranger = startStranger();
    const record = { pid: stranger, stopSignal: 'SIGTERM', marker: 'temporal server start-dev' };
    writeFileSync(join(folder, 'pids', 'temporal'), JSON.stringify(record));
    await stopLeftovers(folder);
    await sleep(200);
    expect(isRunning(stranger)).toBe(true);
  });

  it('children are stopped newest first', async () => {
    const folder = temporaryFolder();
    const supervision = new Supervision(folder);
    const log = join(folder, 'order');
    for (const name of ['oldest', 'middle', 'newest']) {
      const script = `process.on('SIGTERM', () => { require('fs').appendFileSync('${log}', '${name} '); process.exit(0) });
        setInterval(() => {}, 1000); console.log('up')`;
      const child = supervision.start({ name, command: process.execPath, args: ['-e', script] });
      await child.waitForLine(/^up$/m);
    }
    await supervision.stop();
    expect(readFileSync(log, 'utf8')).toBe('newest middle oldest ');
  });

  it('a child that ends by itself is told with the end of its log', async () => {
    const supervision = supervisionFor(temporaryFolder());
    const told = new Promise<string>((resolve) => (supervision.onUnexpectedEnd = resolve));
    const script = "console.error('the disk is full'); process.exit(3)";
    const child = supervision.start({
      name: 'worker',
      command: process.execPath,
      args: ['-e', script],
    });
    await expect(child.waitForLine(/^never$/m)).rejects.toThrow('worker ended with exit code 3');
    expect(await told).toContain('the disk is full');
  });

  it('a program that does not exist is told, too', async () => {
    const supervision = supervisionFor(temporaryFolder());
    const child = supervision.start({ name: 'absent', command: '/no/such/program', args: [] });
    await expect(child.waitForLine(/x/)).rejects.toThrow(/absent could not be started.*ENOENT/);
  });
});

describe('embedded PostgreSQL', () => {
  it('starts on data whose postmaster.pid names a process that is not its own', async () => {
    const folder = temporaryFolder();
    const first = new Supervision(folder);
    const options = { folder: join(folder, 'postgres'), throwAway: true };
    const { dataFolder } = await startPostgres({ ...options, supervision: first });
    await first.stop();
    const stranger = startStranger();
    writeFileSync(join(dataFolder, 'postmaster.pid'), `${stranger}\n${dataFolder}\n`);
    const again = await startPostgres({ ...options, supervision: supervisionFor(folder) });
    expect([again.child.pid, stranger].map(isRunning)).toEqual([true, true]);
  });

  it('takes another port when the wanted one is taken', async () => {
    const folder = temporaryFolder();
    const supervision = supervisionFor(folder);
    const one = await startPostgres({ folder: join(folder, '1'), throwAway: true, supervision });
    const other = await startPostgres({
      folder: join(folder, '2'),
      throwAway: true,
      supervision,
      preferredPort: one.port,
    });
    expect(other.port).not.toBe(one.port);
  });
});
