import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A new folder that its maker removes. Run as root, PostgreSQL runs as another user: a folder closed
 * to others would have its data put elsewhere, where nobody removes them.
 */
export function newOpenFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  chmodSync(folder, 0o711);
  return folder;
}
