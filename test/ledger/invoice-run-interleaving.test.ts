import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { uuidOf } from '../../ledger/account-id.ts';
import { issueDeferredInvoices, issueInvoice } from '../../ledger/invoicing.ts';
import { previewInvoice } from '../../ledger/invoice-preview.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import {
  aPostpaidAccount,
  cutoffMs,
  november,
  openAndPay,
  run,
  runMs,
  settleAt,
  useImages,
} from './invoicing-fixture.ts';
import { dayMs, dollars, nowMs, policies, useLedger } from './ledger-fixture.ts';
import { setPrices } from './usage-fixture.ts';

const test = useLedger();
beforeAll(() => setPrices(test.ledger));

/** $0.0027 each. */
const pricePerImage = 2_700;
const images = 1_000;

/** Walks all accounts as a run does: page after page, whatever other runs do meanwhile. */
class Runner {
  #after: string | null = null;
  isDone = false;
  issued = 0;

  async page(limit: number): Promise<void> {
    if (this.isDone) return;
    const page = await run(test.ledger, { after: this.#after, limit });
    expect(page.failed).toEqual([]);
    this.issued += page.issued;
    this.#after = page.lastAccountId;
    this.isDone = page.lastAccountId === null;
  }
}

interface Known {
  readonly accountId: string;
  readonly waitsFor: string | null;
  /** What was told of November after its end. */
  late: number;
}

async function someAccounts(count: number): Promise<Known[]> {
  const known: Known[] = [];
  for (let made = 0; made < count; made += 1) {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, nowMs);
    const isWaiting = made % 3 === 0;
    const paying = () => openAndPay(test.ledger, accountId, dollars(5), cutoffMs - 60_000);
    known.push({ accountId, waitsFor: isWaiting ? await paying() : null, late: 0 });
  }
  return known;
}

/** One thing that happens while the Schedule's run and one by hand walk side by side. */
type Step =
  | { readonly kind: 'page'; readonly runner: 0 | 1; readonly limit: number }
  | { readonly kind: 'both'; readonly limit: number }
  | { readonly kind: 'one' | 'late' | 'settle'; readonly which: number }
  | { readonly kind: 'waiting' };

const which = fc.nat({ max: 4 });
const limit = fc.integer({ min: 1, max: 9 });
const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('page' as const), runner: fc.constantFrom(0, 1), limit }),
  fc.record({ kind: fc.constant('both' as const), limit }),
  fc.record({ kind: fc.constantFrom('one' as const, 'late' as const, 'settle' as const), which }),
  fc.constant({ kind: 'waiting' as const }),
);

async function play(step: Step, runners: readonly [Runner, Runner], known: Known[]): Promise<void> {
  switch (step.kind) {
    case 'page':
      return runners[step.runner].page(step.limit);
    case 'both':
      await Promise.all(runners.map((runner) => runner.page(step.limit)));
      return;
    case 'waiting':
      await retryWaiting();
      return;
    case 'one':
    case 'late':
    case 'settle': {
      const one = known[step.which];
      if (one !== undefined) await playOf(step.kind, one);
    }
  }
}

async function playOf(kind: 'one' | 'late' | 'settle', one: Known): Promise<void> {
  const { accountId, waitsFor } = one;
  if (kind === 'one') {
    await issueInvoice(test.ledger, { accountId, period: november, nowMs: runMs }, policies);
  } else if (kind === 'late') {
    one.late += 100;
    await useImages(test.ledger, accountId, 100, cutoffMs - 1, runMs + one.late);
  } else if (waitsFor !== null) {
    await settleAt(test.ledger, accountId, waitsFor, cutoffMs - 1_000, runMs);
  }
}

function retryWaiting() {
  const page = { period: november, after: null, limit: 1_000, nowMs: runMs };
  return issueDeferredInvoices(test.ledger, page, policies);
}

async function expectOneInvoiceEach(known: readonly Known[]): Promise<void> {
  for (const { accountId, waitsFor, late } of known) {
    const rows = await test.ledger.run<{ amount: number }>(
      'select amount from invoices where account_id = $1',
      [uuidOf(accountId)],
    );
    const used = images * pricePerImage;
    expect(rows).toEqual([{ amount: waitsFor === null ? used : 0 }]);
    const asked = { accountId, nowMs: runMs + dayMs };
    const { lines } = await previewInvoice(test.ledger, asked, policies);
    expect(lines.reduce((total, { quantity }) => total + quantity, 0)).toBe(late);
  }
}

it('B8 R40 R43 R46 the Schedule’s run and one by hand, in any interleaving, make one invoice each', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 14 }), async (planned) => {
      const known = await someAccounts(5);
      const runners = [new Runner(), new Runner()] as const;
      for (const step of planned) await play(step, runners, known);
      for (const runner of runners) while (!runner.isDone) await runner.page(50);
      for (const one of known) await playOf('settle', one);
      await retryWaiting();
      await expectOneInvoiceEach(known);
      // Numbers without gaps are among what it counts.
      expect((await verifyLedger(test.ledger)).differences).toEqual([]);
    }),
    { numRuns: 15, endOnFailure: true },
  );
});
