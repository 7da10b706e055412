import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A history as Temporal writes it in JSON: what the SDK replays. */
export interface HistoryJson {
  readonly events: readonly EventJson[];
}

export interface EventJson {
  readonly eventType: string;
  readonly [attribute: string]: unknown;
}

export interface Recording {
  /** "0.1.0/purchase-new-card". */
  readonly name: string;
  readonly version: string;
  readonly history: HistoryJson;
}

const folder = import.meta.dirname;
const root = join(folder, '../..');

/** The version that is being worked on. */
export function packageVersion(): string {
  const text = readFileSync(join(root, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** True once the change log has a heading for a version: its recordings are then never replaced. */
export function isReleased(version: string): boolean {
  return readFileSync(join(root, 'CHANGELOG.md'), 'utf8').includes(`\n## [${version}]`);
}

/** Every recording of every version, by name. */
export function readRecordings(): Recording[] {
  const versions = readdirSync(folder, { withFileTypes: true }).filter((at) => at.isDirectory());
  return versions
    .flatMap(({ name: version }) =>
      namesOf(version).map((name) => ({
        name: `${version}/${name}`,
        version,
        history: JSON.parse(readFileSync(fileOf(version, name), 'utf8')) as HistoryJson,
      })),
    )
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

export function writeRecording(version: string, name: string, { events }: HistoryJson): void {
  mkdirSync(join(folder, version), { recursive: true });
  // A line for each event, so that a changed recording can be read as a difference.
  const lines = events.map((event) => JSON.stringify(event)).join(',\n');
  writeFileSync(fileOf(version, name), `{"events":[\n${lines}\n]}\n`);
}

/** Removes what an unreleased version recorded under names that are no longer asked for. */
export function removeOthers(version: string, wanted: readonly string[]): void {
  for (const name of namesOf(version)) {
    if (!wanted.includes(name)) rmSync(fileOf(version, name));
  }
}

function namesOf(version: string): string[] {
  const path = join(folder, version);
  if (!existsSync(path)) return [];
  const files = readdirSync(path).filter((file) => file.endsWith('.json'));
  return files.map((file) => file.slice(0, -'.json'.length));
}

function fileOf(version: string, name: string): string {
  return join(folder, version, `${name}.json`);
}
