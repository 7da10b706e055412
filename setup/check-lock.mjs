/**
 * Checks package-lock.json for two faults that npm writes without a word.
 *
 * 1. Where a package index lacks some platforms' binaries, `npm install` leaves their entries out
 *    and `npm ci` then stops on those platforms: every name in an `optionalDependencies` list must
 *    have an entry of its own.
 * 2. A `resolved` address pins everybody to the index of whoever wrote the lock. The integrity
 *    hashes already pin the contents.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const text = readFileSync(process.argv[2] ?? join(root, 'package-lock.json'), 'utf8');
const packages = JSON.parse(text).packages;

/** As Node looks modules up: in the package's own node_modules, then in each one above. */
function hasEntry(path, name) {
  if (packages[`${path}${path && '/'}node_modules/${name}`]) return true;
  if (path === '') return false;
  return hasEntry(path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/'))), name);
}

const missing = Object.entries(packages).flatMap(([path, entry]) =>
  Object.keys(entry.optionalDependencies ?? {})
    .filter((name) => !hasEntry(path, name))
    .map((name) => `${path || 'package.json'} wants ${name}, which has no entry in the lock`),
);
const addresses = Object.entries(packages)
  .filter(([, entry]) => entry.resolved !== undefined && !entry.link)
  .map(
    ([path, entry]) => `${path} is pinned to ${new URL(entry.resolved, 'file:').host || 'a path'}`,
  );

const faults = [...missing, ...addresses];
if (faults.length > 0) {
  console.error(faults.join('\n'));
  console.error(
    '\npackage-lock.json: pin a version whose every platform is published (see "overrides" in ' +
      'package.json), and write the lock with `npm install --omit-lockfile-registry-resolved`.',
  );
  process.exit(1);
}
