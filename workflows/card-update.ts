import { allHandlersFinished, condition, setHandler, workflowInfo } from '@temporalio/workflow';
import { cardName } from '../domain/cards.ts';
import { tellCollections } from './card-news.ts';
import * as message from './messages.ts';
import { turnAway } from './payment-steps.ts';
import * as step from './proxies.ts';
import { Story } from './story.ts';
import { AccountClock } from './time.ts';

/**
 * Stripe told that a card changed, by its bank's updater or elsewhere: the card on file is brought up
 * to date with what Stripe shows now. One that is prepaid now leaves the file (R9, R10). What waits
 * for a card of the account is told.
 */
export async function cardUpdate(
  input: message.CardUpdateInput,
): Promise<message.CardUpdateReport> {
  const clock = new AccountClock();
  const story = new Story(`Card ${input.paymentMethodId}`, clock);
  let news = 1;
  setHandler(message.processorEventSignal, () => {
    news += 1;
  });
  for (;;) {
    const seen = news;
    const card = await bringUpToDate(input, clock, story);
    await condition(allHandlersFinished);
    if (news === seen) return { card };
  }
}

async function bringUpToDate(
  { paymentMethodId }: message.CardUpdateInput,
  clock: AccountClock,
  story: Story,
): Promise<message.CardUpdateReport['card']> {
  const found = await step.readCardOnFile({ paymentMethodId });
  if (found.accountId === null) {
    story.tell('It is on file of no account.');
    return 'not_on_file';
  }
  const { accountId, saved, card } = found;
  clock.offsetMs = found.testClockOffsetMs;
  const { workflowId } = workflowInfo();
  const nowMs = clock.nowMs();
  const { decision, fingerprint } = await step.checkSavedCard({ card, nowMs });
  if (!decision.accepted && decision.prepaidSource !== null) {
    const source = decision.prepaidSource;
    await turnAway({ accountId, workflowId, card: saved, fingerprint, source, nowMs });
    story.tell('It is prepaid now, and off the file.');
    await tellCollections(accountId);
    return 'taken_off';
  }
  await step.updateCard({ accountId, paymentMethodId, actor: workflowId, card, nowMs });
  story.tell(`${cardName(card)} is up to date, good until ${card.expiryMonth}/${card.expiryYear}.`);
  await tellCollections(accountId);
  return 'updated';
}
