/**
 * The file that `npx solvent bins import` reads: CSV with the header `start,end,funding`. Start and
 * end are the first 6 to 11 digits of card numbers, both included: a start is filled up with zeros,
 * an end with nines (`420000,420009` holds every number from 42000000000… to 42000999999…). Funding
 * is `credit`, `debit` or `prepaid`. Empty lines and lines that begin with # are passed over.
 */
export interface BinRange {
  readonly start: number;
  readonly end: number;
  readonly funding: 'credit' | 'debit' | 'prepaid';
  /** Where it stands in the file, counted from 1. */
  readonly line: number;
}

/** A line that is not what it must be; nothing of the file is imported. */
export class BinFileError extends Error {
  override readonly name = 'BinFileError';
  readonly line: number;

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.line = line;
  }
}

/** Ranges are compared by their eleven first digits, as long as the longest prefix that is sold. */
const digits = 11;

/** The span of numbers that two prefixes bound; undefined where either is no prefix. */
export function binSpan(start: string, end: string): { start: number; end: number } | undefined {
  const isPrefix = (text: string) => /^\d{6,11}$/.test(text);
  if (!isPrefix(start) || !isPrefix(end)) return undefined;
  return { start: Number(start.padEnd(digits, '0')), end: Number(end.padEnd(digits, '9')) };
}

/**
 * Reads a file's lines one by one.
 * @throws BinFileError at the first line that is wrong.
 */
export async function* parseBinLines(
  lines: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<BinRange> {
  let line = 0;
  let hasHeader = false;
  for await (const raw of lines) {
    line += 1;
    // Spreadsheets begin their files with a byte order mark.
    const text = (line === 1 ? raw.replace(/^\uFEFF/, '') : raw).trim();
    if (text === '' || text.startsWith('#')) continue;
    const fields = text.split(',').map((field) => field.trim());
    if (hasHeader) {
      yield rangeOf(fields, line);
    } else if (fields.join(',').toLowerCase() === 'start,end,funding') {
      hasHeader = true;
    } else {
      throw new BinFileError(line, 'the header must be start,end,funding');
    }
  }
  if (!hasHeader) throw new BinFileError(line, 'the file is empty');
}

function rangeOf(fields: readonly string[], line: number): BinRange {
  const [start = '', end = '', funding = ''] = fields;
  if (fields.length !== 3) throw new BinFileError(line, 'a range has three fields');
  const span = binSpan(start, end);
  if (span === undefined) throw new BinFileError(line, 'start and end must be 6 to 11 digits');
  if (span.start > span.end) throw new BinFileError(line, 'start lies after end');
  if (funding !== 'credit' && funding !== 'debit' && funding !== 'prepaid') {
    throw new BinFileError(line, 'funding must be credit, debit or prepaid');
  }
  return { ...span, funding, line };
}
