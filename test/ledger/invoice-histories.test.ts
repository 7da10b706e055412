import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { creditNoteIdFor } from '../../domain/ids.ts';
import { micros, sum } from '../../domain/money.ts';
import { cutoffMsOf, nextPeriod, periodOf, type Period } from '../../domain/period.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { closeAccount } from '../../ledger/account-closing.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { grantCredits } from '../../ledger/credits.ts';
import { issueCreditNote, replaceInvoice } from '../../ledger/invoice-corrections.ts';
import {
  listInvoices,
  readInvoiceDocument,
  type InvoiceDocument,
} from '../../ledger/invoice-documents.ts';
import { previewInvoice } from '../../ledger/invoice-preview.ts';
import { issueInvoice } from '../../ledger/invoicing.ts';
import { recordPaymentReading } from '../../ledger/payment-readings.ts';
import { readPriceBook } from '../../ledger/prices.ts';
import { correctUsage } from '../../ledger/usage-corrections.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { aPostpaidAccount, openAndPay, settleAt } from './invoicing-fixture.ts';
import { dayMs, dollars, policies, useLedger } from './ledger-fixture.ts';
import { deskOf, image, report, setPrices, used } from './usage-fixture.ts';

const test = useLedger();
beforeAll(() => setPrices(test.ledger));

/** $0.0027 each: three of ten thousand are no whole cents. */
const pricePerImage = 2_700;
const startMs = Date.UTC(2026, 10, 20);
const actor = 'test';

interface UnderWay {
  readonly purchaseId: string;
  readonly dollars: number;
  earliestMs: number;
}

/** What happened to an account, kept beside the ledger and reckoned apart from it. */
class History {
  readonly accountId: string;
  nowMs = startMs;
  images = 0;
  bought = 0;
  granted = 0;
  writtenOff = 0;
  forgiven = 0;
  readonly underWay: UnderWay[] = [];
  /** What each invoice showed when it was first seen. */
  readonly shown = new Map<string, string>();

  constructor(accountId: string) {
    this.accountId = accountId;
  }

  async use(images: number, daysAgo: number): Promise<void> {
    const occurredAtMs = Math.max(startMs, this.nowMs - daysAgo * dayMs);
    const event = used(this.accountId, { images }, { model: image, occurredAtMs });
    const { answers, charged } = await report(deskOf(test.ledger), [event], this.nowMs);
    expect(answers[0]?.status).toBe('accepted');
    this.images += images;
    this.writtenOff += charged[0]?.writtenOff ?? 0;
  }

  async open(amount: number): Promise<void> {
    const { accountId, nowMs } = this;
    const purchaseId = await openAndPay(test.ledger, accountId, dollars(amount), nowMs);
    this.underWay.push({ purchaseId, dollars: amount, earliestMs: nowMs });
  }

  /** A program whose clock is behind records into a month that may have its invoice already. */
  async useLate(images: number): Promise<void> {
    const month = periodOf(this.nowMs);
    const nowMs = this.nowMs;
    this.nowMs = Math.max(
      startMs,
      Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)) - 1) - 1,
    );
    await this.use(images, 0);
    this.nowMs = nowMs;
  }

  /** The bank has not let it through by now: what is captured is captured later. */
  async read(): Promise<void> {
    const [purchase] = this.underWay;
    if (purchase === undefined) return;
    const { accountId, nowMs } = this;
    const reading = { readAtMs: nowMs, status: 'requires_confirmation' } as const;
    await recordPaymentReading(test.ledger, { accountId, ...purchase }, reading);
    purchase.earliestMs = nowMs;
  }

  async settle(share: number): Promise<void> {
    const purchase = this.underWay.shift();
    if (purchase === undefined) return;
    const { earliestMs, purchaseId, dollars: amount } = purchase;
    const capturedAtMs = earliestMs + Math.floor((this.nowMs - earliestMs) * share);
    this.bought += amount * 1_000_000;
    await settleAt(test.ledger, this.accountId, purchaseId, capturedAtMs, this.nowMs);
  }

  async grant(amount: number): Promise<void> {
    const asked = { accountId: this.accountId, actor, nowMs: this.nowMs };
    const terms = { scope: null, expiresAtMs: null, reason: 'goodwill' };
    const given = { ...asked, ...terms, amount: dollars(amount), idempotencyKey: randomUUID() };
    await grantCredits(test.ledger, given, policies);
    this.granted += amount * 1_000_000;
  }

  /** The last month that is over, asked for by two at once, while other things happen. */
  async run(images: number): Promise<void> {
    const { accountId, nowMs } = this;
    const month = lastClosed(nowMs);
    const issue = () => issueInvoice(test.ledger, { accountId, period: month, nowMs }, policies);
    const [one, other] = await Promise.all([issue(), issue(), this.use(images, 40)]);
    expect([one.status, other.status]).toContain(one.status);
    await this.look();
  }

  async correct(index: number): Promise<void> {
    const { accountId, nowMs } = this;
    const events = await this.#charges();
    const charge = events[index % Math.max(1, events.length)];
    if (charge === undefined) return;
    const asked = { accountId, eventId: charge.eventId, reason: 'sent twice', actor, nowMs };
    const book = await readPriceBook(test.ledger);
    const outcome = await correctUsage(test.ledger, asked, policies, book);
    if (outcome.status === 'corrected') this.#takeBack(charge);
  }

  async replace(index: number): Promise<void> {
    const { accountId, nowMs } = this;
    const { invoices } = await listInvoices(test.ledger, { accountId, before: null, limit: 99 });
    const valid = invoices.filter(({ state }) => state !== 'void');
    const invoice = valid[index % Math.max(1, valid.length)];
    if (invoice === undefined) return;
    const charge = (await this.#charges()).find(
      ({ occurredAtMs }) => periodOf(occurredAtMs) === invoice.period,
    );
    const corrects = charge === undefined || index % 2 === 0 ? [] : [charge.eventId];
    const asked = { accountId, invoiceId: invoice.invoiceId, reason: 'wrong', actor, nowMs };
    const book = await readPriceBook(test.ledger);
    const outcome = await replaceInvoice(test.ledger, { ...asked, corrects }, policies, book);
    if (outcome.status === 'replaced' && charge && corrects.length > 0) this.#takeBack(charge);
    await this.look();
  }

  async credit(index: number): Promise<void> {
    const { accountId, nowMs } = this;
    const { invoices } = await listInvoices(test.ledger, { accountId, before: null, limit: 99 });
    const invoice = invoices[index % Math.max(1, invoices.length)];
    if (invoice === undefined) return;
    const digest = randomUUID().replaceAll('-', '').slice(0, 16);
    const creditNoteId = creditNoteIdFor(accountId, digest);
    const asked = { accountId, invoiceId: invoice.invoiceId, creditNoteId, net: dollars(0.3) };
    await issueCreditNote(test.ledger, { ...asked, reason: 'outage', actor, nowMs }, policies);
  }

  /** Charges that were not corrected before, each with what was used. */
  async #charges() {
    return test.ledger.run<{ eventId: number; occurredAtMs: number; images: number }>(
      `select event_id as "eventId", occurred_at as "occurredAtMs",
         (payload #>> '{event,charges,0,lines,0,quantity}')::integer as images
       from billing_events e where account_id = $1 and kind = 'usage_charged' and not exists (
         select from billing_events c where c.account_id = e.account_id
           and c.kind = 'usage_corrected'
           and (c.payload -> 'event' ->> 'eventId')::bigint = e.event_id
       ) and (payload #>> '{event,charges,0,writtenOff}')::bigint = 0 order by event_id`,
      [uuidOf(this.accountId)],
    );
  }

  #takeBack({ images }: { readonly images: number }): void {
    this.images -= images;
  }

  /** R41: what an invoice shows never changes. */
  async look(): Promise<void> {
    const { accountId } = this;
    const { invoices } = await listInvoices(test.ledger, { accountId, before: null, limit: 99 });
    for (const { invoiceId } of invoices) {
      const text = JSON.stringify(
        issuedPart(await readInvoiceDocument(test.ledger, { accountId, invoiceId })),
      );
      expect(text).toBe(this.shown.get(invoiceId) ?? text);
      this.shown.set(invoiceId, text);
    }
  }

  /** R70: the last invoice; what no card can be charged of it is asked of nobody. */
  async close(): Promise<void> {
    const { accountId, nowMs } = this;
    await closeAccount(test.ledger, { accountId, actor, nowMs }, policies);
    const state = await readAccount(test.ledger, { accountId });
    expect(state?.balances.unbilled).toBe(0);
    const [rounding] = await test.ledger.run<{ amount: number }>(
      `select coalesce(sum(case debit_book when 'rounding' then amount else -amount end), 0)::bigint
         as amount
       from transfers where account_id = $1 and 'rounding' in (debit_book, credit_book)`,
      [uuidOf(accountId)],
    );
    this.forgiven = rounding?.amount ?? 0;
  }

  async check(): Promise<void> {
    const { accountId, nowMs } = this;
    await this.look();
    expect((await verifyLedger(test.ledger, { accountId })).differences).toEqual([]);
    const state = await readAccount(test.ledger, { accountId });
    if (state === undefined) throw new Error('no account');
    const { free, purchased, unbilled } = state.balances;
    const { invoices } = await listInvoices(test.ledger, { accountId, before: null, limit: 99 });
    const valid = invoices.filter((invoice) => invoice.state !== 'void');
    const invoiced = sum(...valid.map(({ amount, tax }) => micros(amount - tax.amount)));
    // Every micro-dollar of usage is paid once, or still to be invoiced, or written off (R21).
    expect(this.images * pricePerImage).toBe(
      this.writtenOff +
        this.forgiven +
        (this.granted - free) +
        (this.bought - purchased) +
        invoiced +
        unbilled,
    );
    const documents = await Promise.all(
      valid.map(({ invoiceId }) => readInvoiceDocument(test.ledger, { accountId, invoiceId })),
    );
    // R39: whoever counted a credit, it was bought before the cut-off of the month that it paid.
    for (const { acquiredAtMs, period, source } of documents.flatMap(({ credits }) => credits)) {
      expect([acquiredAtMs < cutoffMsOf(period), source]).toEqual([true, source]);
    }
    // R40: whatever was bought before an invoice's cut-off was known when it was made.
    for (const { cutoffMs, issuedEventId } of invoices.filter(({ replaces }) => !replaces)) {
      const bought = state.lots.filter((lot) => lot.kind === 'purchased');
      const before = bought.filter(({ acquiredAtMs }) => acquiredAtMs < (cutoffMs ?? 0));
      expect(before.filter(({ lotId }) => lotId > issuedEventId)).toEqual([]);
    }
    const months = valid.map(({ period }) => period);
    expect(new Set(months).size).toBe(months.length);
    // R43: each image is on one invoice, or will be on the next.
    const next = await previewInvoice(
      test.ledger,
      { accountId, period: periodOf(nowMs), nowMs },
      policies,
    );
    const lines = [...documents.flatMap((document) => document.lines), ...next.lines];
    expect(lines.reduce((total, { quantity }) => total + quantity, 0)).toBe(this.images);
  }
}

/** What happens to an invoice after it was issued; all else of it stays. */
const later = new Set(['state', 'due', 'dueTax', 'paid', 'credited', 'creditNotes']);

function issuedPart({ invoice, party, lines, credits }: InvoiceDocument) {
  const facts = Object.entries(invoice).filter(
    ([name]) => !later.has(name) && !name.startsWith('voided'),
  );
  return { invoice: Object.fromEntries(facts), party, lines, credits };
}

function lastClosed(nowMs: number): Period {
  let month = periodOf(startMs);
  while (cutoffMsOf(nextPeriod(month)) <= nowMs) month = nextPeriod(month);
  return month;
}

type Step = (history: History) => Promise<void>;
type Named = { readonly name: string; readonly step: Step };
const named = (name: string, step: Step): Named => ({ name, step });
const small = fc.integer({ min: 0, max: 5 });

const steps: fc.Arbitrary<Named> = fc.oneof(
  fc
    .integer({ min: 1, max: 2_000 })
    .chain((images) =>
      fc.constantFrom(0, 0, 1, 15).map((ago) => named(`use ${images}`, (h) => h.use(images, ago))),
    ),
  fc.integer({ min: 1, max: 2_000 }).map((images) => named('use', (h) => h.use(images, 0))),
  fc.integer({ min: 1, max: 90 }).map((images) => named('late', (h) => h.useLate(images))),
  fc.integer({ min: 1, max: 900 }).map((images) => named('late', (h) => h.useLate(images))),
  fc.constantFrom(5, 7).map((amount) => named(`open ${amount}`, (h) => h.open(amount))),
  fc.constantFrom(5, 7).map((amount) =>
    named(`buy ${amount}`, async (h) => {
      await h.open(amount);
      await h.settle(0);
    }),
  ),
  fc.constant(named('read', (h) => h.read())),
  fc.constantFrom(0, 0.5, 1).map((share) => named(`settle ${share}`, (h) => h.settle(share))),
  fc.constantFrom(1, 2).map((amount) => named(`grant ${amount}`, (h) => h.grant(amount))),
  fc.constantFrom(1, 4, 9, 17).map((days) =>
    named(`wait ${days}`, (h) => {
      h.nowMs += days * dayMs + 1;
      return Promise.resolve();
    }),
  ),
  fc.integer({ min: 1, max: 700 }).map((images) =>
    named(`run ${images}`, async (h) => {
      if (h.nowMs >= cutoffMsOf(periodOf(startMs))) await h.run(images);
    }),
  ),
  small.map((index) => named(`correct ${index}`, (h) => h.correct(index))),
  small.map((index) => named(`replace ${index}`, (h) => h.replace(index))),
  small.map((index) => named(`credit ${index}`, (h) => h.credit(index))),
);

it('R39 R41 R43 R70 B3 all usage is paid once, by what may pay it, in any history', async () => {
  const histories = fc.array(steps, { minLength: 6, maxLength: 24 });
  await fc.assert(
    fc.asyncProperty(histories, async (planned) => {
      const history = new History(await aPostpaidAccount(test.ledger));
      for (const { step } of planned) await step(history);
      history.nowMs += 31 * dayMs;
      await history.run(1);
      await history.check();
      await history.close();
      await history.check();
    }),
    { numRuns: 40, endOnFailure: true },
  );
});
