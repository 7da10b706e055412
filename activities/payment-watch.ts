import type { CurrencyCode } from '../domain/currencies.ts';
import {
  invoiceOfOperation,
  judgeInvoicePayment,
  judgePayment,
  type Finding,
  type ListedPayment,
} from '../domain/payment-watch.ts';
import * as lists from '../gateway/payment-lists.ts';
import {
  listOpenPurchases,
  readFollowedPurchases,
  type FollowedPurchase,
} from '../ledger/followed-purchases.ts';
import type { InvoiceName } from '../ledger/collection-rows.ts';
import {
  listLostCollections,
  readWatchedInvoices,
  type WatchedInvoiceRow,
} from '../ledger/watched-invoices.ts';
import type { Dependencies } from './dependencies.ts';

/** What a run that was lost is started with again; see `PurchaseInput` of the workflows. */
export interface LostRun {
  readonly accountId: string;
  readonly purchaseId: string;
  readonly amount: number;
  readonly currency: string;
  readonly paymentMethod: string | null;
  readonly confirmDuplicate: boolean;
  readonly returnUrl: string;
  readonly requestHash: string;
}

/** What has to be done about a payment or purchase; what is as it should be is left out. */
export type WatchFinding =
  | {
      readonly kind: 'cancel';
      readonly paymentIntentId: string;
      readonly currency: CurrencyCode;
    }
  | { readonly kind: 'follow'; readonly lost: LostRun }
  /** The invoice's collection has to run, where it does not. */
  | { readonly kind: 'collect'; readonly invoice: InvoiceName }
  | { readonly kind: 'review'; readonly subject: string; readonly why: string };

const pageSize = 100;

/** Activities that compare Stripe's payments with the ledger; none of them changes anything. */
export const createPaymentWatchActivities = ({ stripe, ledger }: Dependencies) => ({
  /** One page of the payments at Stripe that name an operation of ours. */
  async listPayments(input: {
    createdFromMs: number;
    after: string | null;
  }): Promise<{ payments: ListedPayment[]; nextCursor: string | null }> {
    return lists.listPayments(stripe, { ...input, limit: pageSize });
  },

  async judgePayments({ payments: listed }: { payments: ListedPayment[] }) {
    const purchaseIds = listed.map(({ operationId }) => operationId);
    const invoiceIds = listed.flatMap(({ operationId }) => invoiceOfOperation(operationId) ?? []);
    const [purchases, invoices] = await Promise.all([
      readFollowedPurchases(ledger, { purchaseIds }),
      readWatchedInvoices(ledger, { invoiceIds }),
    ]);
    const purchaseById = new Map(purchases.map((row) => [row.purchase.purchaseId, row]));
    const invoiceById = new Map(invoices.map((row) => [row.invoiceId, row]));
    const findings = listed.flatMap((payment) => {
      const invoiceId = invoiceOfOperation(payment.operationId);
      return invoiceId === undefined
        ? findingsOf(payment, purchaseById.get(payment.operationId))
        : invoiceFindingsOf(payment, invoiceById.get(invoiceId));
    });
    return { findings };
  },

  /** One page of collections that look as if their run was lost. */
  async listLostCollections({ after, nowMs }: { after: string | null; nowMs: number }) {
    const lost = await listLostCollections(ledger, { after, limit: pageSize, nowMs });
    const last = lost.length < pageSize ? undefined : lost.at(-1);
    return {
      findings: lost.map((invoice): WatchFinding => ({ kind: 'collect', invoice })),
      nextCursor: last?.invoiceId ?? null,
    };
  },

  /** One page of purchases that are not final: each needs a run that follows it. */
  async listOpenPurchases({ after }: { after: string | null }) {
    const open = await listOpenPurchases(ledger, { after, limit: pageSize });
    const last = open.length < pageSize ? undefined : open.at(-1);
    return {
      findings: open.map(followingOf),
      nextCursor: last?.purchase.purchaseId ?? null,
    };
  },

  /** Looks for the payment of a run that ended before it could record it. */
  async findPayment(input: {
    customerId: string;
    operationId: string;
    openedAtMs: number;
  }): Promise<{ paymentIntentId: string | null }> {
    // A minute of slack: Stripe's clock and ours need not agree to the second.
    const search = { ...input, sinceMs: input.openedAtMs - 60_000 };
    return { paymentIntentId: (await lists.findPayment(stripe, search)) ?? null };
  },
});

function findingsOf(
  payment: ListedPayment,
  followed: FollowedPurchase | undefined,
): WatchFinding[] {
  // An admitted purchase is in its account's currency, which is one of ours.
  const currency = followed?.purchase.currency as CurrencyCode;
  const follow = followed === undefined ? [] : [followingOf(followed)];
  return acting(payment, judgePayment(payment, followed?.purchase), currency, follow);
}

function invoiceFindingsOf(
  payment: ListedPayment,
  invoice: WatchedInvoiceRow | undefined,
): WatchFinding[] {
  const currency = invoice?.currency as CurrencyCode;
  const { accountId = '', invoiceId = '' } = invoice ?? {};
  const follow: WatchFinding = { kind: 'collect', invoice: { accountId, invoiceId } };
  return acting(payment, judgeInvoicePayment(payment, invoice), currency, [follow]);
}

/** What is done about a finding; only what the ledger knows is canceled or followed. */
function acting(
  { paymentIntentId }: ListedPayment,
  finding: Finding,
  currency: CurrencyCode,
  follow: readonly WatchFinding[],
): WatchFinding[] {
  switch (finding.kind) {
    case 'as_it_should_be':
      return [];
    case 'review':
      return [{ kind: 'review', subject: paymentIntentId, why: finding.why }];
    case 'follow':
      return [...follow];
    case 'cancel':
      return [{ kind: 'cancel', paymentIntentId, currency }];
  }
}

function followingOf({ purchase, request }: FollowedPurchase): WatchFinding {
  const { accountId, purchaseId, credits, currency } = purchase;
  if (request === null) {
    const why = 'is not final, and what was asked was not kept: repeat the call with its key';
    return { kind: 'review', subject: purchaseId, why };
  }
  const lost = { accountId, purchaseId, amount: credits, currency, ...request };
  return { kind: 'follow', lost };
}
