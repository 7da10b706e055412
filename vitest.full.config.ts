import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** Everything, the tests that take minutes included. */
export default defineConfig({
  test: {
    ...base.test,
    exclude: ['**/node_modules/**'],
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    env: { OUTAGE_MS: '60000', IMPORTED_ACCOUNTS: '10000' },
  },
});
