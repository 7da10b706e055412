import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new folder for the running test, gone when it ends, after what the test registers later. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'solvent-test-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}
