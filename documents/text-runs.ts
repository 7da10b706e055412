import bidiModule, { type Bidi } from 'bidi-js';
import type { Face, Faces, Weight } from './faces.ts';

/** A stretch of text in one face, as it stands on the line from left to right. */
export interface Run {
  readonly text: string;
  readonly face: Face;
  /** Its letters are in reading order; the font lays them out from right to left. */
  readonly isRightToLeft: boolean;
}

// Its types describe the module of another kind than Node gives: here the function is the default.
const bidi = (bidiModule as unknown as () => Bidi)();
const firstRightToLeft = 0x0590;
const rightToLeftLetters = /[\p{Script=Hebrew}\p{Script=Arabic}]/u;
/** Steer the order of what follows; a name with them could show as another one. */
const directionMarks = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** Choose between forms of a character; fonts for print have one. */
const variationSelectors = /[\ufe00-\ufe0f]/g;
// eslint-disable-next-line no-control-regex -- they have no form to print
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]+/g;

/** Belong to the letter before: marks, joiners, and the space between two words. */
const attached = /\p{Mark}|\u200c|\u200d| /u;
const ascii = /^[\u0020-\u007e]*$/;

/** Text as it is printed: composed letters, one space for what has no form. */
export function printable(text: string): string {
  if (ascii.test(text)) return text;
  const composed = text
    .normalize('NFC')
    .replace(directionMarks, '')
    .replace(variationSelectors, '');
  return composed.replace(controls, ' ').replace(/ {2,}/g, ' ').trim();
}

/** The runs of one line, from left to right, by the Unicode rules for mixed directions. */
export function runsOf(text: string, faces: Faces, weight: Weight): Run[] {
  if (text === '') return [];
  if (ascii.test(text)) return [{ text, face: faces.of(0x20, weight), isRightToLeft: false }];
  const isPlain = Array.from(text).every((one) => (one.codePointAt(0) ?? 0) < firstRightToLeft);
  if (isPlain) return stretchesOf(text, null, faces, weight).map((stretch) => runOf(stretch));
  const { levels } = bidi.getEmbeddingLevels(text, 'auto');
  return reordered(stretchesOf(text, levels, faces, weight)).map((stretch) => runOf(stretch));
}

interface Stretch {
  text: string;
  readonly face: Face;
  /** Odd ones run from right to left. */
  readonly level: number;
}

function stretchesOf(
  text: string,
  levels: Uint8Array | null,
  faces: Faces,
  weight: Weight,
): Stretch[] {
  const stretches: Stretch[] = [];
  let index = 0;
  for (const one of text) {
    const level = levels?.[index] ?? 0;
    index += one.length;
    const codePoint = one.codePointAt(0) ?? 0;
    const last = stretches.at(-1);
    const isAttached = attached.test(one);
    const face =
      isAttached && last?.face.font.hasGlyphForCodePoint(codePoint) === true
        ? last.face
        : faces.of(codePoint, weight);
    if (last?.face === face && last.level === level) last.text += one;
    else stretches.push({ text: one, face, level });
  }
  return stretches;
}

/** Rule L2: from the highest level down to the lowest odd one, what is at least as high turns. */
function reordered(stretches: readonly Stretch[]): Stretch[] {
  const line = [...stretches];
  const highest = Math.max(0, ...line.map(({ level }) => level));
  for (let level = highest; level >= 1; level -= 1) {
    let start = 0;
    while (start < line.length) {
      let end = start;
      while (end < line.length && (line[end]?.level ?? 0) >= level) end += 1;
      if (end > start) line.splice(start, end - start, ...line.slice(start, end).toReversed());
      start = end + 1;
    }
  }
  return line;
}

/** Brackets turn with the direction; of other scripts' signs the order is turned here. */
function runOf({ text, face, level }: Stretch): Run {
  if (level % 2 === 0) return { text, face, isRightToLeft: false };
  const mirrored = Array.from(text, (one) => bidi.getMirroredCharacter(one) ?? one);
  if (rightToLeftLetters.test(text)) {
    return { text: mirrored.join(''), face, isRightToLeft: true };
  }
  return { text: mirrored.toReversed().join(''), face, isRightToLeft: false };
}
