import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of all files under a folder whose path passes: how far another program's download is. */
export function bytesIn(folder: string, passes: (path: string) => boolean = () => true): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => passes(path))
    .reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/**
 * Calls `measure` twice a second until stopped, tells every whole two seconds how far it is, and
 * calls `stalled` when nothing grew for `patienceMs` (`firstMs` until the first byte).
 */
export function watchDownload(options: {
  measure: () => number;
  /** Size when finished, if known. */
  megabytes?: number;
  say: (line: string) => void;
  firstMs: number;
  patienceMs: number;
  stalled: (reason: string) => void;
}): { stop(): void } {
  let seenBytes = 0;
  let grewAt = performance.now();
  let toldAt = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const bytes = options.measure();
    if (bytes > seenBytes) {
      seenBytes = bytes;
      grewAt = now;
    }
    const patienceMs = seenBytes === 0 ? options.firstMs : options.patienceMs;
    if (now - grewAt > patienceMs) {
      options.stalled(
        seenBytes === 0
          ? `no answer within ${patienceMs / 1000} s`
          : `nothing more came for ${patienceMs / 1000} s`,
      );
    }
    if (now - toldAt >= 2_000 && seenBytes > 0) {
      toldAt = now;
      const of = options.megabytes === undefined ? '' : ` of ${options.megabytes}`;
      options.say(`  ${(seenBytes / 1e6).toFixed(0)}${of} MB`);
    }
  }, 500);
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
}
