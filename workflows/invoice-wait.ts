import { condition } from '@temporalio/workflow';
import { workflowIdOf } from '../domain/workflow-ids.ts';
import { processorEventSignal, type InvoicesWaiting, type InvoiceRunInput } from './messages.ts';
import * as step from './proxies.ts';
import { tell } from './tell.ts';
import type { AccountClock } from './time.ts';

const firstPauseMs = 5_000;
const longestPauseMs = 10 * 60_000;

/** What the run's history has room for. */
interface Room {
  count(): void;
  isFull(): boolean;
}

/** Accounts whose invoice waits until a payment is known (R40), and what is done to know it. */
export class InvoiceWait {
  readonly #input: InvoiceRunInput;
  readonly #clock: AccountClock;
  readonly #room: Room;
  left: InvoicesWaiting;
  #pauses: number;
  #readAfter: string | null;

  constructor(input: InvoiceRunInput, clock: AccountClock, room: Room) {
    this.#input = input;
    this.#clock = clock;
    this.#room = room;
    this.left = input.left ?? { waiting: 0, overdue: 0, failed: 0 };
    this.#pauses = input.pauses ?? 0;
    this.#readAfter = input.readAfter ?? null;
  }

  isOver(): boolean {
    return this.left.waiting === 0;
  }

  next(): Pick<InvoiceRunInput, 'left' | 'pauses' | 'readAfter'> {
    return { left: this.left, pauses: this.#pauses, readAfter: this.#readAfter };
  }

  async look(): Promise<void> {
    const { period, accountId } = this.#input;
    this.#room.count();
    this.left = await step.countInvoicesLeft({ period, accountId, nowMs: this.#clock.nowMs() });
  }

  /** Asks Stripe about each payment that is waited for. */
  async readPayments(): Promise<void> {
    const { period, accountId } = this.#input;
    do {
      this.#room.count();
      const page = { period, accountId, after: this.#readAfter };
      const { payments, nextCursor } = await step.listAwaitedPayments(page);
      await Promise.all(payments.map((payment) => this.#read(payment)));
      this.#readAfter = nextCursor;
    } while (this.#readAfter !== null && !this.#room.isFull());
  }

  /** One that was paid is settled by its own run, before the next try. */
  async #read(payment: { accountId: string; purchaseId: string }): Promise<void> {
    this.#room.count();
    try {
      const asked = { ...payment, nowMs: this.#clock.nowMs() };
      const { status } = await step.readAwaitedPayment(asked);
      if (status !== 'succeeded') return;
      const workflowId = workflowIdOf('purchase', payment.purchaseId);
      const type = 'payment_intent.succeeded';
      await tell(workflowId, (handle) => handle.signal(processorEventSignal, { type }));
    } catch (error) {
      // Stripe does not answer: the account goes on waiting.
      if (!step.wasGivenUp(error)) throw error;
    }
  }

  async tryAgain(): Promise<void> {
    const { period } = this.#input;
    this.#room.count();
    await step.issueDeferredInvoices({ period, nowMs: this.#clock.nowMs() });
    await this.look();
  }

  /** Longer each time; ends early as soon as `isOver`. */
  async pause(isOver: () => boolean): Promise<void> {
    const waitMs = Math.min(longestPauseMs, firstPauseMs * 2 ** this.#pauses);
    this.#pauses += 1;
    await condition(isOver, waitMs);
  }
}
