import { cutoffMsOf, period } from '../../domain/period.ts';
import type { Micros } from '../../domain/money.ts';
import type { NewAccount } from '../../ledger/accounts.ts';
import type { Ledger } from '../../ledger/database.ts';
import { issueInvoices, type InvoicePageResult } from '../../ledger/invoicing.ts';
import type { InvoicePage } from '../../ledger/invoice-walk.ts';
import { settlePurchase } from '../../ledger/purchase-endings.ts';
import { openPurchase, recordPayment } from '../../ledger/purchase-opening.ts';
import { readPurchase } from '../../ledger/purchases.ts';
import { aCapture, anAccount, anAttempt, aRequest, policies } from './ledger-fixture.ts';
import { deskOf, image, report, used } from './usage-fixture.ts';

/** The month that these tests invoice, its cut-off, and when the run reaches it. */
export const november = period('2026-11');
export const december = period('2026-12');
export const cutoffMs = cutoffMsOf(november);
export const runMs = cutoffMs + 600_000;

/** An account by contract: it may owe $100 without card or tier. */
export function aPostpaidAccount(ledger: Ledger, change: Partial<NewAccount> = {}) {
  return anAccount(ledger, { plan: 'enterprise', ...change });
}

/** Uses images, $0.0027 each, at an instant; recorded at once or later. */
export async function useImages(
  ledger: Ledger,
  accountId: string,
  images: number,
  atMs: number,
  recordedAtMs = atMs,
): Promise<void> {
  const event = used(accountId, { images }, { model: image, occurredAtMs: atMs });
  const { answers } = await report(deskOf(ledger), [event], recordedAtMs);
  if (answers[0]?.status !== 'accepted') throw new Error(JSON.stringify(answers));
}

/** A pack whose money was captured at an instant. */
export async function buy(
  ledger: Ledger,
  accountId: string,
  amount: Micros,
  capturedAtMs: number,
  { openedAtMs = capturedAtMs - 1_000, settledAtMs = capturedAtMs + 1_000 } = {},
): Promise<string> {
  const purchaseId = await openAndPay(ledger, accountId, amount, openedAtMs);
  await settleAt(ledger, accountId, purchaseId, capturedAtMs, settledAtMs);
  return purchaseId;
}

/** A purchase whose payment was made at Stripe, with an outcome that nobody read yet. */
export async function openAndPay(
  ledger: Ledger,
  accountId: string,
  amount: Micros,
  openedAtMs: number,
): Promise<string> {
  const asked = aRequest(accountId, { amount, nowMs: openedAtMs });
  const opened = await openPurchase(ledger, asked, policies);
  if (opened.status !== 'opened') throw new Error(JSON.stringify(opened));
  const { purchaseId } = asked;
  const paymentIntentId = `pi_${purchaseId}`;
  await recordPayment(ledger, { accountId, purchaseId, paymentIntentId });
  return purchaseId;
}

export async function settleAt(
  ledger: Ledger,
  accountId: string,
  purchaseId: string,
  capturedAtMs: number,
  nowMs: number,
): Promise<void> {
  const purchase = await findPurchase(ledger, purchaseId);
  await settlePurchase(
    ledger,
    {
      ...{ accountId, purchaseId, cardRefusal: null, nowMs, attempt: anAttempt(purchase) },
      capture: aCapture(purchase, { capturedAtMs }),
    },
    policies,
  );
}

async function findPurchase(ledger: Ledger, purchaseId: string) {
  const purchase = await readPurchase(ledger, { purchaseId });
  if (purchase === undefined) throw new Error(`${purchaseId} is not there`);
  return purchase;
}

/** Runs the month for all accounts, or those given. */
export function run(ledger: Ledger, change: Partial<InvoicePage> = {}): Promise<InvoicePageResult> {
  const page = { period: november, after: null, until: null, limit: 1_000, nowMs: runMs };
  return issueInvoices(ledger, { ...page, ...change }, policies);
}
