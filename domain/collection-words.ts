import type { CardReason, CollectionStep, OperatorReason, WaitReason } from './collection.ts';
import type { PauseReason } from './collection-times.ts';

/** What is done about an invoice next, in words for operators: page, command line, Temporal UI. */
export function collectionStepWords(step: CollectionStep): string {
  switch (step.step) {
    case 'over':
      return 'Nothing is charged by itself any more.';
    case 'charge':
      return `Charging the card on file: attempt ${step.attempt}.`;
    case 'wait':
      return `The card is charged at ${timeText(step.chargeAtMs)}: ${waitWords[step.why]}.`;
    case 'paused':
      return step.untilMs === null
        ? `Paused: ${pauseWords[step.reason]}.`
        : `Paused until ${timeText(step.untilMs)}: ${pauseWords[step.reason]}.`;
    case 'needs_card':
      return `Waiting for another card, or a payment: ${cardWords[step.why]}.`;
    case 'needs_authentication':
      return 'The bank wants the customer to confirm; the link to pay was mailed.';
    case 'needs_operator':
      return `An operator is needed: ${operatorWords[step.why]}.`;
    case 'give_up':
      return 'The days to pay are over: it becomes uncollectible.';
  }
}

const waitWords: Readonly<Record<WaitReason, string>> = {
  charge_day: 'the day the invoice is to be paid',
  retry: 'the next day of the schedule',
  daytime: 'moved to the customer’s daytime',
  advice: 'the bank, or its network, asked to wait so long',
  budget: 'the card network’s limit of attempts is used up until then',
};

const pauseWords: Readonly<Record<PauseReason, string>> = {
  operator: 'an operator paused it',
  promise: 'the customer promised to pay',
  dispute: 'a dispute is open',
  recount: 'the books of the account are being mended',
};

const cardWords: Readonly<Record<CardReason, string>> = {
  no_card: 'there is no card on file',
  card_expired: 'the card on file has expired',
  card_refused: 'the card on file may not be charged again',
  retries_used_up: 'the days of the schedule are used up',
  not_automatic: 'this invoice is never charged by itself',
};

const operatorWords: Readonly<Record<OperatorReason, string>> = {
  amount:
    'no card can be charged what is due at once. The customer can pay a large amount in parts; a few ' +
    'cents are to be forgiven, or taken back with a credit note',
  duplicate:
    'the bank says that it has paid this before. Compare with Stripe, then retry or resolve',
  configuration: 'the charge was refused for a mistake in our set-up at Stripe',
  blocked: 'Stripe blocked the charge as a risk. Look at it there, then retry or ask the customer',
};

function timeText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
