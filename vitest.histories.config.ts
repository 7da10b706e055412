import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** `npm run histories:record`: plays the workflows' ways and records their histories. */
export default defineConfig({
  test: { ...base.test, include: ['test/histories/record.ts'] },
});
