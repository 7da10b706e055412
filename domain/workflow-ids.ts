import type { AccountId } from './account.ts';
import type { Period } from './period.ts';

/**
 * Workflow ids and their inverses. One business obligation is one workflow id for ever, so that
 * Temporal itself refuses a second run while the first is open.
 */
const kinds = [
  'purchase',
  'card-setup',
  'card-removal',
  'card-update',
  'webhook-delivery',
  'invoice-run',
  'collection',
  'collection-starter',
] as const;

export type WorkflowKind = (typeof kinds)[number];

/** "purchase/pur_…": the inverse of {@link parseWorkflowId}. */
export function workflowIdOf(kind: WorkflowKind, id: string): string {
  return `${kind}/${id}`;
}

/** A month's run; with an account, the run of its month alone. */
export function invoiceRunIdOf(period: Period, accountId: AccountId | null = null): string {
  return workflowIdOf('invoice-run', accountId === null ? period : `${period}-${accountId}`);
}

/** What a workflow id names; undefined for one that is not ours. */
export function parseWorkflowId(
  workflowId: string,
): { kind: WorkflowKind; id: string } | undefined {
  const [kind, id, ...rest] = workflowId.split('/');
  const known = kinds.find((candidate) => candidate === kind);
  return known === undefined || id === undefined || id === '' || rest.length > 0
    ? undefined
    : { kind: known, id };
}
