import { afterAll, beforeAll, expect, it } from 'vitest';
import { agingBuckets } from '../../domain/aging.ts';
import { importedInvoiceIdFor } from '../../domain/ids.ts';
import { sum, ZERO } from '../../domain/money.ts';
import { listDueInvoices, readAging } from '../../ledger/aging.ts';
import { recordOpeningBalance } from '../../ledger/credits.ts';
import { openLedger, type Ledger } from '../../ledger/database.ts';
import { dollars } from '../domain/samples.ts';
import { createTestDatabase } from '../support/services.ts';
import { anAccount, nowMs, policies } from './ledger-fixture.ts';

const dayMs = 86_400_000;

let ledger: Ledger;
beforeAll(async () => {
  ledger = openLedger({ url: (await createTestDatabase()).appUrl });
});
afterAll(() => ledger.close());

let made = 0;
/** An invoice that was due so many days ago. */
async function owing(daysAgo: number, amount: number): Promise<string> {
  made += 1;
  const accountId = await anAccount(ledger, { plan: 'enterprise' });
  const digest = String(made).padStart(16, '0');
  const invoice = {
    invoiceId: importedInvoiceIdFor(accountId, digest),
    number: `OLD-${made}`,
    amount: dollars(amount),
    dueAtMs: nowMs - daysAgo * dayMs,
  };
  await recordOpeningBalance(
    ledger,
    {
      ...{ accountId, idempotencyKey: `opening-${made}`, actor: 'test', nowMs },
      ...{ purchased: ZERO, unbilled: [], invoices: [invoice] },
    },
    policies,
  );
  return invoice.invoiceId;
}

/** Days past the due date, in the place each belongs to; the due date itself is not past. */
const edges: readonly [daysAgo: number, bucket: number][] = [
  [-30, 0],
  [-0.001, 0],
  [0, 1],
  [6.999, 1],
  [7, 2],
  [29.999, 2],
  [30, 3],
  [59.999, 3],
  [60, 4],
  [89.999, 4],
  [90, 5],
  [400, 5],
];

it('B11 each age has its place, and all of them add up to the ledger', async () => {
  const expected = agingBuckets.map(() => ({ invoices: 0, dollars: 0 }));
  const placeOf = new Map<string, number>();
  for (const [at, [daysAgo, bucket]] of edges.entries()) {
    placeOf.set(await owing(daysAgo, at + 1), bucket);
    const place = expected[bucket];
    if (place !== undefined) {
      place.invoices += 1;
      place.dollars += at + 1;
    }
  }
  const [aging, ...others] = await readAging(ledger, { nowMs });
  expect(others).toEqual([]);
  expect(aging?.buckets).toEqual(
    expected.map(({ invoices, dollars: amount }) => {
      return { invoices, amount: dollars(amount), uncollectible: 0 };
    }),
  );
  expect(aging?.total.amount).toBe(sum(...edges.map((_, at) => dollars(at + 1))));
  expect(aging?.booked).toBe(aging?.total.amount);

  const listed = await listDueInvoices(ledger, { bucket: null, after: null, nowMs, limit: 100 });
  expect(new Map(listed.map(({ invoiceId, bucket }) => [invoiceId, bucket]))).toEqual(placeOf);
  const dueAt = listed.map(({ dueAtMs }) => dueAtMs);
  expect(dueAt).toEqual(dueAt.toSorted((a, b) => a - b));
});

it('B11 one age is listed alone, page after page, each invoice once', async () => {
  const seen: string[] = [];
  let after = null;
  for (;;) {
    const page = await listDueInvoices(ledger, { bucket: 5, after, nowMs, limit: 1 });
    const last = page.at(-1);
    if (last === undefined) break;
    expect(last.bucket).toBe(5);
    seen.push(last.invoiceId);
    after = last;
  }
  expect(seen).toHaveLength(2);
  expect(new Set(seen).size).toBe(2);
});

it('an account whose own time is ahead is as old as its own time says', async () => {
  const invoiceId = await owing(-10, 5);
  await ledger.run(
    `update accounts set test_clock_offset_ms = $1
     where account_id = (select account_id from invoices where invoice_id = $2)`,
    [20 * dayMs, invoiceId],
  );
  const page = await listDueInvoices(ledger, { bucket: 2, after: null, nowMs, limit: 100 });
  expect(page.map((row) => row.invoiceId)).toContain(invoiceId);
});
