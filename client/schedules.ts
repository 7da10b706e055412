import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleDescription,
  type ScheduleOptions,
} from '@temporalio/client';
import type * as workflows from '../workflows/index.ts';
import { defaultTaskQueue } from '../workflows/messages.ts';
import { available } from './answers.ts';
import type { SetupStep } from './temporal-setup.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

interface Regular {
  readonly scheduleId: string;
  readonly workflowType: keyof typeof workflows;
  readonly everyMs: number;
  readonly offsetMs: number;
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
    everyMs: minuteMs,
    offsetMs: 0,
    catchupWindowMs: minuteMs,
    summary: 'Send mails and pass on webhooks that were left over',
  },
  {
    scheduleId: 'payment-watch',
    workflowType: 'paymentWatch',
    everyMs: hourMs,
    // Not on the hour, when everybody asks Stripe.
    offsetMs: 7 * minuteMs,
    catchupWindowMs: hourMs,
    summary: 'Compare open payments at Stripe with the ledger',
  },
  {
    scheduleId: creditExpiryScheduleId,
    workflowType: 'creditExpiry',
    everyMs: hourMs,
    // Not on the hour, when credits usually end: the run then finds them all.
    offsetMs: minuteMs,
    catchupWindowMs: hourMs,
    summary: 'Take back credits whose time is over, and announce the next',
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

async function keep(temporal: Client, regular: Regular, taskQueue: string): Promise<SetupStep> {
  const subject = `Schedule ${regular.scheduleId}`;
  const detail = regular.everyMs === minuteMs ? 'each minute' : 'each hour';
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
  const { scheduleId, workflowType, everyMs, offsetMs, catchupWindowMs, summary } = regular;
  return {
    spec: { intervals: [{ every: everyMs, offset: offsetMs }] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: catchupWindowMs },
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

function isAsWanted(
  { spec, policies, action }: ScheduleDescription,
  regular: Regular,
  taskQueue: string,
): boolean {
  const [interval, ...others] = spec.intervals ?? [];
  return (
    others.length === 0 &&
    interval?.every === regular.everyMs &&
    interval.offset === regular.offsetMs &&
    policies.overlap === ScheduleOverlapPolicy.SKIP &&
    policies.catchupWindow === regular.catchupWindowMs &&
    action.workflowType === regular.workflowType &&
    action.taskQueue === taskQueue
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
