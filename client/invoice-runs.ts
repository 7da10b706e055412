import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  type Client,
} from '@temporalio/client';
import { failure } from '../domain/failures.ts';
import { cutoffMsOf, type Period } from '../domain/period.ts';
import { invoiceRunIdOf } from '../domain/workflow-ids.ts';
import type { invoiceRun } from '../workflows/index.ts';
import * as message from '../workflows/messages.ts';
import { available, ifKnown } from './answers.ts';

export interface InvoiceRunOrder {
  readonly period: Period;
  /** Only this account; null: all of them. */
  readonly accountId: string | null;
  /** The clock; of one account, its own time. */
  readonly nowMs: number;
  readonly taskQueue?: string;
}

export interface StartedInvoiceRun {
  /** `running`: it was under way already, begun by hand or by the Schedule. */
  readonly status: 'started' | 'running';
  readonly workflowId: string;
}

/**
 * Starts a month's run, or finds the one that is under way. One that is over may be run again: it
 * changes nothing (B8).
 * @throws SolventError invoice_month_not_over, temporarily_unavailable.
 */
export async function startInvoiceRun(
  temporal: Client,
  { period, accountId, nowMs, taskQueue = message.defaultTaskQueue }: InvoiceRunOrder,
): Promise<StartedInvoiceRun> {
  if (nowMs < cutoffMsOf(period)) throw failure('invoice_month_not_over', `It was ${period}.`);
  const workflowId = invoiceRunIdOf(period, accountId);
  return available(async () => {
    try {
      await temporal.workflow.start<typeof invoiceRun>('invoiceRun', {
        workflowId,
        taskQueue,
        args: [{ period, accountId }],
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        ...(accountId !== null && {
          typedSearchAttributes: [{ key: message.searchAttributes.accountId, value: accountId }],
        }),
        staticSummary: message.invoiceRunSummary(period),
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      return { status: 'running', workflowId };
    }
    return { status: 'started', workflowId };
  });
}

/**
 * Cancels the month's run that is under way: the pages that are being written are written, no other
 * is begun. @throws SolventError invoice_run_not_running, temporarily_unavailable.
 */
export async function cancelInvoiceRun(
  temporal: Client,
  { period }: { readonly period: Period },
): Promise<message.InvoiceRunReport> {
  const handle = temporal.workflow.getHandle<typeof invoiceRun>(invoiceRunIdOf(period));
  return available(async () => {
    const canceled = await ifKnown(async () => {
      if ((await handle.describe()).status.name !== 'RUNNING') return undefined;
      await handle.cancel();
      return handle.result();
    });
    if (canceled === undefined) throw failure('invoice_run_not_running', `It was ${period}.`);
    return canceled;
  });
}

/** What became of a run, once it is over. @throws SolventError temporarily_unavailable. */
export async function invoiceRunResult(
  temporal: Client,
  { workflowId }: { readonly workflowId: string },
): Promise<message.InvoiceRunReport> {
  return available(() => temporal.workflow.getHandle<typeof invoiceRun>(workflowId).result());
}
