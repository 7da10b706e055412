import {
  allHandlersFinished,
  CancellationScope,
  condition,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { cardName } from '../domain/cards.ts';
import { explainDecline } from '../domain/declines.ts';
import { refusal, type Refusal } from '../domain/failures.ts';
import type { Policy } from '../domain/policy.ts';
import type { SetupAnswer } from '../domain/payment.ts';
import { tellCollections } from './card-news.ts';
import * as message from './messages.ts';
import { lookEveryMs } from './poll-times.ts';
import * as step from './proxies.ts';
import { Progress } from './progress.ts';
import { Story } from './story.ts';
import { AccountClock } from './time.ts';

type Outcome = message.CardSetupOutcome;

/**
 * A customer puts a card on file, with consent to be charged later (R11). The card is judged before
 * Stripe is asked to keep it, and again as Stripe then shows it; prepaid cards are turned away (R9).
 */
export async function cardSetup(input: message.CardSetupInput): Promise<message.Answer<Outcome>> {
  const run = new CardSetupRun(input);
  return CancellationScope.nonCancellable(async () => {
    const outcome = await setUp(run);
    run.conclude(outcome);
    await condition(allHandlersFinished);
    return { requestHash: input.requestHash, outcome };
  });
}

async function setUp(run: CardSetupRun): Promise<Outcome> {
  const { accountId, setupId, source } = run.input;
  const opened = await step.openCardSetup({ accountId, source });
  if (opened.status === 'refused') return { setupId, ...opened };
  run.clock.offsetMs = opened.testClockOffsetMs;

  const checked = await step.checkCard({
    source: opened.source,
    customerId: opened.customerId,
    use: 'save',
    nowMs: run.clock.nowMs(),
  });
  if (!checked.decision.accepted) {
    const paymentMethodId = checked.isOnFileAtStripe ? opened.source.id : null;
    return refuse(run, checked, checked.decision.refusal, paymentMethodId);
  }
  const customerId = opened.customerId ?? (await createCustomer(run));
  const first = await step.setUpCard({
    customerId,
    source: opened.source,
    workflowId: run.workflowId,
    accountId,
    returnUrl: run.input.returnUrl,
    idempotencyKey: `${run.workflowId}:set-up:1:${source}`,
  });
  run.story.tell(`The set-up at Stripe is ${first.setupIntentId}.`);
  return follow(run, first, opened.authentication);
}

async function createCustomer(run: CardSetupRun): Promise<string> {
  const { accountId } = run.input;
  const idempotencyKey = `${run.workflowId}:customer`;
  const created = await step.createCustomer({ accountId, idempotencyKey });
  // Where two ran at once, the first one recorded is the account's.
  const recorded = await step.recordCustomer({ accountId, ...created });
  return recorded.customerId;
}

async function follow(
  run: CardSetupRun,
  first: SetupAnswer,
  { expiresAfterMs }: Policy['authentication'],
): Promise<Outcome> {
  const { setupId } = run.input;
  const { setupIntentId } = first;
  const sinceMs = run.clock.nowMs();
  let answer = first;
  for (;;) {
    switch (answer.status) {
      case 'succeeded':
        return keep(run, answer);
      case 'declined':
        run.noteDecline(answer.failedCharge.declineCode);
        return { setupId, status: 'declined', decline: explainDecline(answer.failedCharge) };
      case 'canceled':
        return { setupId, status: 'refused', refusal: refusal('authentication_expired') };
      case 'requires_action':
      case 'processing': {
        const waitedMs = run.clock.nowMs() - sinceMs;
        if (waitedMs >= expiresAfterMs || run.abandoned) {
          return { setupId, status: 'refused', refusal: refusal('authentication_expired') };
        }
        run.report(
          answer.status === 'requires_action'
            ? { setupId, status: 'requires_action', actionUrl: answer.actionUrl }
            : { setupId, status: 'pending' },
        );
        await run.progress.wait(lookEveryMs(waitedMs));
        answer = await run.progress.look(() => step.readSetup({ setupIntentId }));
      }
    }
  }
}

/** The card as Stripe now shows it decides; a token's preview may have said less. */
async function keep(
  run: CardSetupRun,
  { paymentMethodId, card }: Extract<SetupAnswer, { status: 'succeeded' }>,
): Promise<Outcome> {
  const { accountId, setupId, makeDefault, actor } = run.input;
  const nowMs = run.clock.nowMs();
  const checked = await step.checkSavedCard({ card, nowMs });
  if (!checked.decision.accepted) {
    return refuse(run, checked, checked.decision.refusal, paymentMethodId);
  }
  const saved = await step.saveCard({
    accountId,
    paymentMethodId,
    card,
    makeDefault,
    actor,
    nowMs,
  });
  run.story.tell(`${cardName(card)} is on file.`);
  await tellCollections(accountId);
  return { setupId, status: 'saved', card: saved };
}

/** Turns the card away: remembered where it is prepaid, and taken off Stripe's customer. */
async function refuse(
  run: CardSetupRun,
  { decision, fingerprint }: Awaited<ReturnType<typeof step.checkSavedCard>>,
  reason: Refusal,
  paymentMethodId: string | null,
): Promise<Outcome> {
  if (!decision.accepted && decision.prepaidSource !== null && fingerprint !== null) {
    const nowMs = run.clock.nowMs();
    await step.refuseFingerprint({ fingerprint, source: decision.prepaidSource, nowMs });
  }
  if (paymentMethodId !== null) {
    const idempotencyKey = `${run.workflowId}:detach`;
    await step.detachCard({ paymentMethodId, idempotencyKey });
  }
  run.story.tell(`The card was refused: ${reason.code}.`);
  return { setupId: run.input.setupId, status: 'refused', refusal: reason };
}

/** What the steps of one set-up share, and the handlers of its messages. */
class CardSetupRun {
  readonly input: message.CardSetupInput;
  readonly workflowId = workflowInfo().workflowId;
  readonly clock = new AccountClock();
  readonly story: Story;
  readonly progress: Progress<Outcome>;
  /** True once the workflow was canceled: the set-up is not waited for any longer. */
  abandoned = false;

  constructor(input: message.CardSetupInput) {
    this.input = input;
    this.story = new Story(`Card set-up ${input.setupId}`, this.clock);
    this.progress = new Progress<Outcome>({ setupId: input.setupId, status: 'pending' });
    this.#handleMessages(this.progress);
  }

  report(outcome: Outcome): void {
    if (outcome.status !== this.progress.outcome.status) show(outcome.status);
    this.progress.report(outcome);
  }

  conclude(outcome: Outcome): void {
    show(outcome.status);
    this.story.tell(`Final: ${outcome.status}.`);
    this.progress.conclude(outcome);
  }

  noteDecline(value: string): void {
    upsertSearchAttributes([{ key: message.searchAttributes.declineCode, value }]);
  }

  #handleMessages(progress: Progress<Outcome>): void {
    setHandler(message.cardSetupUpdate, async () => ({
      requestHash: this.input.requestHash,
      outcome: await progress.firstOutcome(),
    }));
    setHandler(message.confirmCardSetupUpdate, () => progress.outcomeAfterLook());
    setHandler(message.cardSetupStatusQuery, () => progress.outcome);
    setHandler(message.processorEventSignal, () => {
      progress.askForLook();
    });
    setHandler(message.clockMovedSignal, ({ offsetMs }) => {
      this.clock.offsetMs = offsetMs;
      progress.askForLook();
    });
    CancellationScope.current().cancelRequested.catch(() => {
      this.abandoned = true;
      progress.askForLook();
    });
  }
}

function show(state: Outcome['status']): void {
  upsertSearchAttributes([{ key: message.searchAttributes.paymentState, value: state }]);
}
