import { allHandlersFinished, condition, continueAsNew } from '@temporalio/workflow';
import type { CreditExpiryInput, CreditExpiryReport } from './messages.ts';
import * as step from './proxies.ts';
import { AccountClock } from './time.ts';

/** Then the run continues as a new one, so that no history grows with the number of accounts. */
const pagesPerRun = 20;

type Place = NonNullable<CreditExpiryInput['place']>;

/**
 * Each hour: takes back what is left of credits whose time is over, then tells of those that will
 * end soon (R28). A page that was done before finds nothing more to do.
 */
export async function creditExpiry(input: CreditExpiryInput = {}): Promise<CreditExpiryReport> {
  const clock = new AccountClock();
  let report = input.report ?? { expired: 0, announced: 0 };
  let place: Place | null = input.place ?? { list: 'expired', after: null };
  for (let page = 0; place !== null; page += 1) {
    if (page === pagesPerRun) {
      await condition(allHandlersFinished);
      return continueAsNew<typeof creditExpiry>({ place, report });
    }
    const done = await workOff(place, clock.nowMs());
    report = {
      expired: report.expired + done.report.expired,
      announced: report.announced + done.report.announced,
    };
    place = done.next;
  }
  return report;
}

interface Done {
  readonly report: CreditExpiryReport;
  /** Where the next page begins; null at the end. */
  readonly next: Place | null;
}

async function workOff({ list, after }: Place, nowMs: number): Promise<Done> {
  if (list === 'expired') {
    const { lots, nextCursor } = await step.expireCredits({ nowMs, after });
    const next: Place =
      nextCursor === null ? { list: 'expiring', after: null } : { list, after: nextCursor };
    return { report: { expired: lots, announced: 0 }, next };
  }
  const { lots, nextCursor } = await step.announceExpiry({ nowMs, after });
  const next = nextCursor === null ? null : { list, after: nextCursor };
  return { report: { expired: 0, announced: lots }, next };
}
