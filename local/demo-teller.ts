/** Where a person looks: what it is, and its address or the command. */
export type Place = readonly [name: string, address: string];

/** Tells the month in plain text, 80 columns wide; addresses and commands stay whole. */
export class Teller {
  readonly #print: (line: string) => void;
  #step = 0;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Begins the next step. */
  step(title: string, nowMs: number): void {
    this.#step += 1;
    const begin = `${this.#step}. ${title} `;
    const end = ` ${timeText(nowMs)}`;
    this.#print('');
    this.#print(begin + '-'.repeat(Math.max(3, columns - begin.length - end.length)) + end);
  }

  /** What was called or run for it. */
  did(what: string): void {
    this.#print(`   > ${what}`);
  }

  say(text: string): void {
    for (const line of wrapped(text, columns - 3)) this.#print(`   ${line}`);
  }

  /** Numbers, one a line, or a list of what happened when. */
  rows(rows: readonly (readonly [string, string])[]): void {
    const width = Math.max(...rows.map(([name]) => name.length));
    for (const [name, value] of rows) {
      const [first = '', ...more] = wrapped(value, columns - 7 - width);
      this.#print(`     ${name.padEnd(width)}  ${first}`);
      for (const line of more) this.#print(`     ${' '.repeat(width)}  ${line}`);
    }
  }

  /** What nobody should overlook. */
  shout(lines: readonly string[]): void {
    const edge = `   +${'='.repeat(columns - 5)}+`;
    this.#print(edge);
    for (const line of lines) this.#print(`   |${centered(line, columns - 5)}|`);
    this.#print(edge);
  }

  look(places: readonly Place[]): void {
    for (const [name, address] of places) {
      this.#print(`   See ${name}`);
      this.#print(`     ${address}`);
    }
  }
}

export const columns = 80;

/** "2027-01-03 08:00 UTC". */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function centered(text: string, width: number): string {
  const before = Math.floor((width - text.length) / 2);
  return text.padStart(text.length + before).padEnd(width);
}
