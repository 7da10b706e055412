/** CSV as RFC 4180 has it: lines end with CR LF, a cell is quoted where it must be. */

const isNumber = /^-?\d+(\.\d+)?$/;
/** Spreadsheets take a cell that begins so for a formula, and run it. */
const beginsFormula = /^[=+\-@\t\r\n]/;

/**
 * Writes one line. A text that a spreadsheet would run as a formula gets an apostrophe in front,
 * which spreadsheets do not show; numbers, also those below zero, stay as they are.
 */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`;
}

function cellOf(text: string): string {
  const safe = beginsFormula.test(text) && !isNumber.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A line of a CSV file, where it begins in the file, and what is wrong with it, if anything is. */
export interface CsvRecord {
  /** The first is 1; a quoted cell may go over several. */
  readonly line: number;
  readonly cells: readonly string[];
  readonly fault: string | null;
}

type State = 'cell_start' | 'plain' | 'quoted' | 'quote_ended';

/**
 * Reads CSV piece by piece, so that a file of any length is read with little memory. Lines may end
 * with LF alone; empty ones are left out.
 */
export class CsvReader {
  #state: State = 'cell_start';
  #cell = '';
  #cells: string[] = [];
  #line = 1;
  #recordLine = 1;
  #fault: string | null = null;

  /** The records that end within this piece. */
  push(piece: string): CsvRecord[] {
    const records: CsvRecord[] = [];
    for (const character of piece) {
      this.#take(character, records);
      if (character === '\n') this.#line += 1;
      if (this.#isAtRecordStart()) this.#recordLine = this.#line;
    }
    return records;
  }

  /** The last record, where the file does not end with a line's end. */
  end(): CsvRecord[] {
    const records: CsvRecord[] = [];
    if (this.#state === 'quoted') this.#fault ??= 'a quotation mark is not closed';
    this.#endRecord(records);
    return records;
  }

  #isAtRecordStart(): boolean {
    return this.#state === 'cell_start' && this.#cells.length === 0 && this.#cell === '';
  }

  #take(character: string, records: CsvRecord[]): void {
    if (this.#state === 'quoted') {
      if (character === '"') this.#state = 'quote_ended';
      else this.#cell += character;
      return;
    }
    switch (character) {
      case ',':
        this.#endCell();
        return;
      case '\n':
        this.#endRecord(records);
        return;
      case '\r':
        return;
      case '"':
        this.#quote();
        return;
      default:
        if (this.#state === 'quote_ended') this.#fault ??= 'a cell goes on after its quotation';
        this.#state = this.#state === 'cell_start' ? 'plain' : this.#state;
        this.#cell += character;
    }
  }

  #quote(): void {
    if (this.#state === 'plain') this.#fault ??= 'a quotation mark stands within a cell';
    // Two of them within a quotation are one of the text.
    if (this.#state === 'quote_ended') this.#cell += '"';
    this.#state = 'quoted';
  }

  #endCell(): void {
    this.#cells.push(this.#cell);
    this.#cell = '';
    this.#state = 'cell_start';
  }

  #endRecord(records: CsvRecord[]): void {
    const isEmpty = this.#isAtRecordStart();
    this.#endCell();
    if (!isEmpty) {
      records.push({ line: this.#recordLine, cells: this.#cells, fault: this.#fault });
    }
    this.#cells = [];
    this.#fault = null;
  }
}
