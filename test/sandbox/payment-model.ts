/**
 * A small model of one PaymentIntent and its idempotency keys, written from Stripe's documentation
 * and not from the sandbox: it knows statuses, charges and keys, and nothing of objects.
 */
export type Status =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'requires_capture'
  | 'succeeded'
  | 'canceled';

/** What a card does, as far as the model cares. */
export type Card = 'good' | 'bad' | 'asking';

export type Step =
  | { do: 'confirm'; card: Card | null; offSession: boolean; key: number | null }
  | { do: 'update amount'; amount: number; key: number | null }
  | { do: 'update card'; card: Card; key: number | null }
  | { do: 'cancel'; key: number | null }
  | { do: 'capture'; key: number | null }
  | { do: 'answer'; agrees: boolean };

export interface Seen {
  httpStatus: number;
  status: Status;
  amount: number;
  received: number;
  charges: number;
}

export class PaymentModel {
  status: Status = 'requires_payment_method';
  amount: number;
  received = 0;
  charges = 0;
  readonly #isManual: boolean;
  #held: Card | null = null;
  readonly #keys = new Map<number, { asked: string; answered: number }>();

  constructor(amount: number, isManual: boolean) {
    this.amount = amount;
    this.#isManual = isManual;
  }

  play(step: Step): Seen {
    if (step.do === 'answer') return this.#seen(this.#answer(step.agrees));
    const { key, ...asked } = step;
    if (key === null) return this.#seen(this.#act(step));
    const words = JSON.stringify(asked);
    const known = this.#keys.get(key);
    if (known !== undefined) return this.#seen(known.asked === words ? known.answered : 400);
    const answered = this.#act(step);
    this.#keys.set(key, { asked: words, answered });
    return this.#seen(answered);
  }

  #act(step: Exclude<Step, { do: 'answer' }>): number {
    switch (step.do) {
      case 'confirm':
        return this.#confirm(step.card, step.offSession);
      case 'update amount':
        if (!this.#isOpen()) return 400;
        this.amount = step.amount;
        return 200;
      case 'update card':
        if (!this.#isOpen()) return 400;
        this.#held = step.card;
        this.status = 'requires_confirmation';
        return 200;
      case 'cancel':
        if (!this.#isOpen() && this.status !== 'requires_capture') return 400;
        this.status = 'canceled';
        return 200;
      case 'capture':
        if (this.status !== 'requires_capture') return 400;
        this.status = 'succeeded';
        this.received = this.amount;
        return 200;
    }
  }

  #confirm(named: Card | null, isOffSession: boolean): number {
    if (!this.#isOpen()) return 400;
    const card = named ?? this.#held;
    if (card === null) return 400;
    if (card === 'asking' && !isOffSession) {
      this.#held = card;
      this.status = 'requires_action';
      return 200;
    }
    this.charges += 1;
    if (card !== 'good') return this.#refuse(402);
    this.#pay();
    return 200;
  }

  /** The customer's answer; nothing happens when nobody asked. */
  #answer(agrees: boolean): number {
    if (this.status !== 'requires_action') return 400;
    if (!agrees) return this.#refuse(200);
    this.charges += 1;
    this.#pay();
    return 200;
  }

  #refuse(answer: number): number {
    this.#held = null;
    this.status = 'requires_payment_method';
    return answer;
  }

  #pay(): void {
    this.status = this.#isManual ? 'requires_capture' : 'succeeded';
    this.received = this.#isManual ? 0 : this.amount;
  }

  #isOpen(): boolean {
    return (
      this.status === 'requires_payment_method' ||
      this.status === 'requires_confirmation' ||
      this.status === 'requires_action'
    );
  }

  #seen(httpStatus: number): Seen {
    const { status, amount, received, charges } = this;
    return { httpStatus, status, amount, received, charges };
  }
}
