import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, expect, test as it } from 'vitest';
import { decideAccess } from '../../domain/access.ts';
import { dueTimes } from '../../domain/collection-times.ts';
import { explainDecline } from '../../domain/declines.ts';
import { refusal } from '../../domain/failures.ts';
import { invoicePaymentIdFor } from '../../domain/ids.ts';
import { isPayable, type InvoicePayment } from '../../domain/invoice-payments.ts';
import { micros, type Micros } from '../../domain/money.ts';
import { methodNameOf } from '../../domain/payment-methods.ts';
import { readAccessFacts } from '../../ledger/access.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { readAging } from '../../ledger/aging.ts';
import { changeCollection } from '../../ledger/collection-changes.ts';
import { readCollectionStory } from '../../ledger/collection-story.ts';
import { giveUpCollection } from '../../ledger/collection-write-off.ts';
import { takeCollectionTurn } from '../../ledger/collections.ts';
import { closeInvoicePayment, settleInvoicePayment } from '../../ledger/invoice-payment-endings.ts';
import { openInvoicePayment, recordPaymentAuthentication } from '../../ledger/invoice-payments.ts';
import { recordPaymentObject } from '../../ledger/payment-objects.ts';
import { saveCard } from '../../ledger/payment-methods.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { issueInvoice } from '../../ledger/invoicing.ts';
import {
  aPostpaidAccount,
  buy,
  cutoffMs,
  november,
  runMs,
  useImages,
} from './invoicing-fixture.ts';
import { dayMs, dollars, policies, policy, useLedger, visa } from './ledger-fixture.ts';
import { image, setPrices } from './usage-fixture.ts';

const test = useLedger();
beforeAll(() => setPrices(test.ledger));

const hourMs = 3_600_000;
const amount = 2_700_000;

/** What banks say; the ones that end a card, or what the network asks, too. */
const said = {
  insufficient_funds: {},
  do_not_honor: {},
  processing_error: {},
  lost_card: { adviceCode: 'do_not_try_again' },
  expired_card: {},
  authentication_required: {},
  generic_decline: { networkAdviceCode: '26' },
} as const;
type Said = keyof typeof said | 'yes';
const endsMethod: readonly string[] = ['lost_card', 'expired_card', 'authentication_required'];

type Step =
  | { readonly do: 'pass'; readonly hours: number }
  | { readonly do: 'turn'; readonly bank: Said }
  | { readonly do: 'pay'; readonly bank: Said; readonly share: number }
  | { readonly do: 'buy'; readonly dollars: number }
  | { readonly do: 'card' }
  | { readonly do: 'pause' | 'resume' | 'retry_now' | 'write_off' | 'forgive' }
  | { readonly do: 'promise'; readonly days: number };

const bank = fc.constantFrom<Said>(...(Object.keys(said) as (keyof typeof said)[]), 'yes');
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      hours: fc.integer({ min: 1, max: 60 }),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('turn' as const), bank }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('pay' as const),
      bank,
      share: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('buy' as const),
      dollars: fc.integer({ min: 5, max: 9 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('card' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'pause' as const,
        'resume' as const,
        'resume' as const,
        'retry_now' as const,
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('promise' as const),
      days: fc.integer({ min: 1, max: 6 }),
    }),
  },
);
/** What ends it comes late, or never. */
const lastStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('write_off' as const, 'forgive' as const) }),
  fc.record({ do: fc.constant('pass' as const), hours: fc.constant(91 * 24) }),
  fc.record({ do: fc.constant('pay' as const), bank, share: fc.constant(1) }),
);
const plays = fc
  .tuple(
    fc.array(steps, { minLength: 6, maxLength: 22 }),
    fc.array(lastStep, { maxLength: 2 }),
    fc.array(steps, { maxLength: 4 }),
  )
  .map((parts) => parts.flat());

interface Attempt {
  readonly atMs: number;
  readonly method: string;
  readonly origin: InvoicePayment['origin'];
  readonly bank: Said;
}

/** One account that owes, and what this test knows of it without the code under test. */
class Life {
  readonly accountId: string;
  readonly invoiceId: string;
  nowMs = runMs;
  cards = 0;
  payments = 0;
  bought = 0;
  taken = 0;
  isPaused = false;
  state = 'open';
  readonly attempts: Attempt[] = [];

  constructor(accountId: string, invoiceId: string) {
    this.accountId = accountId;
    this.invoiceId = invoiceId;
  }

  get name() {
    return { accountId: this.accountId, invoiceId: this.invoiceId, nowMs: this.nowMs };
  }

  static async begin(): Promise<Life> {
    const { ledger } = test;
    const accountId = await aPostpaidAccount(ledger);
    await useImages(ledger, accountId, 1_000, cutoffMs - dayMs);
    const issued = await issueInvoice(
      ledger,
      { accountId, period: november, nowMs: runMs },
      policies,
    );
    const invoiceId = issued.status === 'issued' ? issued.invoiceId : null;
    if (invoiceId === null) throw new Error(JSON.stringify(issued));
    const life = new Life(accountId, invoiceId);
    await life.addCard();
    return life;
  }

  async addCard(): Promise<void> {
    this.cards += 1;
    const { accountId, nowMs } = this;
    const fingerprint = `fp_${accountId}_${this.cards}`;
    const paymentMethodId = `pm_${accountId}_${this.cards}`;
    const card = { ...visa, fingerprint };
    await saveCard(test.ledger, {
      ...{ accountId, paymentMethodId, card, makeDefault: true, actor: 'test', nowMs },
    });
  }

  async act(step: Step): Promise<void> {
    const { ledger } = test;
    switch (step.do) {
      case 'pass':
        this.nowMs += step.hours * hourMs;
        return;
      case 'buy':
        await buy(ledger, this.accountId, dollars(step.dollars), this.nowMs);
        this.bought += step.dollars * 1_000_000;
        return;
      case 'card':
        return this.addCard();
      case 'turn':
        return this.takeTurn(step.bank);
      case 'pay':
        return this.pay(step.bank, step.share);
      default:
        return this.operate(step);
    }
  }

  /** As the workflow does it: asks, charges where it is told to, and again. */
  async takeTurn(bank: Said): Promise<void> {
    const turn = await takeCollectionTurn(test.ledger, { ...this.name, mayCharge: true }, policies);
    if (turn.turn === 'give_up') await giveUpCollection(test.ledger, this.name, policies);
    if (turn.turn !== 'charge') return;
    this.expectAllowed(turn.payment);
    await this.charge(turn.payment, turn.paymentIntentId, bank);
  }

  async pay(bank: Said, share: number): Promise<void> {
    const paymentId = invoicePaymentIdFor(
      this.accountId,
      randomUUID().replaceAll('-', '').slice(0, 16),
    );
    const asked = { ...this.name, paymentId, origin: 'customer' as const, paymentMethod: null };
    const part = share === 1 ? null : micros(amount / share);
    const opened = await openInvoicePayment(
      test.ledger,
      { ...asked, amount: part, requestHash: paymentId },
      policies,
    );
    if (opened.status === 'refused') return;
    await this.charge(opened.payment, opened.paymentIntentId, bank);
  }

  async charge(payment: InvoicePayment, open: string | null, bank: Said): Promise<void> {
    this.payments += 1;
    const { paymentId, method: paymentMethodId, origin } = payment;
    const paymentIntentId = open ?? `pi_${this.accountId}_${this.payments}`;
    const name = { ...this.name, paymentId };
    if (open === null) await recordPaymentObject(test.ledger, { ...name, paymentIntentId });
    const chargeId = `ch_${this.accountId}_${this.payments}`;
    const card = { ...visa, fingerprint: `fp_${paymentMethodId.slice(3)}` };
    const method = methodNameOf({ paymentMethodId, card });
    this.attempts.push({ atMs: this.nowMs, method, origin, bank });
    const codes = bank === 'yes' ? {} : said[bank];
    const attempt = {
      ...{ attemptId: chargeId, paymentIntentId, chargeId, amount: payment.amount },
      ...{ cardFingerprint: card.fingerprint, cardBrand: 'visa', attemptedAtMs: this.nowMs },
      ...{ adviceCode: null, networkDeclineCode: null, networkAdviceCode: null, ...codes },
      declineCode: bank === 'yes' ? null : bank,
      outcome: bank === 'yes' ? ('succeeded' as const) : ('declined' as const),
    };
    if (bank === 'yes') {
      const capture = {
        ...{ chargeId, amount: payment.amount, capturedAtMs: this.nowMs, card },
        networkAdviceCode: null,
      };
      this.taken += payment.amount;
      const settle = { ...name, paymentIntentId, capture, attempt, method };
      // Told twice, a moment apart, as webhooks and looks do (B2).
      for (const nowMs of [this.nowMs, this.nowMs + 1]) {
        await settleInvoicePayment(test.ledger, { ...settle, nowMs }, policies);
      }
      // Late news of the same payment change nothing any more (B2).
      await recordPaymentAuthentication(test.ledger, { ...name, reminder: 0 });
      const ending = { status: 'canceled' as const, refusal: refusal('payment_not_completed') };
      const late = { ...name, attempt: null, method, ending, isObjectCanceled: false };
      const { state } = await closeInvoicePayment(test.ledger, late, policies);
      expect(state).toBe('succeeded');
      return;
    }
    const decline = explainDecline({ ...attempt, declineCode: bank });
    const asksCustomer = bank === 'authentication_required';
    const ending = { status: 'declined' as const, decline, asksCustomer };
    const close = { ...name, attempt, method, ending, isObjectCanceled: false };
    for (let time = 0; time < 2; time += 1) {
      await closeInvoicePayment(test.ledger, close, policies);
    }
  }

  async operate(step: Exclude<Step, { do: 'pass' | 'buy' | 'card' | 'turn' | 'pay' }>) {
    const reason = 'a test';
    const action =
      step.do === 'promise'
        ? { kind: 'promise' as const, untilMs: this.nowMs + step.days * dayMs, reason }
        : step.do === 'resume' || step.do === 'retry_now'
          ? { kind: step.do }
          : { kind: step.do, reason };
    const asked = { ...this.name, operationId: randomUUID(), actor: 'operator:ann', action };
    const outcome = await changeCollection(test.ledger, asked, policies);
    if (outcome.status === 'refused') return;
    if (step.do === 'pause') this.isPaused = true;
    if (step.do === 'resume' || step.do === 'promise') this.isPaused = false;
  }

  /** R49: what is charged by itself keeps to the policy and to what banks said of the card. */
  expectAllowed({ origin, method: paymentMethodId }: InvoicePayment): void {
    const { nowMs, attempts } = this;
    expect(this.isPaused, 'it is paused').toBe(false);
    const before = attempts.filter(({ method }) => method.startsWith(`${paymentMethodId}:`));
    expect(before.filter(({ bank }) => endsMethod.includes(bank))).toEqual([]);
    const waited = before.filter(({ bank }) => bank === 'generic_decline');
    expect(waited.filter(({ atMs }) => nowMs - atMs < 2 * dayMs)).toEqual([]);
    if (origin === 'operator') return;
    const ours = attempts.filter((one) => one.origin !== 'customer');
    expect(ours.filter(({ atMs }) => nowMs - atMs < 14 * dayMs).length).toBeLessThan(8);
    const dayOf = (atMs: number) => Math.floor(atMs / dayMs);
    const today = before.filter(({ atMs }) => dayOf(atMs) === dayOf(nowMs));
    // The one exception: the bank was never really asked.
    expect(today.filter(({ bank }) => bank !== 'processing_error')).toEqual([]);
    expect(today.length).toBeLessThanOrEqual(1);
  }

  /** What has to be so after every step. */
  async expectSound() {
    const { ledger } = test;
    const [state, story, access] = await Promise.all([
      readAccount(ledger, { accountId: this.accountId }),
      readCollectionStory(ledger, this.name, policies),
      readAccessFacts(ledger, this.accountId),
    ]);
    if (state === undefined || access === undefined) throw new Error('no account');
    const { balances } = state;
    const { invoice, stored } = story;
    // R47, R48: nothing but charges pays it; all that was bought is there.
    expect(balances.purchased).toBe(this.bought);
    const excess = Math.max(this.taken - amount, 0);
    expect({ paid: invoice.paid, refundsDue: balances.refundsDue }).toEqual({
      paid: this.taken - excess,
      refundsDue: excess,
    });
    expect(excess, 'more was charged than was due').toBe(0);
    expect(invoice.due).toBe(invoice.state === 'forgiven' ? 0 : amount - this.taken);
    expect(balances.invoiced + balances.invoicedTax).toBe(invoice.due);
    // R50, R53: service is refused exactly from the instant that follows from the facts.
    const pauses = stored?.pauses ?? [];
    const nextChargeAtMs = stored?.nextChargeAtMs ?? null;
    const { graceEndsAtMs } = dueTimes({ ...invoice, pauses, nextChargeAtMs }, policy);
    const refuses = isPayable(invoice) && graceEndsAtMs !== null && this.nowMs >= graceEndsAtMs;
    const request = { cost: 1 as Micros, model: image };
    const { code } = decideAccess(access, request, policy, this.nowMs);
    expect(code === 'past_due_invoice').toBe(refuses);
    return { state: invoice.state, refuses };
  }
}

it('R47 R48 R49 R50 R53 B1 B2 whatever the order of payments, declines, credits and operators', async () => {
  const ends = new Map<string, number>();
  let refusals = 0;
  let furthestMs = runMs;
  const sideBySide = fc.array(plays, { minLength: 4, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(sideBySide, async (scenes) => {
      const play = async (steps: readonly Step[]) => {
        const life = await Life.begin();
        for (const step of steps) {
          await life.act(step);
          const { state, refuses } = await life.expectSound();
          if (refuses) refusals += 1;
          life.state = state;
        }
        ends.set(life.state, (ends.get(life.state) ?? 0) + 1);
        furthestMs = Math.max(furthestMs, life.nowMs);
      };
      await Promise.all(scenes.map(play));
    }),
    { numRuns: 40 },
  );
  const [aging] = await readAging(test.ledger, { nowMs: furthestMs });
  expect(aging?.total.amount).toBe(aging?.booked);
  expect(aging?.total.amount).toBeGreaterThan(0);
  expect(aging?.buckets.reduce((sum, bucket) => sum + bucket.amount, 0)).toBe(aging?.booked);
  expect((await verifyLedger(test.ledger)).differences).toEqual([]);
  // A play that never gets anywhere would show nothing.
  expect([...ends.keys()].toSorted()).toEqual(['forgiven', 'open', 'paid', 'uncollectible']);
  expect(refusals).toBeGreaterThan(20);
});
