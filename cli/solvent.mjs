#!/usr/bin/env node
/**
 * `npx solvent …`: lets Node read TypeScript, then runs cli/main.ts. Plain JavaScript, since nothing
 * may be installed yet.
 */
import { fileURLToPath } from 'node:url';

const tsx = await import('tsx/esm/api').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  console.error('Solvent’s packages are not installed. Run `npm ci` in its folder first.');
  process.exit(2);
});

// Ours, from whatever folder the command is run in.
tsx.register({ tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)) });
await import(new URL('./main.ts', import.meta.url).href);
