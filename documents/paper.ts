import PDFDocument from 'pdfkit';
import { loadFaces, type Face, type Faces, type Weight } from './faces.ts';
import { printable, runsOf, type Run } from './text-runs.ts';

export interface TextStyle {
  /** Points. */
  readonly size: number;
  readonly weight: Weight;
  readonly color: string;
}

export type Align = 'left' | 'right';

/** What the file says of itself. */
export interface PaperHead {
  readonly title: string;
  readonly author: string;
  /** Stands in the file as its creation, so that it is the same each time. */
  readonly atMs: number;
}

/** A4 in points, and what of it is used. */
export const page = { width: 595.28, height: 841.89, left: 48, right: 547.28, top: 52, end: 778 };

/** Between two lines, as a multiple of the size. */
const lineHeight = 1.36;
const footer: TextStyle = { size: 7.5, weight: 'regular', color: '#5b6470' };

/**
 * Pages that are written from top to bottom. Text may be of any alphabet: each character is drawn in
 * a face that has it. The same calls make the same bytes, on any machine.
 */
export class Paper {
  /** Where the next thing goes, from the top of the page. */
  y = page.top;
  readonly #document: PDFKit.PDFDocument;
  readonly #faces: Faces;
  readonly #head: PaperHead;
  readonly #registered = new Map<Face, string>();
  readonly #bytes: Promise<Uint8Array>;

  /** `texts` is all that the document has beyond its labels; `country` is the customer's. */
  static async open(head: PaperHead, texts: readonly string[], country: string | null) {
    return new Paper(head, await loadFaces(texts.map(printable), country));
  }

  private constructor(head: PaperHead, faces: Faces) {
    this.#head = head;
    this.#faces = faces;
    const { title, author, atMs } = head;
    this.#document = new PDFDocument({
      size: [page.width, page.height],
      // Its margins would start pages by themselves.
      margin: 0,
      bufferPages: true,
      // What zlib makes of the same input differs from build to build of it.
      compress: false,
      pdfVersion: '1.7',
      lang: 'en',
      displayTitle: true,
      // The file's id is made of these, dates included: set later, it would tell the clock's time.
      info: {
        ...{ Title: title, Author: author, Creator: 'Solvent', Producer: 'Solvent' },
        ...{ CreationDate: new Date(atMs), ModDate: new Date(atMs) },
      },
    });
    this.#bytes = collected(this.#document);
  }

  /** Width in points of text as it would be drawn. */
  measure(text: string, style: TextStyle): number {
    return runsOf(printable(text), this.#faces, style.weight).reduce(
      (width, run) => width + this.#widthOf(run, style.size),
      0,
    );
  }

  /** Breaks text into lines that fit: between words, between East Asian characters, else anywhere. */
  wrap(text: string, width: number, style: TextStyle): string[] {
    const whole = printable(text);
    if (this.measure(whole, style) <= width) return [whole];
    const lines: string[] = [];
    let line = '';
    for (const word of wordsOf(whole)) {
      if (this.measure(line + word, style) <= width) {
        line += word;
        continue;
      }
      if (line !== '') lines.push(line.trimEnd());
      line = word;
      while (this.measure(line, style) > width) {
        const head = this.#fitting(line, width, style);
        lines.push(head);
        line = line.slice(head.length);
      }
    }
    if (line !== '' || lines.length === 0) lines.push(line.trimEnd());
    return lines;
  }

  /** Draws one line; `y` is its top. With `right`, `x` is where it ends. */
  draw(text: string, x: number, y: number, style: TextStyle, align: Align = 'left'): void {
    const runs = runsOf(printable(text), this.#faces, style.weight);
    const widths = runs.map((run) => this.#widthOf(run, style.size));
    let at = align === 'left' ? x : x - widths.reduce((total, width) => total + width, 0);
    const baseline = y + style.size * 1.06;
    runs.forEach((run, index) => {
      this.#document
        .font(this.#nameOf(run.face))
        .fontSize(style.size)
        .fillColor(style.color)
        .text(run.text, at, baseline, {
          lineBreak: false,
          baseline: 'alphabetic',
          ...layoutOf(run),
        });
      at += widths[index] ?? 0;
    });
  }

  /** Draws text below what is there, in as many lines as it takes. */
  paragraph(text: string, style: TextStyle, at: { x?: number; width?: number } = {}): void {
    const { x = page.left, width = page.right - x } = at;
    for (const line of this.wrap(text, width, style)) {
      this.room(heightOf(style));
      this.draw(line, x, this.y, style);
      this.y += heightOf(style);
    }
  }

  /**
   * How far before the right edge a number ends, for its point to stand below those of numbers with
   * `decimals` decimals. All digits of these fonts are of one width.
   */
  decimalGap(text: string, decimals: number, style: TextStyle): number {
    const missing = decimals - decimalsOf(text);
    if (missing <= 0) return 0;
    const point = decimalsOf(text) === 0 ? this.measure('.', style) : 0;
    return missing * this.measure('0', style) + point;
  }

  /** A thin line over the width given. */
  rule(color: string, from = page.left, to = page.right, thickness = 0.6): void {
    this.#document
      .moveTo(from, this.y)
      .lineTo(to, this.y)
      .lineWidth(thickness)
      .strokeColor(color)
      .stroke();
  }

  /** Begins a page where less than `height` points are left; true where it did. */
  room(height: number): boolean {
    if (this.y + height <= page.end) return false;
    this.#document.addPage();
    this.y = page.top;
    return true;
  }

  /** Numbers the pages, which needs all of them, and ends the file. */
  async end(): Promise<Uint8Array> {
    const { start, count } = this.#document.bufferedPageRange();
    const y = page.end + 24;
    for (let index = 0; index < count; index += 1) {
      this.#document.switchToPage(start + index);
      const [line = ''] = this.wrap(this.#head.title, page.right - page.left - 90, footer);
      this.draw(line, page.left, y, footer);
      this.draw(`Page ${index + 1} of ${count}`, page.right, y, footer, 'right');
    }
    this.#document.end();
    return this.#bytes;
  }

  /** The longest beginning that fits; one character at least. */
  #fitting(text: string, width: number, style: TextStyle): string {
    let head = '';
    for (const one of text) {
      if (head !== '' && this.measure(head + one, style) > width) break;
      head += one;
    }
    return head;
  }

  #widthOf(run: Run, size: number): number {
    this.#document.font(this.#nameOf(run.face)).fontSize(size);
    return this.#document.widthOfString(run.text, layoutOf(run));
  }

  /** The names that faces have in the file are their numbers: no path of this machine gets in. */
  #nameOf(face: Face): string {
    let name = this.#registered.get(face);
    if (name === undefined) {
      name = `face-${this.#registered.size + 1}`;
      this.#registered.set(face, name);
      this.#document.registerFont(name, face.bytes);
    }
    return name;
  }
}

/** Digits behind the point. */
export function decimalsOf(text: string): number {
  return /\.(\d+)$/.exec(text)?.[1]?.length ?? 0;
}

export function heightOf({ size }: TextStyle): number {
  return size * lineHeight;
}

/** Given features, pdfkit lays a run out as a whole, and not word by word from the left. */
function layoutOf({ isRightToLeft }: Run): { features?: [] } {
  return isRightToLeft ? { features: [] } : {};
}

const eastAsian = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}';
const breaks = new RegExp(`(?<=[ \\-/_,])|(?<=[${eastAsian}])(?=[${eastAsian}])`, 'u');

function wordsOf(text: string): string[] {
  return text.split(breaks);
}

function collected(document: PDFKit.PDFDocument): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    document.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    document.on('end', () => {
      resolve(Buffer.concat(chunks));
    });
    document.on('error', reject);
  });
}
