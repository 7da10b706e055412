import { defineConfig } from 'vitest/config';

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
    testTimeout: 30_000,
    // The first file that asks waits for the whole start of PostgreSQL or Temporal.
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
  },
});
