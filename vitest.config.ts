import { defineConfig } from 'vitest/config';
import { patienceMs } from './test/support/patience.ts';

/** Tests that take minutes are named `….full.test.ts` and run with `npm run test:full` only. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    exclude: ['**/*.full.test.*', '**/node_modules/**'],
    globalSetup: ['test/support/global-setup.ts'],
    // Processes, not threads: the Temporal SDK's native part wants one per runtime.
    pool: 'forks',
    // Most tests wait for servers more than they compute; a third worker fills those waits.
    maxWorkers: 3,
    // Limits end what hangs and measure nothing: each is ten times and more what the longest takes
    // on an idle machine, so that no test needs one of its own on a slow one.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: patienceMs, interval: 50 } },
  },
});
