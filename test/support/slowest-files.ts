import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

const shown = 10;

/** Prints the slowest test files at the end: loading, hooks and tests together. */
export default class SlowestFiles implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules
      .map((module) => {
        const { collectDuration, setupDuration, duration } = module.diagnostic();
        return { file: module.moduleId, milliseconds: collectDuration + setupDuration + duration };
      })
      .sort((one, other) => other.milliseconds - one.milliseconds)
      .slice(0, shown);
    console.log('\nSlowest test files');
    for (const { file, milliseconds } of rows) {
      const seconds = (milliseconds / 1_000).toFixed(1).padStart(7);
      console.log(`${seconds} s  ${relative(process.cwd(), file)}`);
    }
  }
}
