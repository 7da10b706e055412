/** `npm run bench NAME` runs bench/NAME.ts; without a name it lists them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -'.ts'.length));
const [name = '', ...args] = process.argv.slice(2);

if (!names.includes(name)) {
  console.error(`npm run bench NAME, where NAME is one of: ${names.join(', ')}`);
  process.exit(1);
}
const bench = (await import(join(import.meta.dirname, `${name}.ts`))) as {
  run(args: readonly string[]): Promise<void>;
};
await bench.run(args);
