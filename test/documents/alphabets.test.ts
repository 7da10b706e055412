import { describe, expect, it } from 'vitest';
import { loadFaces } from '../../documents/faces.ts';
import { receiptPdf } from '../../documents/receipt-pdf.ts';
import { printable, runsOf } from '../../documents/text-runs.ts';
import { textOfPages } from './extracted-text.ts';
import { customer, namesOfManyAlphabets, receipt } from './samples.ts';

const names = Object.entries(namesOfManyAlphabets);

async function fontsOf(text: string, country: string | null = null): Promise<string[]> {
  const faces = await loadFaces([text], country);
  const runs = runsOf(text, faces, 'regular');
  return [...new Set(runs.map(({ face }) => face.font.postscriptName))];
}

describe('a name', () => {
  it.each(names)('R42 in %s has a glyph for every character, in both weights', async (_, name) => {
    const faces = await loadFaces([name], null);
    for (const weight of ['regular', 'bold'] as const) {
      const missing = Array.from(name).filter((character) => {
        const codePoint = character.codePointAt(0) ?? 0;
        const { font } = faces.of(codePoint, weight);
        return font.glyphForCodePoint(codePoint).id === 0;
      });
      expect(missing).toEqual([]);
      for (const { face } of runsOf(name, faces, weight)) {
        expect(face.font.postscriptName).toContain('Noto');
      }
    }
  });

  it.each(names.filter(([alphabet]) => !['hebrew', 'arabic'].includes(alphabet)))(
    'R42 in %s can be read back from the receipt',
    async (_, name) => {
      const pdf = await receiptPdf(receipt({ customer: { ...customer, name } }));
      const [text = ''] = await textOfPages(pdf);
      expect(text.replaceAll(' ', '')).toContain(name.replaceAll(' ', ''));
    },
  );

  it.each(['Thai บริษัท', 'Georgian კომპანია', 'emoji 🦊 and 𝄞'])(
    'R42 of an alphabet without a font of its own is still legible: %s',
    async (name) => {
      const faces = await loadFaces([name], null);
      const missing = Array.from(name).filter((character) => {
        const codePoint = character.codePointAt(0) ?? 0;
        return !faces.of(codePoint, 'bold').font.hasGlyphForCodePoint(codePoint);
      });
      expect(missing).toEqual([]);
    },
  );

  it('has the forms of its country: of Japan with kana or in Japan, of China elsewhere', async () => {
    expect(await fontsOf('直角')).toEqual([expect.stringContaining('SC')]);
    expect(await fontsOf('直角', 'JP')).toEqual([expect.stringContaining('JP')]);
    expect(await fontsOf('直角の')).toEqual([expect.stringContaining('JP')]);
  });
});

describe('mixed directions', () => {
  const visual = async (text: string): Promise<string[]> => {
    const faces = await loadFaces([text], null);
    return runsOf(text, faces, 'regular').map((run) =>
      run.isRightToLeft ? Array.from(run.text).toReversed().join('') : run.text,
    );
  };

  it.each([
    ['Acme שלום Ltd', 'Acme םולש Ltd'],
    ['שלום 2026 עולם', 'םלוע 2026 םולש'],
    ['שלום (עולם)', '(םלוע) םולש'],
    ['Acme Ltd', 'Acme Ltd'],
  ])('%s is printed from left to right as %s', async (text, expected) => {
    expect((await visual(text)).join('')).toBe(expected);
  });

  it('no mark of direction can make a name look like another one', () => {
    expect(printable('Acme\u202e dtL\u2066')).toBe('Acme dtL');
    expect(printable('two\r\nlines\u0000')).toBe('two lines');
  });
});
