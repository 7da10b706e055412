import { readFile } from 'node:fs/promises';
import * as fontkit from 'fontkit';
import subsetFont from 'subset-font';
import { filesFor, lastResort, type FontFile } from './font-files.ts';

export type Weight = 'regular' | 'bold';

/** A font of one weight with the characters of one file, ready to be embedded. */
export interface Face {
  readonly name: string;
  readonly bytes: Buffer;
  readonly font: fontkit.Font;
}

/** The faces that a document's characters need. */
export interface Faces {
  /** Throws Error for a character that the document was not said to have. */
  of(codePoint: number, weight: Weight): Face;
}

const axisOf: Readonly<Record<Weight, number>> = { regular: 400, bold: 700 };

/** Each is made once for the life of the process. */
const made = new Map<string, Promise<Face>>();

const latin = Array.from({ length: 95 }, (_, index) => 0x20 + index);
/** What the labels have beyond ASCII. */
const labelCharacters = codePointsOf('−–’“”·€£¥');

/** Loads what `texts` need, and the Latin letters of the labels. */
export async function loadFaces(texts: readonly string[], country: string | null): Promise<Faces> {
  const place = { hasKana: texts.some((text) => /[\u3041-\u30ff]/.test(text)), country };
  const needed = new Set([...latin, ...labelCharacters]);
  for (const text of texts) for (const codePoint of codePointsOf(text)) needed.add(codePoint);
  const faces = new Map<number, Readonly<Record<Weight, Face>>>();
  for (const codePoint of needed) {
    faces.set(codePoint, await pairFor(codePoint, filesFor(codePoint, place)));
  }
  return {
    of(codePoint, weight) {
      const pair = faces.get(codePoint);
      if (pair === undefined) throw new Error(`no face was loaded for U+${hex(codePoint)}`);
      return pair[weight];
    },
  };
}

/**
 * The first of the files that truly has the character; the tables promise more than there is. What even
 * the last file lacks is shown as its box: there is nothing better to show.
 */
async function pairFor(codePoint: number, files: Iterable<FontFile>) {
  for (const file of files) {
    const regular = await faceOf(file, 'regular');
    if (!regular.font.hasGlyphForCodePoint(codePoint)) continue;
    return { regular, bold: await faceOf(file, 'bold') };
  }
  const face = await faceOf(lastResort, 'regular');
  return { regular: face, bold: face };
}

function faceOf(file: FontFile, weight: Weight): Promise<Face> {
  const key = `${file.path} ${weight}`;
  let face = made.get(key);
  if (face === undefined) {
    face = makeFace(file, weight);
    made.set(key, face);
  }
  return face;
}

/** A weight is cut out of a variable font before: PDF programs know no variable ones. */
async function makeFace({ path, isVariable }: FontFile, weight: Weight): Promise<Face> {
  const file = await readFile(path);
  const bytes = isVariable
    ? await subsetFont(file, null, {
        targetFormat: 'truetype',
        noHinting: true,
        keepAllGlyphs: true,
        variationAxes: { wght: axisOf[weight] },
      })
    : file;
  const font = fontkit.create(bytes);
  if (!('hasGlyphForCodePoint' in font)) throw new Error(`${path} is no single font`);
  return { name: `${path} ${weight}`, bytes, font };
}

function codePointsOf(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0);
}

function hex(codePoint: number): string {
  return codePoint.toString(16).toUpperCase().padStart(4, '0');
}
