import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';

const endOfDirectory = 0x06054b50;
const directoryEntry = 0x02014b50;

/**
 * Reads one entry of a zip file held in memory. Knows what wheels use: no encryption, no zip64,
 * stored or deflated. The caller has checked the whole file's digest, so contents are trusted.
 */
export async function readZipEntry(zip: Buffer, name: string): Promise<Buffer> {
  // The directory is found from the file's end, behind a comment of unknown length.
  let end = zip.length - 22;
  while (end >= 0 && zip.readUInt32LE(end) !== endOfDirectory) end -= 1;
  if (end < 0) throw new Error('not a zip file');
  const entries = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  for (let index = 0; index < entries; index += 1) {
    if (zip.readUInt32LE(at) !== directoryEntry) throw new Error('the zip directory is damaged');
    const nameLength = zip.readUInt16LE(at + 28);
    if (zip.toString('utf8', at + 46, at + 46 + nameLength) === name) return contents(zip, at);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`the zip file has no ${name}`);
}

async function contents(zip: Buffer, entry: number): Promise<Buffer> {
  const method = zip.readUInt16LE(entry + 10);
  const compressedBytes = zip.readUInt32LE(entry + 20);
  const header = zip.readUInt32LE(entry + 42);
  // The local header repeats the name and has an extra field of its own length.
  const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
  const data = zip.subarray(start, start + compressedBytes);
  if (method === 0) return data;
  if (method !== 8) throw new Error(`zip method ${method} is not supported`);
  return promisify(inflateRaw)(data);
}
