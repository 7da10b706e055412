import { setCurrentDetails } from '@temporalio/workflow';
import type { AccountClock } from './time.ts';

/**
 * The workflow's story in words, shown by the Temporal UI as current details, so that an operator
 * understands a payment without the code. Amounts and ids only.
 */
export class Story {
  #title: string;
  readonly #clock: AccountClock;
  readonly #lines: string[] = [];

  constructor(title: string, clock: AccountClock) {
    this.#title = title;
    this.#clock = clock;
  }

  /** A better name, once it is known; shown from the next line on. */
  rename(title: string): void {
    this.#title = title;
  }

  tell(line: string): void {
    const time = new Date(this.#clock.nowMs()).toISOString().slice(0, 19).replace('T', ' ');
    this.#lines.push(`- ${time} UTC: ${line}`);
    setCurrentDetails([`### ${this.#title}`, '', ...this.#lines].join('\n'));
  }
}
