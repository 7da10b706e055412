import type { OpenedPurchase } from '../activities/purchases.ts';
import type { ActAnswer } from '../domain/payment.ts';
import { minuteMs } from '../domain/durations.ts';
import type { PurchaseRun } from './purchase-run.ts';
import { deliverNotices } from './purchase-notices.ts';
import { lookEveryMs, pollAfterMs } from './poll-times.ts';
import * as step from './proxies.ts';

interface Moves {
  readonly look: () => Promise<ActAnswer>;
  readonly callOff: () => Promise<ActAnswer>;
}

type Waiting = Extract<ActAnswer, { status: 'processing' | 'unknown' }>;

/**
 * The bank asks the customer. A webhook, the customer's return or a look every so often tells what
 * became of it; reminders go out, and at last the payment is called off (R13).
 */
export async function awaitCustomer(
  run: PurchaseRun,
  { authentication }: OpenedPurchase,
  actionUrl: string | null,
  { look, callOff }: Moves,
): Promise<ActAnswer> {
  const { accountId, purchaseId } = run.input;
  const { remindersAfterMs, expiresAfterMs } = authentication;
  run.unknownSinceMs = null;
  run.authenticationSinceMs ??= run.clock.nowMs();
  const waitedMs = run.clock.nowMs() - run.authenticationSinceMs;
  const noticeDueMs = [0, ...remindersAfterMs][run.noticesSent];
  const noticeIsDue = noticeDueMs !== undefined && waitedMs >= noticeDueMs;

  if (noticeIsDue) {
    const nowMs = run.clock.nowMs();
    await step.markRequiresAction({ accountId, purchaseId, reminder: run.noticesSent, nowMs });
    run.story.tell(
      `The bank asks the customer to confirm; notice ${run.noticesSent + 1} goes out.`,
    );
    run.noticesSent += 1;
  }
  run.report({ purchaseId, status: 'requires_action', actionUrl });
  if (run.linkWanted) {
    run.linkWanted = false;
    await step.renewAuthenticationLink({ accountId, purchaseId, nowMs: run.clock.nowMs() });
    run.story.tell('The customer asked for a new link.');
    void deliverNotices(run);
  }
  // Not waited for: a mail server that is away must not keep us from seeing the payment succeed.
  if (noticeIsDue) void deliverNotices(run);

  if (waitedMs >= expiresAfterMs) run.callOff('authentication_expired');
  if (run.callOffWanted) return callOff();
  const nextMs = [0, ...remindersAfterMs][run.noticesSent] ?? expiresAfterMs;
  await run.wait(Math.min(Math.max(nextMs - waitedMs, 1), lookEveryMs(waitedMs)));
  return look();
}

/**
 * Nobody knows yet what Stripe did: ask until it is known, never call it failed (R6). After a
 * minute a payment that was never confirmed is called off; after the alarm an operator is called.
 */
export async function awaitProcessor(
  run: PurchaseRun,
  { unknownOutcomeAlarmMs }: OpenedPurchase,
  answer: Waiting,
  { look }: Pick<Moves, 'look'>,
): Promise<ActAnswer> {
  const { purchaseId } = run.input;
  if (run.unknownSinceMs === null) {
    run.unknownSinceMs = run.clock.nowMs();
    const why = answer.status === 'unknown' ? answer.why : 'Stripe is still processing it';
    run.story.tell(`The outcome is not known yet (${why}); asking until it is.`);
  }
  run.report({ purchaseId, status: 'pending' });
  const waitedMs = run.clock.nowMs() - run.unknownSinceMs;
  if (waitedMs >= unknownOutcomeAlarmMs) run.raiseAlarm();
  // An unconfirmed payment whose confirm will not come through is better called off than left.
  if (answer.status === 'unknown' && (answer.isStored || waitedMs >= minuteMs)) {
    run.callOffWanted = true;
  }
  await run.wait(pollAfterMs(waitedMs, unknownOutcomeAlarmMs));
  return look();
}
