import { exitCodes } from './exit-codes.ts';
import { run } from './run.ts';

// Should Node find nothing left to wait for before the end is reached, that is no success.
process.exitCode = exitCodes.failed;
process.exitCode = await run({
  args: process.argv.slice(2),
  result: (text) => process.stdout.write(text),
  remark: (text) => process.stderr.write(text),
});
