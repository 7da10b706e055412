import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.ts';
import { stripeTaskQueueOf, webhookTaskQueueOf } from './messages.ts';

/**
 * Every timeout and retry policy in one place. Retries go on for ever where the outcome must become
 * known; which errors end them is said where they are thrown (`activities/failures.ts`).
 */

/**
 * Every activity that lasts says each second that it lives (`activities/supervised.ts`), so the
 * death of a worker is noticed after this long, not after the start-to-close timeout.
 */
const heartbeatTimeout = '5 seconds';

/**
 * Ledger steps before money moves: quick and idempotent, run inside the workflow task (half the
 * cost of a normal activity). Bounded, since a task that waits holds up signals and answers.
 */
const quickLedger = (summary: string) =>
  proxyLocalActivities<Activities>({
    scheduleToCloseTimeout: '2 seconds',
    startToCloseTimeout: '2 seconds',
    retry: { initialInterval: '100 milliseconds', maximumInterval: '1 second' },
    summary,
  });

/** The same steps where the ledger is slow or away, and every ledger step after a confirm. */
const ledger = (summary: string) =>
  proxyActivities<Activities>({
    startToCloseTimeout: '15 seconds',
    heartbeatTimeout,
    retry: { initialInterval: '500 milliseconds', maximumInterval: '20 seconds' },
    summary,
  });

/**
 * Calls to Stripe, on their own queue. The client's own deadline (config `STRIPE_DEADLINE_MS`) is
 * shorter than the start-to-close timeout. A retry repeats the same idempotency key.
 */
const stripeOptions: ActivityOptions = {
  startToCloseTimeout: '25 seconds',
  heartbeatTimeout,
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
};

/**
 * Steps before anything can be charged: given up after a while, since a customer waits and nothing
 * has happened yet. The purchase is then closed and may be tried again.
 */
const beforeChargeOptions: ActivityOptions = {
  ...stripeOptions,
  scheduleToCloseTimeout: '5 minutes',
};

/**
 * Calls about a payment that may be charged: without an answer for a minute the outcome is unknown,
 * and the workflow decides what to ask next.
 */
const paymentOptions: ActivityOptions = { ...stripeOptions, scheduleToCloseTimeout: '1 minute' };

function atStripe<Name extends keyof Activities>(
  name: Name,
  summary: string,
  options: ActivityOptions = stripeOptions,
): Activities[Name] {
  // The queue's name is known only inside a workflow, so the proxy is made at each call.
  const call = (input: never) => {
    const taskQueue = stripeTaskQueueOf(workflowInfo().taskQueue);
    const activities = proxyActivities<Activities>({ ...options, taskQueue, summary });
    return (activities[name] as (input: never) => Promise<unknown>)(input);
  };
  return call as Activities[Name];
}

/** Mail: repeated for two days, then left to an operator; the row of the notice stays. */
const notices = (summary: string) =>
  proxyActivities<Activities>({
    startToCloseTimeout: '1 minute',
    heartbeatTimeout,
    scheduleToCloseTimeout: '2 days',
    retry: { initialInterval: '1 second', maximumInterval: '10 minutes' },
    summary,
  });

/** A sweep's mails: once, since the next sweep comes in a minute. */
const sweepNotices = (summary: string) =>
  proxyActivities<Activities>({
    startToCloseTimeout: '1 minute',
    heartbeatTimeout,
    retry: { maximumAttempts: 1 },
    summary,
  });

/** A round of sending: its own deadlines end it after half of this time. */
export const deliverWebhooks: Activities['deliverWebhooks'] = (input) =>
  proxyActivities<Activities>({
    startToCloseTimeout: '90 seconds',
    heartbeatTimeout,
    retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
    taskQueue: webhookTaskQueueOf(workflowInfo().taskQueue),
    summary: 'Send what is due',
  }).deliverWebhooks(input);

/**
 * Pages of a month's run: behind everything that a customer waits for. When it is canceled the page
 * under way is recorded first.
 */
const batch = (summary: string) =>
  proxyActivities<Activities>({
    startToCloseTimeout: '2 minutes',
    heartbeatTimeout,
    retry: { initialInterval: '500 milliseconds', maximumInterval: '20 seconds' },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    priority: { priorityKey: 5 },
    summary,
  });

/** Runs a step as a local activity and, where that does not come through, as a normal one. */
function quickly<Name extends keyof Activities>(name: Name, summary: string): Activities[Name] {
  const local = quickLedger(summary)[name] as (input: never) => Promise<unknown>;
  const normal = ledger(summary)[name] as (input: never) => Promise<unknown>;
  const call = async (input: never) => {
    try {
      return await local(input);
    } catch (error) {
      if (isCancellation(error) || isFinalFailure(error)) throw error;
      return normal(input);
    }
  };
  return call as Activities[Name];
}

/** A failure that its thrower marked as final: the same step elsewhere would fail alike. */
function isFinalFailure(error: unknown): boolean {
  return (
    error instanceof ActivityFailure &&
    error.cause instanceof ApplicationFailure &&
    error.cause.nonRetryable === true
  );
}

/** True where a step was given up: its time is over, or Stripe turned the request down. */
export function wasGivenUp(error: unknown): boolean {
  return error instanceof ActivityFailure && !isCancellation(error);
}

export const openPurchase = quickly('openPurchase', 'Open the purchase in the ledger');
export const recordCustomer = quickly('recordCustomer', 'Record the customer');
export const recordPayment = quickly('recordPayment', 'Record the payment’s id');
export const openCardSetup = quickly('openCardSetup', 'Read the account');

// A sweep that finds nothing, as nearly all do, then costs one workflow task.
export const listUnrelayedWebhooks = quickly(
  'listUnrelayedWebhooks',
  'List webhooks that reached no workflow',
);
export const listAccountsWithDueNotices = quickly(
  'listAccountsWithDueNotices',
  'List accounts with mails left over',
);

export const listEndpointsWithDueWebhooks = quickly(
  'listEndpointsWithDueWebhooks',
  'List webhook endpoints with messages left over',
);
export const forgetWebhookMessages = quickly(
  'forgetWebhookMessages',
  'Forget webhook messages of a month ago',
);

export const expireHolds = quickly('expireHolds', 'Give back what expired holds reserved');

export const takeCollectionTurn = quickly(
  'takeCollectionTurn',
  'Decide what is to be done about the invoice',
);
export const openInvoicePayment = quickly('openInvoicePayment', 'Open the payment in the ledger');
export const recordPaymentObject = quickly('recordPaymentObject', 'Record the payment’s id');
export const listCollectionsToStart = quickly(
  'listCollectionsToStart',
  'List invoices whose charge day has come',
);
export const listOpenCollections = quickly(
  'listOpenCollections',
  'List the account’s invoices that are being collected',
);
export const { markCollectionsStarted } = ledger('Record that collections were started');
export const { recordPaymentAuthentication } = ledger('Record that the bank asks the customer');
export const { settleInvoicePayment } = ledger('Pay the invoice with what was charged');
export const { declineInvoicePayment } = ledger('Record that the card was declined');
export const { endInvoicePayment } = ledger('End the payment: nothing was charged');
export const { dropPaymentObject } = ledger('Record that the payment object is canceled');
export const { giveUpCollection } = ledger('Write the invoice off');
export const { bookFoundPayment } = ledger('Book what Stripe took for the invoice');
export const { changeCollection } = ledger('Do what the operator asked for');
export const { updateCard } = ledger('Bring the card on file up to date');

export const { markRequiresAction } = ledger('Record that the bank asks the customer');
export const { renewAuthenticationLink } = ledger('Have a new link mailed to the customer');
export const { settlePurchase } = ledger('Turn the payment into credits');
export const { closePurchase } = ledger('Close the purchase without credits');
export const { recordRefundPaid } = ledger('Record that the money went back');
export const { saveCard } = ledger('Keep the card on file');
export const { refuseFingerprint } = ledger('Remember the refused card');
export const { checkSavedCard } = ledger('Check the card as Stripe shows it');
export const { discardCard } = ledger('Take the prepaid card off the file');
export const { removeCard } = ledger('Take the card off the file');

export const checkCard = atStripe(
  'checkCard',
  'Check that the card is credit or debit',
  beforeChargeOptions,
);
export const readCardOnFile = atStripe('readCardOnFile', 'Look what Stripe shows of the card');
export const createCustomer = atStripe(
  'createCustomer',
  'Create the customer at Stripe',
  beforeChargeOptions,
);
export const createPayment = atStripe(
  'createPayment',
  'Create the payment, not yet confirmed',
  beforeChargeOptions,
);
export const confirmPayment = atStripe('confirmPayment', 'Charge the card', paymentOptions);
export const setPaymentAmount = atStripe(
  'setPaymentAmount',
  'Set what is due as the payment’s amount',
  paymentOptions,
);
export const readPayment = atStripe('readPayment', 'Look how the payment stands', paymentOptions);
export const readFoundPayment = atStripe(
  'readFoundPayment',
  'Look what the named payment is',
  paymentOptions,
);
export const cancelPayment = atStripe('cancelPayment', 'Call the payment off', paymentOptions);
export const refundPayment = atStripe('refundPayment', 'Send the money back');
export const setUpCard = atStripe('setUpCard', 'Set the card up for later charges');
export const readSetup = atStripe('readSetup', 'Look how the set-up stands');
export const detachCard = atStripe('detachCard', 'Take the card off the customer at Stripe');

export const { markWebhooksRelayed } = ledger('Record that the workflows were told');
export const { listOpenPurchases } = ledger('List purchases that are not final');
export const { listLostCollections } = ledger('List collections that are late');
export const { judgePayments } = ledger('Compare payments with the ledger');
export const listPayments = atStripe('listPayments', 'List payments at Stripe');
export const findPayment = atStripe('findPayment', 'Look for the payment of a lost run');

export const { expireCredits } = ledger('Take back credits whose time is over');
export const { announceExpiry } = ledger('Tell of credits that will end soon');

export const { beginInvoiceRun } = batch('Divide the accounts');
export const { issueInvoicePages } = batch('Issue invoices, page after page');
export const { issueAccountInvoice } = batch('Issue the account’s invoice');
export const { issueDeferredInvoices } = batch('Try again for accounts that waited');
export const { listAwaitedPayments } = batch('List payments that invoices wait for');
export const { countInvoicesLeft } = batch('Count the accounts that wait');
export const { endInvoiceRun } = batch('Record that the run ended');
export const readAwaitedPayment = atStripe(
  'readAwaitedPayment',
  'Look how a payment stands that an invoice waits for',
  paymentOptions,
);

export const { deliverLeftNotices } = sweepNotices('Send mails that were left over');
export const { deliverNotices } = notices('Send the mails');
