import { run } from './run.ts';

// Should nothing be left to wait for before the end is reached, Node ends with 13. An exit code set
// beforehand would be taken by commander for that of `solvent help`.
process.exitCode = await run({
  args: process.argv.slice(2),
  result: (text) => process.stdout.write(text),
  remark: (text) => process.stderr.write(text),
});
