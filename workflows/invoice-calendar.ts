import { defineSearchAttributeKey, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ParentClosePolicy,
  startChild,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { lastClosedPeriod } from '../domain/period.ts';
import { invoiceRunIdOf } from '../domain/workflow-ids.ts';
import { invoiceRun } from './invoice-run.ts';
import { invoiceRunSummary, type InvoiceCalendarReport } from './messages.ts';

/** When the Schedule was to start it, however late that became. */
const scheduledStart = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

/**
 * On the 1st of each month: starts the run of the month before, once. A Schedule adds its time to
 * the id of what it starts; this one-step workflow gives the run the id that everybody knows.
 */
export async function invoiceCalendar(): Promise<InvoiceCalendarReport> {
  const { typedSearchAttributes, startTime } = workflowInfo();
  const period = lastClosedPeriod(
    (typedSearchAttributes.get(scheduledStart) ?? startTime).getTime(),
  );
  try {
    await startChild(invoiceRun, {
      workflowId: invoiceRunIdOf(period),
      // One that somebody began by hand before, and one that was canceled, stay as they are.
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      args: [{ period, accountId: null }],
      staticSummary: invoiceRunSummary(period),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return { status: 'already_started', period };
  }
  return { status: 'started', period };
}
