import { dayMs, hourMs, minuteMs } from '../domain/durations.ts';
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  WorkflowIdConflictPolicy,
  type Client,
  type ScheduleDescription,
  type ScheduleOptions,
} from '@temporalio/client';
import { collectionStarterId, collectionStarterSummary } from '../workflows/collection-messages.ts';
import type * as workflows from '../workflows/index.ts';
import { defaultTaskQueue } from '../workflows/messages.ts';
import { available } from './answers.ts';
import type { SetupStep } from './temporal-setup.ts';

/** UTC. */
interface MonthlyTime {
  readonly dayOfMonth: number;
  readonly hour: number;
  readonly minute: number;
}

interface Regular {
  readonly scheduleId: string;
  readonly workflowType: keyof typeof workflows;
  readonly times:
    { readonly everyMs: number; readonly offsetMs: number } | { readonly monthly: MonthlyTime };
  /** In words. */
  readonly often: string;
  /** What happens to one that falls due while another is busy; absent: it is skipped. */
  readonly overlap?: ScheduleOverlapPolicy;
  /** A run that was missed for longer (Temporal was away) is left out. */
  readonly catchupWindowMs: number;
  readonly summary: string;
}

const creditExpiryScheduleId = 'credit-expiry';

/** What runs by itself. A run that is still busy when the next is due has it skipped. */
const regulars: readonly Regular[] = [
  {
    scheduleId: 'sweep',
    workflowType: 'sweep',
    times: { everyMs: minuteMs, offsetMs: 0 },
    often: 'each minute',
    catchupWindowMs: minuteMs,
    summary: 'Send mails and webhooks that were left over, give back expired holds',
  },
  {
    scheduleId: 'payment-watch',
    workflowType: 'paymentWatch',
    // Not on the hour, when everybody asks Stripe.
    times: { everyMs: hourMs, offsetMs: 7 * minuteMs },
    often: 'each hour',
    catchupWindowMs: hourMs,
    summary: 'Compare open payments at Stripe with the ledger',
  },
  {
    scheduleId: creditExpiryScheduleId,
    workflowType: 'creditExpiry',
    // Not on the hour, when credits usually end: the run then finds them all.
    times: { everyMs: hourMs, offsetMs: minuteMs },
    often: 'each hour',
    catchupWindowMs: hourMs,
    summary: 'Take back credits whose time is over, and announce the next',
  },
  {
    scheduleId: 'invoice-calendar',
    workflowType: 'invoiceCalendar',
    // Ten minutes after the cut-off: most payments that were under way are known by then.
    times: { monthly: { dayOfMonth: 1, hour: 0, minute: 10 } },
    often: 'on the 1st of each month',
    // No month is left out because Temporal was away; the run knows which month it was due for.
    catchupWindowMs: 31 * dayMs,
    overlap: ScheduleOverlapPolicy.BUFFER_ONE,
    summary: 'Start the run of the month that is over',
  },
];

/**
 * Registers the Schedules, or brings those that are there up to date; an operator's pause stays.
 * @throws SolventError temporarily_unavailable.
 */
export async function keepSchedules(
  temporal: Client,
  taskQueue = defaultTaskQueue,
): Promise<SetupStep[]> {
  const steps: SetupStep[] = [];
  for (const regular of regulars) {
    steps.push(await available(() => keep(temporal, regular, taskQueue)));
  }
  return steps;
}

/**
 * Has the expiry run come now: an account's own time was moved. One that is under way may have
 * passed the account already, so that another one follows it. Without Schedules nothing happens.
 * @throws SolventError temporarily_unavailable.
 */
export async function runCreditExpiry(temporal: Client): Promise<void> {
  const handle = temporal.schedule.getHandle(creditExpiryScheduleId);
  await available(() => ifThere(() => handle.trigger(ScheduleOverlapPolicy.BUFFER_ONE)));
}

/**
 * Has collections started whose charge day has come: an account's own time was moved. One that looks
 * now may have passed the account already; then the sweep starts another within a minute.
 * @throws SolventError temporarily_unavailable.
 */
export async function runCollectionStarter(temporal: Client, taskQueue: string): Promise<void> {
  await available(() =>
    temporal.workflow.start<typeof workflows.collectionStarter>('collectionStarter', {
      workflowId: collectionStarterId,
      taskQueue,
      args: [{}],
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      staticSummary: collectionStarterSummary,
    }),
  );
}

async function keep(temporal: Client, regular: Regular, taskQueue: string): Promise<SetupStep> {
  const subject = `Schedule ${regular.scheduleId}`;
  const detail = regular.often;
  const wanted = optionsOf(regular, taskQueue);
  const handle = temporal.schedule.getHandle(regular.scheduleId);
  const found = await ifThere(() => handle.describe());
  if (found === undefined) {
    await unlessThere(() =>
      temporal.schedule.create({ ...wanted, scheduleId: regular.scheduleId }),
    );
    return { subject, status: 'changed', detail: `${detail}, added` };
  }
  if (isAsWanted(found, regular, taskQueue)) return { subject, status: 'as_needed', detail };
  await handle.update(({ state }) => ({ ...wanted, state }));
  return { subject, status: 'changed', detail: `${detail}, brought up to date` };
}

function optionsOf(regular: Regular, taskQueue: string) {
  const { scheduleId, workflowType, times, catchupWindowMs, summary } = regular;
  return {
    spec:
      'monthly' in times
        ? { calendars: [times.monthly] }
        : { intervals: [{ every: times.everyMs, offset: times.offsetMs }] },
    policies: { overlap: overlapOf(regular), catchupWindow: catchupWindowMs },
    action: {
      type: 'startWorkflow',
      // Temporal adds the time to it: each run has an id of its own.
      workflowId: scheduleId,
      workflowType,
      taskQueue,
      args: [],
      staticSummary: summary,
    },
  } as const satisfies Omit<ScheduleOptions, 'scheduleId'>;
}

function overlapOf({ overlap = ScheduleOverlapPolicy.SKIP }: Regular): ScheduleOverlapPolicy {
  return overlap;
}

function isAsWanted(
  { spec, policies, action }: ScheduleDescription,
  regular: Regular,
  taskQueue: string,
): boolean {
  return (
    hasTimes(spec, regular) &&
    policies.overlap === overlapOf(regular) &&
    policies.catchupWindow === regular.catchupWindowMs &&
    action.workflowType === regular.workflowType &&
    action.taskQueue === taskQueue
  );
}

function hasTimes(
  { intervals = [], calendars = [] }: ScheduleDescription['spec'],
  { times }: Regular,
): boolean {
  const [interval] = intervals;
  const [calendar] = calendars;
  if (intervals.length + calendars.length !== 1) return false;
  if (!('monthly' in times)) {
    return interval?.every === times.everyMs && interval.offset === times.offsetMs;
  }
  const { dayOfMonth, hour, minute } = times.monthly;
  return (
    calendar?.dayOfMonth[0]?.start === dayOfMonth &&
    calendar.hour[0]?.start === hour &&
    calendar.minute[0]?.start === minute
  );
}

async function ifThere<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

/** Two that set up at once want the same. */
async function unlessThere(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
