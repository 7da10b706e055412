import { heightOf, page, type Paper, type TextStyle } from './paper.ts';
import { ink, styles } from './styles.ts';

export interface Column {
  readonly heading: string;
  /** Points. */
  readonly width: number;
  /** A column of numbers: points stand below one another; so many decimals at most. */
  readonly decimals?: number;
}

/** What stands in a cell, a line below another; each is wrapped to the column's width. */
export type Cell = readonly { readonly text: string; readonly style: TextStyle }[];

const gap = 10;
const padding = 3.5;
const isNumber = /\d$/;

/** Rows under a heading that every page repeats. No row is cut by a page's end. */
export class Table {
  readonly #paper: Paper;
  readonly #columns: readonly Column[];

  constructor(paper: Paper, columns: readonly Column[]) {
    this.#paper = paper;
    this.#columns = columns;
    // A heading with no row below it would be lost at a page's end.
    paper.room(3 * heightOf(styles.small) + 8 * padding);
    this.#heading();
  }

  row(cells: readonly Cell[]): void {
    const paper = this.#paper;
    const wrapped = cells.map((cell, index) => this.#wrapped(cell, index));
    const heights = wrapped.map((lines) =>
      lines.reduce((height, { style }) => height + heightOf(style), 0),
    );
    const height = Math.max(...heights) + 2 * padding;
    if (paper.room(height)) this.#heading();
    wrapped.forEach((lines, index) => {
      let y = paper.y + padding;
      for (const { text, style } of lines) {
        this.#draw(text, index, y, style);
        y += heightOf(style);
      }
    });
    paper.y += height;
    paper.rule(ink.hairline, page.left, page.right, 0.4);
  }

  #heading(): void {
    const paper = this.#paper;
    this.#columns.forEach(({ heading }, index) => {
      this.#draw(heading, index, paper.y, styles.heading);
    });
    paper.y += heightOf(styles.heading) + padding;
    paper.rule(ink.rule, page.left, page.right, 0.9);
  }

  #wrapped(cell: Cell, index: number): { text: string; style: TextStyle }[] {
    const width = (this.#columns[index]?.width ?? 0) - (index === 0 ? gap : 0);
    return cell.flatMap(({ text, style }) =>
      this.#paper.wrap(text, width, style).map((line) => ({ text: line, style })),
    );
  }

  #draw(text: string, index: number, y: number, style: TextStyle): void {
    const before = this.#columns.slice(0, index);
    const x = page.left + before.reduce((total, { width }) => total + width, 0);
    const { width = 0, decimals } = this.#columns[index] ?? {};
    if (decimals === undefined) {
      this.#paper.draw(text, x, y, style);
      return;
    }
    const gapBehind = isNumber.test(text) ? this.#paper.decimalGap(text, decimals, style) : 0;
    this.#paper.draw(text, x + width - gapBehind, y, style, 'right');
  }
}
