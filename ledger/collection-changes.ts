import { accountNowMs } from '../domain/account-time.ts';
import type { DebtForgiven } from '../domain/billing-events.ts';
import { aloneRefusesService } from '../domain/access.ts';
import type { CollectionNotice } from '../domain/collection-notices.ts';
import { nextStep } from '../domain/collection.ts';
import {
  decideCollectionChange,
  type CollectionAction,
  type PauseChange,
} from '../domain/collection-changes.ts';
import type { Refusal } from '../domain/failures.ts';
import type { Invoice } from '../domain/invoices.ts';
import { ZERO } from '../domain/money.ts';
import type { Policy } from '../domain/policy.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import { applyChange } from './change.ts';
import type { InvoiceName, StoredPause } from './collection-rows.ts';
import { collectionReads, invoiceOf, planned, stepFactsOf, storedOf } from './collections.ts';
import { dueOf, writtenOff } from './collection-write-off.ts';
import type { Ledger } from './database.ts';
import type { Decision } from './decision.ts';
import type { AccountFacts } from './facts.ts';

export interface CollectionChange extends InvoiceName {
  /** The caller's own name for it: a repeat does nothing again. */
  readonly operationId: string;
  readonly action: CollectionAction;
  /** Who asks, for the audit log: "operator:NAME". */
  readonly actor: string;
  /** The clock. */
  readonly nowMs: number;
}

export type CollectionChangeOutcome =
  { readonly status: 'done' } | { readonly status: 'refused'; readonly refusal: Refusal };

/**
 * Does what an operator asked for, with an entry in the audit log. What is so already stays, and is
 * done.
 * @throws SolventError account_not_found, invoice_not_found.
 */
export async function changeCollection(
  ledger: Ledger,
  input: CollectionChange,
  policies: PolicySchedule,
): Promise<CollectionChangeOutcome> {
  const { accountId, invoiceId, operationId, action } = input;
  const { result } = await applyChange(ledger, {
    accountId,
    reads: collectionReads(input),
    entry: {
      key: `collection/${invoiceId}:${action.kind}:${operationId}`,
      input: { ...action },
      policies,
      occurredAtMs: input.nowMs,
    },
    decide: (facts) => change(facts, input, policies),
  });
  return result;
}

function change(
  facts: AccountFacts,
  input: CollectionChange,
  policies: PolicySchedule,
): Decision<CollectionChangeOutcome> {
  const { invoiceId, action, actor } = input;
  const nowMs = accountNowMs(facts.account, input.nowMs);
  const policy = policyAt(policies, nowMs);
  const invoice = invoiceOf(facts, invoiceId);
  const stored = storedOf(facts, invoice);
  const decided = decideCollectionChange(action, { invoice, pauses: stored.pauses }, nowMs);
  if (decided.status === 'refused') return { result: decided };
  const result = { status: 'done' as const };
  if (decided.status === 'unchanged') return { result };
  const { kind, ...detail } = action;
  const audit = {
    actor,
    action: `collection.${kind}`,
    occurredAtMs: nowMs,
    detail: { invoiceId, ...detail },
  };
  switch (decided.status) {
    case 'written_off': {
      // A pause of ours without an end would keep it from ever refusing service (R50).
      const pauses = pausesAfter(stored.pauses, { begin: null }, nowMs);
      const why = { reason: decided.reason, policy, nowMs };
      const written = writtenOff(facts, invoice, why, { ...stored, pauses });
      return { ...written, audit, result };
    }
    case 'forgiven':
      return {
        ...forgiven(facts, invoice, { reason: decided.reason, policy, nowMs }),
        audit,
        result,
      };
    case 'rescheduled': {
      const { retryAfterDays } = decided;
      const account = { ...facts.account, retryAfterDays };
      const step = nextStep({ ...stepFactsOf(facts, invoice), retryAfterDays }, policy, nowMs);
      const collection = planned(facts, invoice, step, nowMs);
      return { account, collection, occurredAtMs: nowMs, audit, result };
    }
    case 'changed': {
      const pauses = pausesAfter(stored.pauses, decided.pause, nowMs);
      const retryAskedAtMs = decided.retryAskedAtMs ?? stored.retryAskedAtMs;
      const stepFacts = { ...stepFactsOf(facts, invoice), pauses, retryAskedAtMs };
      const changed = { ...stored, pauses, retryAskedAtMs };
      const step = nextStep(stepFacts, policy, nowMs);
      const collection = planned(facts, invoice, step, nowMs, changed);
      return { collection, occurredAtMs: nowMs, audit, result };
    }
  }
}

/** Nothing is due any more; where it alone refused service, that is told (R51). */
function forgiven(
  facts: AccountFacts,
  invoice: Invoice,
  {
    reason,
    policy,
    nowMs,
  }: { readonly reason: string; readonly policy: Policy; readonly nowMs: number },
) {
  const { invoiceId, number, due } = invoice;
  const event: DebtForgiven = {
    kind: 'debt_forgiven',
    invoiceId,
    amount: dueOf(invoice),
    reason,
    writtenOff: invoice.state === 'uncollectible',
  };
  const restored: CollectionNotice = {
    kind: 'service_restored',
    invoiceId,
    number,
    paymentId: null,
  };
  const isRestored = aloneRefusesService(invoiceId, facts.openInvoices, policy, nowMs);
  return {
    events: [event],
    occurredAtMs: nowMs,
    invoice: { ...invoice, forgiven: due, due: ZERO, dueTax: ZERO, state: 'forgiven' as const },
    collection: planned(facts, invoice, { step: 'over' }, nowMs),
    notices: isRestored ? [{ notice: restored, occurredAtMs: nowMs }] : [],
  };
}

function pausesAfter(
  pauses: readonly StoredPause[],
  change: PauseChange | undefined,
  nowMs: number,
): readonly StoredPause[] {
  if (change === undefined) return pauses;
  const ended = pauses.map((pause) => {
    const isOurs = pause.reason === 'operator' || pause.reason === 'promise';
    const lasts = pause.untilMs === null || pause.untilMs > nowMs;
    return isOurs && lasts ? { ...pause, untilMs: Math.max(nowMs, pause.fromMs) } : pause;
  });
  if (change.begin === null) return ended;
  return [...ended, { pauseId: pauses.length + 1, fromMs: nowMs, ...change.begin }];
}
