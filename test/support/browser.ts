import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { describe } from 'vitest';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const usualPlaces = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  '/snap/bin/chromium',
];

/** A Chromium of this machine: `CHROMIUM_PATH`, the PATH, the usual places. None is downloaded. */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const given = environment['CHROMIUM_PATH'];
  if (given !== undefined && given !== '') {
    if (!existsSync(given)) throw new Error(`CHROMIUM_PATH names ${given}, which does not exist.`);
    return given;
  }
  const folders = (environment['PATH'] ?? '').split(delimiter);
  const candidates = [
    ...folders.flatMap((folder) => names.map((name) => join(folder, name))),
    ...usualPlaces,
  ];
  return candidates.find((path) => existsSync(path));
}

const path = findChromium();
const required = process.env['REQUIRE_BROWSER'] === '1';

/**
 * `describe` for tests in a browser. Without one they are shown as skipped, with how to get one;
 * with `REQUIRE_BROWSER=1` they run and fail instead, so that CI cannot pass without them.
 */
export function describeInBrowser(name: string, tests: () => void): void {
  const how = 'no Chromium: install one or set CHROMIUM_PATH';
  if (path === undefined && !required) describe.skip(`${name} (${how})`, tests);
  else describe(name, tests);
}

/** Starts the browser without a window. Close it in `afterAll`. */
export async function launchBrowser(): Promise<Browser> {
  if (path === undefined) {
    throw new Error(
      'REQUIRE_BROWSER=1, but no Chromium was found. Install it or set CHROMIUM_PATH.',
    );
  }
  return chromium.launch({
    executablePath: path,
    args: [
      // Chromium's own sandbox refuses to run as root.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
