import { accountNowMs } from '../domain/account-time.ts';
import type { DebtWrittenOff } from '../domain/billing-events.ts';
import { collectionNotices } from '../domain/collection-notices.ts';
import { nextStep, type CollectionStep } from '../domain/collection.ts';
import type { Invoice } from '../domain/invoices.ts';
import { subtract, type Micros } from '../domain/money.ts';
import type { Policy } from '../domain/policy.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import { applyChange } from './change.ts';
import type { InvoiceName, StoredCollection } from './collection-rows.ts';
import {
  collectionReads,
  invoiceOf,
  planned,
  readingOf,
  stepFactsOf,
  storedOf,
} from './collections.ts';
import type { Ledger } from './database.ts';
import type { Decision } from './decision.ts';
import type { AccountFacts } from './facts.ts';

/**
 * Ends the chase after the policy's days (R50): the invoice becomes uncollectible, keeps refusing
 * service and counts as owed. One that something happened to in between stays as it is.
 * @throws SolventError account_not_found, invoice_not_found.
 */
export async function giveUpCollection(
  ledger: Ledger,
  input: InvoiceName & { readonly nowMs: number },
  policies: PolicySchedule,
): Promise<void> {
  const { accountId, invoiceId } = input;
  await applyChange(ledger, {
    accountId,
    reads: collectionReads(input),
    entry: {
      key: `collection/${invoiceId}:give_up`,
      input: {},
      policies,
      occurredAtMs: input.nowMs,
    },
    decide(facts): Decision<null> {
      const invoice = invoiceOf(facts, invoiceId);
      const nowMs = accountNowMs(facts.account, input.nowMs);
      const policy = policyAt(policies, nowMs);
      const step = nextStep(stepFactsOf(facts, invoice), policy, nowMs);
      if (step.step !== 'give_up') return { result: null };
      return { ...writtenOff(facts, invoice, { reason: 'policy', policy, nowMs }), result: null };
    },
  });
}

interface WritingOff {
  readonly reason: string;
  readonly policy: Policy;
  readonly nowMs: number;
}

/** What is recorded where an invoice becomes uncollectible; service may stop by it at once. */
export function writtenOff(
  facts: AccountFacts,
  invoice: Invoice,
  { reason, policy, nowMs }: WritingOff,
  before: StoredCollection = storedOf(facts, invoice),
) {
  const { invoiceId } = invoice;
  const event: DebtWrittenOff = {
    kind: 'debt_written_off',
    invoiceId,
    amount: dueOf(invoice),
    reason,
  };
  const over: CollectionStep = { step: 'over' };
  const after = { ...invoice, state: 'uncollectible' as const };
  const collection = planned(facts, invoice, over, nowMs, before);
  const { attempts, payments } = readingOf(facts);
  const told = { invoice: after, collection, attempts, payments };
  const notices = collectionNotices(told, over, policy, nowMs).map((notice) => {
    return { notice, occurredAtMs: nowMs };
  });
  return { events: [event], occurredAtMs: nowMs, invoice: after, collection, notices };
}

/** What is due of an invoice, net and tax apart. */
export function dueOf({ due, dueTax }: Pick<Invoice, 'due' | 'dueTax'>): {
  readonly net: Micros;
  readonly tax: Micros;
} {
  return { net: subtract(due, dueTax), tax: dueTax };
}
