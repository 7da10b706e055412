import {
  closeSync,
  fstatSync,
  ftruncateSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where a record's text lies in the journal, in bytes. */
export interface Place {
  offset: number;
  length: number;
}

/** What the journal keeps beside a record's text, so that starting need not parse the text. */
export interface RecordHead {
  table: string;
  id: string;
  /** Seconds since 1970, as the object says. */
  created: number;
  indexKeys: readonly string[];
}

/** One change: a record written (`text` is its JSON) or, without text, removed. */
export interface Change extends RecordHead {
  text: string | undefined;
}

const endOfTransaction = 'end\n';
const chunkBytes = 1 << 20;
const lineFeed = 0x0a;
const tab = 0x09;

/**
 * An append-only file of transactions, one line per change. It is both the durable copy and the
 * place cold records are read from, so memory holds an index and a small cache only. Each
 * transaction is one write, made before its request is answered: a killed process loses nothing
 * that was answered (a power failure could: the file is not synced per write). A torn last
 * transaction is cut off at the next start. Without a path the file is a nameless temporary one.
 */
export class Journal {
  readonly #file: number;
  #size: number;

  constructor(path: string | undefined) {
    if (path === undefined) {
      const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
      this.#file = openSync(join(folder, 'journal'), 'a+');
      // The open handle keeps the file alive; without a name nothing is left behind, even by kill -9.
      rmSync(folder, { recursive: true, force: true });
    } else {
      this.#file = openSync(path, 'a+');
    }
    this.#size = fstatSync(this.#file).size;
  }

  get sizeBytes(): number {
    return this.#size;
  }

  /** Writes one transaction; returns the place of each change's text (undefined for removals). */
  append(changes: readonly Change[]): (Place | undefined)[] {
    const places: (Place | undefined)[] = [];
    let lines = '';
    let offset = this.#size;
    for (const { table, id, created, indexKeys, text } of changes) {
      const head =
        text === undefined
          ? `del\t${table}\t${id}`
          : `put\t${table}\t${id}\t${created}\t${indexKeys.join(',')}\t`;
      offset += Buffer.byteLength(head);
      const length = text === undefined ? 0 : Buffer.byteLength(text);
      places.push(text === undefined ? undefined : { offset, length });
      offset += length + 1;
      lines += `${head}${text ?? ''}\n`;
    }
    const bytes = Buffer.from(lines + endOfTransaction);
    for (let written = 0; written < bytes.length;) {
      written += writeSync(this.#file, bytes, written);
    }
    this.#size += bytes.length;
    return places;
  }

  read(place: Place): string {
    const bytes = Buffer.allocUnsafe(place.length);
    readSync(this.#file, bytes, 0, place.length, place.offset);
    return bytes.toString('utf8');
  }

  /** Plays every whole transaction in order (no place = removed) and cuts a torn one off the end. */
  replay(apply: (head: RecordHead, place: Place | undefined) => void): void {
    let pending: [RecordHead, Place | undefined][] = [];
    let wholeBytes = 0;
    for (const { line, offset } of this.#lines()) {
      if (line.length === 3 && line.toString('latin1') === 'end') {
        for (const [head, place] of pending) apply(head, place);
        pending = [];
        wholeBytes = offset + endOfTransaction.length;
      } else {
        pending.push(parseLine(line, offset));
      }
    }
    if (wholeBytes < this.#size) {
      ftruncateSync(this.#file, wholeBytes);
      this.#size = wholeBytes;
    }
  }

  /** Syncs the file and gives it its final name: the last step of a compaction. */
  settleAs(path: string, currentPath: string): void {
    fsyncSync(this.#file);
    renameSync(currentPath, path);
  }

  close(): void {
    closeSync(this.#file);
  }

  *#lines(): Generator<{ line: Buffer; offset: number }> {
    let carried = Buffer.alloc(0);
    let carriedOffset = 0;
    let position = 0;
    while (position < this.#size) {
      const chunk = Buffer.alloc(Math.min(chunkBytes, this.#size - position));
      position += readSync(this.#file, chunk, 0, chunk.length, position);
      const bytes = carried.length === 0 ? chunk : Buffer.concat([carried, chunk]);
      let start = 0;
      for (;;) {
        const end = bytes.indexOf(lineFeed, start);
        if (end === -1) break;
        yield { line: bytes.subarray(start, end), offset: carriedOffset + start };
        start = end + 1;
      }
      carried = bytes.subarray(start);
      carriedOffset += start;
    }
  }
}

function parseLine(line: Buffer, offset: number): [RecordHead, Place | undefined] {
  const isRemoval = line.toString('latin1', 0, 3) === 'del';
  let headEnd = line.length;
  if (!isRemoval) {
    headEnd = -1;
    for (let tabs = 0; tabs < 5; tabs += 1) headEnd = line.indexOf(tab, headEnd + 1);
  }
  const [, table = '', id = '', created = '0', indexKeys = ''] = line
    .toString('utf8', 0, headEnd)
    .split('\t');
  const head: RecordHead = {
    table,
    id,
    created: Number(created),
    indexKeys: indexKeys === '' ? [] : indexKeys.split(','),
  };
  if (isRemoval) return [head, undefined];
  return [head, { offset: offset + headEnd + 1, length: line.length - headEnd - 1 }];
}
