import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Which file of which font package holds a character. The packages cut each font into files by
 * alphabet, and tell in `unicode.json` which characters a file is for.
 */
export interface FontFile {
  readonly path: string;
  /** Its weight is chosen when it is used; else it has one. */
  readonly isVariable: boolean;
}

type Family = 'noto-sans' | 'hebrew' | 'arabic' | 'jp' | 'sc' | 'kr';

const packages: Readonly<Record<Family, string>> = {
  'noto-sans': 'noto-sans',
  hebrew: 'noto-sans-hebrew',
  arabic: 'noto-sans-arabic',
  jp: 'noto-sans-jp',
  sc: 'noto-sans-sc',
  kr: 'noto-sans-kr',
};

const require = createRequire(import.meta.url);

/** Has nearly every character there is, drawn in pixels: better than an empty box. */
export const lastResort: FontFile = {
  path: require.resolve('@fontsource/unifontex/files/unifontex-latin-400-normal.woff'),
  isVariable: false,
};

interface Part {
  readonly file: FontFile;
  /** First and last code points, both included. */
  readonly ranges: readonly (readonly [number, number])[];
}

const partsOf = new Map<Family, readonly Part[]>();

/**
 * The files that may hold a character, the best first. One character is written differently in Japan
 * and China: text with kana, and customers of those countries, get their own forms. A table is read
 * only when those before it do not have the character.
 */
export function* filesFor(
  codePoint: number,
  { hasKana, country }: { readonly hasKana: boolean; readonly country: string | null },
): Generator<FontFile> {
  const east: readonly Family[] =
    hasKana || country === 'JP'
      ? ['jp', 'sc', 'kr']
      : country === 'KR'
        ? ['kr', 'sc', 'jp']
        : ['sc', 'jp', 'kr'];
  for (const family of ['noto-sans', 'hebrew', 'arabic', ...east] as const) {
    for (const { file, ranges } of readParts(family)) {
      if (ranges.some(([from, to]) => from <= codePoint && codePoint <= to)) yield file;
    }
  }
}

function readParts(family: Family): readonly Part[] {
  const known = partsOf.get(family);
  if (known !== undefined) return known;
  const name = packages[family];
  const table = require.resolve(`@fontsource-variable/${name}/unicode.json`);
  const rows = JSON.parse(readFileSync(table, 'utf8')) as Record<string, string>;
  const parts = Object.entries(rows).map(([part, ranges]): Part => {
    // "[119]" in the table is "119" in the file's name.
    const file = `${name}-${part.replace(/[[\]]/g, '')}-wght-normal.woff2`;
    const path = join(dirname(table), 'files', file);
    return { file: { path, isVariable: true }, ranges: rangesOf(ranges) };
  });
  partsOf.set(family, parts);
  return parts;
}

/** Reads "U+0000-00FF,U+0131". */
function rangesOf(text: string): (readonly [number, number])[] {
  return text.split(',').map((range) => {
    const [from = '', to = from] = range.replace('U+', '').split('-');
    return [Number.parseInt(from, 16), Number.parseInt(to, 16)] as const;
  });
}
