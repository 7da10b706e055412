import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { InvoicePartStand } from '../activities/invoice-runs.ts';
import { cutoffMsOf, period as periodNamed } from '../domain/period.ts';
import { InvoiceWait } from './invoice-wait.ts';
import * as message from './messages.ts';
import * as step from './proxies.ts';
import { AccountClock } from './time.ts';

/** Then the run continues as a new one, so that no history grows with the number of accounts. */
const mostSteps = 500;

/**
 * Month end: issues the invoices of one month for every account, ranges of accounts side by side,
 * and again for those that wait for a payment to become known (R38, R40). How far it is stands in
 * the ledger: a run that is repeated, resumed, or goes on after a worker's death begins there, and
 * what was done twice was done once (B8). Canceling it lets the pages under way end.
 */
export async function invoiceRun(
  input: message.InvoiceRunInput,
): Promise<message.InvoiceRunReport> {
  const clock = new AccountClock();
  const { period, accountId } = input;
  if (accountId === null && clock.nowMs() < cutoffMsOf(periodNamed(period))) {
    throw ApplicationFailure.nonRetryable(`${period} is not over`, 'invoice_month_not_over');
  }
  const run = new InvoiceRun(input, clock);
  setHandler(message.invoiceRunProgressQuery, () => run.progress());
  try {
    const isDone = await (accountId === null ? run.month() : run.account(accountId));
    if (isDone) return await run.end('done');
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return CancellationScope.nonCancellable(() => run.end('canceled'));
  }
  await condition(allHandlersFinished);
  return continueAsNew<typeof invoiceRun>(run.next());
}

class InvoiceRun {
  readonly #input: message.InvoiceRunInput;
  readonly #clock: AccountClock;
  readonly #wait: InvoiceWait;
  readonly #mostSteps: number;
  #steps = 0;
  #parts: InvoicePartStand[];
  #invoice: message.InvoiceRunReport['invoice'] = null;

  constructor(input: message.InvoiceRunInput, clock: AccountClock) {
    this.#input = input;
    this.#clock = clock;
    this.#parts = [...(input.parts ?? [])];
    this.#mostSteps = input.mostSteps ?? mostSteps;
    this.#wait = new InvoiceWait(input, clock, {
      count: () => {
        this.#steps += 1;
      },
      isFull: () => this.#isFull(),
    });
  }

  /** True once every account was looked at, and none waits; false: it is to be continued. */
  async month(): Promise<boolean> {
    if (this.#input.parts === undefined) {
      const begun = await step.beginInvoiceRun(this.#month());
      this.#parts = begun.parts;
    }
    this.#tell();
    const ranges = this.#parts.map(({ part }) => this.#walk(part));
    let isDone = false;
    const waits = this.#retryWhileWalking().then((isOver) => {
      isDone = isOver;
    });
    await allEnded([...ranges, waits]);
    return isDone;
  }

  /** The invoice of one account whose own time is ahead. */
  async account(accountId: string): Promise<boolean> {
    while (!this.#isFull()) {
      this.#steps += 1;
      const { status } = await step.issueAccountInvoice({ ...this.#month(), accountId });
      this.#invoice = status;
      await this.#wait.look();
      this.#tell();
      if (status !== 'deferred') return true;
      await this.#wait.readPayments();
      await this.#wait.pause(() => false);
    }
    return false;
  }

  async #walk(part: number): Promise<void> {
    while (!this.#isFull()) {
      if (this.#parts[part]?.isDone === true) return;
      this.#steps += 1;
      this.#parts[part] = await step.issueInvoicePages({ ...this.#month(), part });
      this.#tell();
    }
  }

  /** True once nobody waits, and nobody can be added any more. */
  async #retryWhileWalking(): Promise<boolean> {
    while (!this.#isFull()) {
      // What is found after the last page is all there is.
      const isLast = this.#isWalked();
      await this.#wait.look();
      this.#tell();
      if (!this.#wait.isOver()) {
        await this.#wait.readPayments();
        await this.#wait.tryAgain();
        this.#tell();
      }
      if (isLast && this.#wait.isOver()) return true;
      await this.#wait.pause(() => !isLast && (this.#isWalked() || this.#isFull()));
    }
    return false;
  }

  async end(state: 'done' | 'canceled'): Promise<message.InvoiceRunReport> {
    const { period, accountId } = this.#input;
    const { waiting, failed } = this.#wait.left;
    const report = { status: state, period, waiting, failed, invoice: this.#invoice };
    if (accountId !== null) return { ...report, invoices: null, toCollect: null };
    const { invoices, toCollect } = await step.endInvoiceRun({ ...this.#month(), state });
    this.#tell(
      state === 'canceled' ? '**Canceled**: it can be resumed where it stood.' : '**Done.**',
      `${words(invoices)} invoices; ${words(toCollect)} of them ask for money.`,
      'Each of these is collected by itself from its charge day on.',
    );
    return { ...report, invoices, toCollect };
  }

  next(): message.InvoiceRunInput {
    return { ...this.#input, parts: this.#parts, ...this.#wait.next() };
  }

  progress(): message.InvoiceRunStand {
    const { period } = this.#input;
    const total = (of: 'accounts' | 'walked') =>
      this.#parts.reduce((count, part) => count + part[of], 0);
    return {
      period,
      accounts: total('accounts'),
      walked: total('walked'),
      isWalked: this.#isWalked(),
      ...this.#wait.left,
    };
  }

  #month() {
    return { period: this.#input.period, nowMs: this.#clock.nowMs() };
  }

  #isWalked(): boolean {
    return this.#parts.every(({ isDone }) => isDone);
  }

  #isFull(): boolean {
    return this.#steps >= this.#mostSteps;
  }

  /** For operators, in the Temporal UI: how it stands, not how it came to. */
  #tell(...more: readonly string[]): void {
    const { period, accountId } = this.#input;
    const { accounts, walked, waiting, overdue, failed } = this.progress();
    const subject = accountId === null ? '' : ` for ${accountId}`;
    const lines = [
      ...(accountId === null
        ? [`${words(walked)} of ${words(accounts)} accounts looked at.`]
        : [`The invoice is: ${this.#invoice ?? 'not looked at yet'}.`]),
      ...(waiting > 0 ? [`${words(waiting)} wait for a payment to become known (R40).`] : []),
      ...(overdue > 0 ? [`**${words(overdue)} of them for longer than 24 hours.**`] : []),
      ...(failed > 0 ? [`**${words(failed)} were refused by the ledger: an error of ours.**`] : []),
      ...more,
    ];
    setCurrentDetails([`### Invoices of ${period}${subject}`, '', ...lines].join('\n\n'));
    this.#callOperator(overdue + failed > 0);
  }

  #isOperators = false;

  #callOperator(isNeeded: boolean): void {
    if (isNeeded === this.#isOperators) return;
    this.#isOperators = isNeeded;
    upsertSearchAttributes([{ key: message.searchAttributes.needsReview, value: isNeeded }]);
  }
}

function words(count: number): string {
  return count.toLocaleString('en-US');
}

/** Waits for all of them, also where one was canceled: what is under way ends first. */
async function allEnded(work: readonly Promise<void>[]): Promise<void> {
  const ends = await Promise.allSettled(work);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
