import fc from 'fast-check';
import { Refusal } from '../../sandbox/errors.ts';
import { startSandbox, type Sandbox } from '../../sandbox/server.ts';
import { PaymentModel, type Card, type Seen, type Status, type Step } from './payment-model.ts';

const card = fc.constantFrom<Card>('good', 'bad', 'asking');
const key = fc.option(fc.integer({ min: 1, max: 3 }), { nil: null, freq: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('confirm' as const),
      card: fc.option(card),
      offSession: fc.boolean(),
      key,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('update amount' as const),
      amount: fc.integer({ min: 50, max: 9_999 }),
      key,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('update card' as const), card, key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('capture' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('answer' as const), agrees: fc.boolean() }) },
);
const play = fc.record({
  amount: fc.integer({ min: 50, max: 9_999 }),
  isManual: fc.boolean(),
  steps: fc.array(step, { minLength: 1, maxLength: 12 }),
});

const tokens: Record<Card, string> = {
  good: 'pm_card_visa',
  bad: 'pm_card_chargeCustomerFail',
  asking: 'pm_card_authenticationRequired',
};

/** Plays random sequences of calls on the sandbox and on the model; throws where they differ. */
export async function comparePlays(runs: number): Promise<void> {
  const sandbox = await startSandbox();
  let plays = 0;
  try {
    await fc.assert(
      fc.asyncProperty(play, async ({ amount, isManual, steps }) => {
        plays += 1;
        const model = new PaymentModel(amount, isManual);
        const payment = await Payment.create(sandbox, plays, amount, isManual);
        for (const one of steps) {
          const expected = model.play(one);
          const seen = await payment.play(one);
          if (JSON.stringify(seen) === JSON.stringify(expected)) continue;
          throw new Error(
            `${JSON.stringify(one)}: the model says ${JSON.stringify(expected)}, ` +
              `the sandbox ${JSON.stringify(seen)}`,
          );
        }
      }),
      { numRuns: runs },
    );
  } finally {
    await sandbox.close();
  }
}

/** One PaymentIntent of the sandbox, seen from outside. */
class Payment {
  readonly #sandbox: Sandbox;
  readonly #play: number;
  readonly #id: string;

  private constructor(sandbox: Sandbox, play: number, id: string) {
    this.#sandbox = sandbox;
    this.#play = play;
    this.#id = id;
  }

  static async create(
    sandbox: Sandbox,
    playNumber: number,
    amount: number,
    isManual: boolean,
  ): Promise<Payment> {
    const form = { amount: String(amount), currency: 'usd' };
    const method = isManual ? { capture_method: 'manual' } : {};
    const made = await call(sandbox, 'POST', '/v1/payment_intents', { ...form, ...method });
    return new Payment(sandbox, playNumber, String(made.body['id']));
  }

  async play(step: Step): Promise<Seen> {
    const httpStatus = step.do === 'answer' ? this.#answer(step.agrees) : await this.#call(step);
    const path = `/v1/payment_intents/${this.#id}`;
    const { body } = await call(this.#sandbox, 'GET', path, {});
    const list = { payment_intent: this.#id };
    const charges = await call(this.#sandbox, 'GET', '/v1/charges', { ...list, limit: '100' });
    return {
      httpStatus,
      status: body['status'] as Status,
      amount: body['amount'] as number,
      received: body['amount_received'] as number,
      charges: (charges.body['data'] as unknown[]).length,
    };
  }

  async #call(step: Exclude<Step, { do: 'answer' }>): Promise<number> {
    const path = `/v1/payment_intents/${this.#id}`;
    const key = step.key === null ? undefined : `${this.#play}-${step.key}`;
    const post = async (address: string, form: Record<string, string>) =>
      (await call(this.#sandbox, 'POST', address, form, key)).status;
    switch (step.do) {
      case 'confirm': {
        const named = step.card === null ? {} : { payment_method: tokens[step.card] };
        return post(`${path}/confirm`, { ...named, off_session: String(step.offSession) });
      }
      case 'update amount':
        return post(path, { amount: String(step.amount) });
      case 'update card':
        return post(path, { payment_method: tokens[step.card] });
      case 'cancel':
        return post(`${path}/cancel`, {});
      case 'capture':
        return post(`${path}/capture`, {});
    }
  }

  #answer(agrees: boolean): number {
    try {
      this.#sandbox.controls.answerAuthentication(this.#id, agrees);
      return 200;
    } catch (error) {
      if (error instanceof Refusal) return error.status;
      throw error;
    }
  }
}

async function call(
  sandbox: Sandbox,
  method: string,
  path: string,
  form: Record<string, string>,
  key?: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const encoded = new URLSearchParams(form);
  const isPost = method === 'POST';
  const response = await fetch(`${sandbox.url}${path}${isPost ? '' : `?${String(encoded)}`}`, {
    method,
    headers: {
      authorization: 'Bearer sk_test_localsandbox',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    ...(isPost ? { body: encoded } : {}),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
