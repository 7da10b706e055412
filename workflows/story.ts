import { setCurrentDetails } from '@temporalio/workflow';
import type { AccountClock } from './time.ts';

/**
 * The workflow's story in words, shown by the Temporal UI as current details, so that an operator
 * understands a payment without the code. Amounts and ids only.
 */
export class Story {
  readonly #title: string;
  readonly #clock: AccountClock;
  readonly #lines: string[] = [];

  constructor(title: string, clock: AccountClock) {
    this.#title = title;
    this.#clock = clock;
  }

  tell(line: string): void {
    const time = new Date(this.#clock.nowMs()).toISOString().slice(0, 19).replace('T', ' ');
    this.#lines.push(`- ${time} UTC: ${line}`);
    setCurrentDetails([`### ${this.#title}`, '', ...this.#lines].join('\n'));
  }
}
