import { beforeAll, expect, it } from 'vitest';
import type { OpenInvoice } from '../../domain/account.ts';
import { invoiceIdFor } from '../../domain/ids.ts';
import { readAccessFacts } from '../../ledger/access.ts';
import { readAccessFactsAt } from '../../ledger/access-history.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { aPostpaidAccount, cutoffMs, november, run, useImages } from './invoicing-fixture.ts';
import { dayMs, nowMs, useLedger } from './ledger-fixture.ts';
import { setPrices } from './usage-fixture.ts';

const test = useLedger();
beforeAll(() => setPrices(test.ledger));

const chargeAtMs = cutoffMs + 2 * dayMs;
const day = (days: number) => chargeAtMs + days * dayMs;
const iso = (atMs: number | null) => (atMs === null ? null : new Date(atMs).toISOString());

function only(invoices: readonly OpenInvoice[] | undefined): OpenInvoice {
  const [invoice, ...others] = invoices ?? [];
  if (invoice === undefined || others.length > 0) throw new Error('one open invoice is expected');
  return invoice;
}

it('R50 R56 pauses and planned charges are read as they are, and as they were at a past instant', async () => {
  const { ledger } = test;
  const accountId = await aPostpaidAccount(ledger);
  await useImages(ledger, accountId, 1_000, nowMs);
  await run(ledger);
  const name = [uuidOf(accountId), invoiceIdFor(accountId, november)];
  const now = async () => only((await readAccessFacts(ledger, accountId))?.openInvoices);
  const then = async (days: number) =>
    only((await readAccessFactsAt(ledger, accountId, day(days)))?.openInvoices);
  const about = ({ chargeAtMs, dueAtMs, nextChargeAtMs, pauses }: OpenInvoice) => {
    return { chargeAtMs, dueAtMs, nextChargeAtMs, pauses };
  };

  const issued = { chargeAtMs, dueAtMs: day(1), nextChargeAtMs: chargeAtMs, pauses: [] };
  expect(about(await now())).toEqual(issued);
  expect(about(await then(-1))).toEqual(issued);

  const plan = async (planId: number, decidedAtMs: number, nextChargeAtMs: number | null) => {
    await ledger.run(
      `insert into collection_plans (account_id, invoice_id, plan_id, decided_at, next_charge_at)
       values ($1, $2, $3, $4, $5)`,
      [...name, planId, iso(decidedAtMs), iso(nextChargeAtMs)],
    );
    await ledger.run(
      'update collections set next_charge_at = $3 where account_id = $1 and invoice_id = $2',
      [...name, iso(nextChargeAtMs)],
    );
  };
  await plan(1, chargeAtMs, day(1.5));
  await plan(2, day(1.5), null);
  await ledger.run(
    `insert into collection_pauses (account_id, invoice_id, pause_id, reason, from_at, until_at)
     values ($1, $2, 1, 'promise', $3, $4), ($1, $2, 2, 'dispute', $5, null)`,
    [...name, iso(day(2)), iso(day(3)), iso(day(5))],
  );
  const promise = { reason: 'promise', fromMs: day(2), untilMs: day(3) };
  const dispute = { reason: 'dispute', fromMs: day(5), untilMs: null };

  expect(about(await now())).toEqual({
    ...{ ...issued, nextChargeAtMs: null },
    pauses: [promise, dispute],
  });
  expect(about(await then(-1))).toEqual(issued);
  expect(about(await then(1))).toEqual({ ...issued, nextChargeAtMs: day(1.5) });
  expect(about(await then(1.5))).toEqual({ ...issued, nextChargeAtMs: null });
  expect((await then(2.5)).pauses).toEqual([promise]);
  expect((await then(5)).pauses).toEqual([promise, dispute]);
});
