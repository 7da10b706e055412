import { condition } from '@temporalio/workflow';

/**
 * How far a payment or set-up is, and who waits for it. Handlers only read the outcome or ask for
 * a look; the workflow's one loop does the looking, so no two can act at the same time.
 */
export class Progress<Outcome extends { readonly status: string }> {
  outcome: Outcome;
  /** True once a caller may be answered: final, waiting for the customer, or unknown so far. */
  #answered = false;
  #looksWanted = 0;
  #looksDone = 0;
  #lookedUpTo = 0;

  constructor(initial: Outcome) {
    this.outcome = initial;
  }

  /** Sets the outcome that callers are told, and answers those whose look found it. */
  report(outcome: Outcome): void {
    this.outcome = outcome;
    this.#answered = true;
    this.#looksDone = Math.max(this.#looksDone, this.#lookedUpTo);
  }

  /** For the update that started the workflow: its first outcome. */
  async firstOutcome(): Promise<Outcome> {
    await condition(() => this.#answered);
    return this.outcome;
  }

  /** For "look now": the outcome after a look that began later than this call. */
  async outcomeAfterLook(): Promise<Outcome> {
    const mine = this.askForLook();
    await condition(() => this.#looksDone >= mine);
    return this.outcome;
  }

  /** Wakes the loop, for a webhook that nobody waits on. */
  askForLook(): number {
    this.#looksWanted += 1;
    return this.#looksWanted;
  }

  /** Waits until someone asks for a look, at most `timeoutMs`. True where someone asked. */
  async wait(timeoutMs: number): Promise<boolean> {
    return condition(() => this.#looksWanted > this.#looksDone, timeoutMs);
  }

  /** Runs one look; whoever asked before it began is answered by the next report. */
  async look<T>(read: () => Promise<T>): Promise<T> {
    const asked = this.#looksWanted;
    const result = await read();
    this.#lookedUpTo = asked;
    return result;
  }

  /** The end: whoever still waits gets the final outcome. */
  conclude(outcome: Outcome): void {
    this.report(outcome);
    this.#looksDone = Number.MAX_SAFE_INTEGER;
  }
}
