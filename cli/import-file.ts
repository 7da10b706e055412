import { createReadStream } from 'node:fs';
import { faultsOfHeader, jsonOfCsv } from '../domain/account-import.ts';
import { CsvReader, type CsvRecord } from '../domain/csv.ts';

/** A row of a file, or why it is none. */
export type FileRow = { readonly line: number } & (
  | { readonly status: 'read'; readonly json: unknown }
  | { readonly status: 'refused'; readonly faults: readonly string[] }
);

/** The file cannot be read at all. */
export class ImportFileError extends Error {
  override readonly name = 'ImportFileError';
}

/**
 * Reads rows one by one: of JSON Lines where the name ends with .jsonl or .ndjson, else of CSV.
 * @throws ImportFileError.
 */
export async function* readImportFile(file: string): AsyncGenerator<FileRow, void> {
  yield* /\.(jsonl|ndjson)$/i.test(file) ? jsonRows(file) : csvRows(file);
}

async function* csvRows(file: string): AsyncGenerator<FileRow, void> {
  const reader = new CsvReader();
  let header: readonly string[] | undefined;
  const rowsOf = function* (records: readonly CsvRecord[]): Generator<FileRow> {
    for (const { line, cells, fault } of records) {
      if (header === undefined) {
        header = cells.map((cell) => cell.trim());
        const faults = fault === null ? faultsOfHeader(header) : [`${fault}.`];
        if (faults.length > 0) throw new ImportFileError(faults.join(' '));
        continue;
      }
      const faults = [
        ...(fault === null ? [] : [`${fault}.`]),
        ...(cells.length > header.length ? [`has more cells than the first line.`] : []),
      ];
      yield faults.length > 0
        ? { status: 'refused', line, faults }
        : { status: 'read', line, json: jsonOfCsv(header, cells) };
    }
  };
  for await (const piece of textOf(file)) yield* rowsOf(reader.push(piece));
  yield* rowsOf(reader.end());
  if (header === undefined) throw new ImportFileError('it is empty.');
}

async function* jsonRows(file: string): AsyncGenerator<FileRow, void> {
  let rest = '';
  let line = 0;
  for await (const piece of textOf(file)) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) {
      line += 1;
      if (text.trim() !== '') yield jsonRow(text, line);
    }
  }
  if (rest.trim() !== '') yield jsonRow(rest, line + 1);
  if (line === 0 && rest.trim() === '') throw new ImportFileError('it is empty.');
}

/** What is wrong is not quoted: the text has names and mail addresses in it. */
function jsonRow(text: string, line: number): FileRow {
  try {
    return { status: 'read', line, json: JSON.parse(text) as unknown };
  } catch {
    return { status: 'refused', line, faults: ['must be one JSON object on a line of its own.'] };
  }
}

async function* textOf(file: string): AsyncGenerator<string, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of createReadStream(file)) {
      yield decoder.decode(chunk as Buffer, { stream: true });
    }
    yield decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) throw new ImportFileError('its text is not UTF-8.');
    throw new ImportFileError(`it cannot be read: ${(error as Error).message}`);
  }
}
