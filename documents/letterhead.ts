import type { Customer, Seller } from '../domain/documents.ts';
import { decimalsOf, heightOf, page, Paper } from './paper.ts';
import { ink, styles } from './styles.ts';

/** A label and what it says, one a row. */
export type Fact = readonly [label: string, value: string];

export interface Letterhead {
  /** "Invoice". */
  readonly kind: string;
  readonly number: string;
  readonly issuedAtMs: number;
  readonly seller: Seller;
  readonly customer: Customer;
  readonly facts: readonly Fact[];
}

const columnGap = 28;
const rightColumn = 316;

/** Opens a paper and writes who, to whom, and the facts that name the document. */
export async function openLetter(letter: Letterhead, model: object): Promise<Paper> {
  const { kind, number, seller, customer, issuedAtMs } = letter;
  const title = `${kind} ${number} · ${seller.name}`;
  const head = { title, author: seller.name, atMs: issuedAtMs };
  const paper = await Paper.open(head, textsOf({ letter, model }), customer.country);
  paper.paragraph(kind, styles.title);
  paper.y += 14;
  const top = paper.y;
  const left = { x: page.left, width: rightColumn - page.left - columnGap };
  sellerBlock(paper, seller, left);
  paper.y += 12;
  customerBlock(paper, customer, left);
  const leftEnd = paper.y;
  paper.y = top;
  factBlock(paper, letter.facts);
  paper.y = Math.max(leftEnd, paper.y) + 18;
  return paper;
}

interface Place {
  readonly x: number;
  readonly width: number;
}

function sellerBlock(paper: Paper, seller: Seller, place: Place): void {
  paper.paragraph(seller.name, styles.strong, place);
  for (const line of seller.addressLines) paper.paragraph(line, styles.body, place);
  if (seller.taxId !== null) paper.paragraph(`Tax ID ${seller.taxId}`, styles.body, place);
  if (seller.email !== null) paper.paragraph(seller.email, styles.body, place);
}

function customerBlock(paper: Paper, customer: Customer, place: Place): void {
  paper.paragraph('TO', styles.heading, place);
  paper.y += 1.5;
  paper.paragraph(customer.name ?? 'Name erased', styles.strong, place);
  for (const line of customer.addressLines) paper.paragraph(line, styles.body, place);
  if (customer.taxId !== null) paper.paragraph(`Tax ID ${customer.taxId}`, styles.body, place);
}

function factBlock(paper: Paper, facts: readonly Fact[]): void {
  // An account's id, with its widest letters, stays on one line.
  const labelWidth = 64;
  for (const [label, value] of facts) {
    paper.draw(label, rightColumn, paper.y, styles.soft);
    const x = rightColumn + labelWidth;
    paper.paragraph(value, styles.body, { x, width: page.right - x });
    paper.y += 1.5;
  }
}

/** What counts, large, and a sentence below it. */
export function headline(paper: Paper, words: string, below: readonly string[]): void {
  paper.paragraph(words, styles.amount);
  paper.y += 2;
  for (const sentence of below) paper.paragraph(sentence, styles.soft);
  paper.y += 16;
}

export interface Sum {
  readonly label: string;
  readonly amount: string;
  /** `total` is set apart by a line above. */
  readonly kind?: 'total';
}

const sumsLeft = 236;
const amountWidth = 96;

/** Labels and amounts below one another, at the right; kept on one page as far as they fit. */
export function sums(paper: Paper, rows: readonly Sum[], heading?: string): void {
  paper.room(Math.min(rows.length, 24) * (heightOf(styles.total) + 4));
  if (heading !== undefined) paper.draw(heading, page.left, paper.y, styles.strong);
  const decimals = Math.max(...rows.map(({ amount }) => decimalsOf(amount)));
  for (const { label, amount, kind } of rows) {
    const style = kind === 'total' ? styles.total : styles.body;
    const lines = paper.wrap(label, page.right - sumsLeft - amountWidth, style);
    paper.room(lines.length * heightOf(style) + 6);
    if (kind === 'total') {
      paper.y += 2;
      paper.rule(ink.rule, sumsLeft, page.right, 0.9);
      paper.y += 4;
    }
    const { y } = paper;
    for (const line of lines) {
      paper.draw(line, sumsLeft, paper.y, style);
      paper.y += heightOf(style);
    }
    // After its label: that is the order in which it is read aloud.
    const end = page.right - paper.decimalGap(amount, decimals, style);
    paper.draw(amount, end, y, style, 'right');
    paper.y += 2;
  }
}

/** All texts anywhere in a value. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}
