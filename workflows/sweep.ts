import {
  allHandlersFinished,
  condition,
  ParentClosePolicy,
  startChild,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { accountOfId } from '../domain/ids.ts';
import { minuteMs } from '../domain/durations.ts';
import { parseWorkflowId, workflowIdOf } from '../domain/workflow-ids.ts';
import { cardUpdate } from './card-update.ts';
import { collectionStarterId, collectionStarterSummary } from './collection-messages.ts';
import { collectionStarter } from './collection-starter.ts';
import * as message from './messages.ts';
import { processorEventSignal, type SweepReport } from './messages.ts';
import * as step from './proxies.ts';
import { tell } from './tell.ts';
import { AccountClock } from './time.ts';
import { webhookDelivery } from './webhook-delivery.ts';

/** A purchase delivers its own mails; only what it should long have done is done here. All others go
 * out at once. */
const noticesOlderThanMs = 5 * minuteMs;
const webhooksOlderThanMs = minuteMs;

/** Messages are kept for a month, with how they were delivered. */
const webhooksKeptMs = 30 * 24 * 60 * minuteMs;

/** More than a minute brings; what is left waits for the next one. */
const mostAccounts = 200;
const mostWebhooks = 200;
const mostEndpoints = 100;
/** Then the mail server is away, and asking it for every account would hold up the webhooks. */
const mostFailures = 3;

/** Each minute: what was left over when a process died or a server was away. */
export async function sweep(): Promise<SweepReport> {
  const clock = new AccountClock();
  const holds = await expireHolds(clock);
  const [webhooksRelayed, notices] = await Promise.all([relayWebhooks(clock), sendNotices(clock)]);
  const webhookEndpoints = await sendWebhooks(clock);
  await startCollections(clock);
  await condition(allHandlersFinished);
  return { webhooksRelayed, ...notices, webhookEndpoints, ...holds };
}

async function expireHolds(
  clock: AccountClock,
): Promise<Pick<SweepReport, 'holdsExpired' | 'holdsLeft'>> {
  const { expired, left } = await step.expireHolds({ nowMs: clock.nowMs() });
  return { holdsExpired: expired, holdsLeft: left };
}

/** Where an invoice's charge day has come: `collectionStarter` starts them all. */
async function startCollections(clock: AccountClock): Promise<void> {
  const { collections } = await step.listCollectionsToStart({ nowMs: clock.nowMs(), limit: 1 });
  if (collections.length === 0) return;
  try {
    await startChild(collectionStarter, {
      workflowId: collectionStarterId,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      args: [{}],
      staticSummary: collectionStarterSummary,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Messages to endpoints whose workflow was not told when they were written. */
async function sendWebhooks(clock: AccountClock): Promise<number> {
  const due = { nowMs: clock.nowMs(), olderThanMs: webhooksOlderThanMs, limit: mostEndpoints };
  const { endpointIds } = await step.listEndpointsWithDueWebhooks(due);
  await Promise.all(endpointIds.map(startDelivery));
  await step.forgetWebhookMessages({ olderThanMs: webhooksKeptMs });
  return endpointIds.length;
}

/** Starts an endpoint's workflow, or tells the one that runs. */
async function startDelivery(endpointId: string): Promise<void> {
  const workflowId = workflowIdOf('webhook-delivery', endpointId);
  const { accountId } = message.searchAttributes;
  try {
    await startChild(webhookDelivery, {
      workflowId,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      args: [{ endpointId }],
      typedSearchAttributes: [{ key: accountId, value: accountOfId(endpointId) ?? '' }],
      staticSummary: message.webhookDeliverySummary,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    await tell(workflowId, (handle) => handle.signal(message.webhooksDueSignal));
  }
}

/**
 * Passes on what came by webhook and never reached its workflow. One that is closed, or was never
 * there, needs no telling: a webhook only says "look now".
 */
async function relayWebhooks(clock: AccountClock): Promise<number> {
  const receivedBeforeMs = clock.nowMs() - webhooksOlderThanMs;
  const { webhooks } = await step.listUnrelayedWebhooks({ receivedBeforeMs, limit: mostWebhooks });
  if (webhooks.length === 0) return 0;
  const types = new Map(webhooks.map(({ workflowId, type }) => [workflowId, type]));
  await Promise.all(
    [...types].map(async ([workflowId, type]) => {
      const named = parseWorkflowId(workflowId);
      if (named === undefined) return;
      if (named.kind === 'card-update' && (await startCardUpdate(workflowId, named.id))) return;
      await tell(workflowId, (handle) => handle.signal(processorEventSignal, { type }));
    }),
  );
  const eventIds = webhooks.map(({ eventId }) => eventId);
  await step.markWebhooksRelayed({ eventIds, nowMs: clock.nowMs() });
  return eventIds.length;
}

/** False where it runs already. */
async function startCardUpdate(workflowId: string, paymentMethodId: string): Promise<boolean> {
  try {
    await startChild(cardUpdate, {
      workflowId,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      args: [{ paymentMethodId }],
      staticSummary: message.cardUpdateSummary,
    });
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return false;
  }
}

async function sendNotices(
  clock: AccountClock,
): Promise<Pick<SweepReport, 'accountsMailed' | 'accountsNotMailed'>> {
  const olderThanMs = noticesOlderThanMs;
  const { accountIds } = await step.listAccountsWithDueNotices({
    olderThanMs,
    limit: mostAccounts,
  });
  let accountsMailed = 0;
  let failures = 0;
  for (const accountId of inTurns(accountIds, clock)) {
    try {
      await step.deliverLeftNotices({ accountId, olderThanMs, nowMs: clock.nowMs() });
      accountsMailed += 1;
    } catch (error) {
      // The next sweep tries again; the purchase's own delivery calls an operator in the end.
      if (!step.wasGivenUp(error)) throw error;
      failures += 1;
      if (failures === mostFailures) break;
    }
  }
  return { accountsMailed, accountsNotMailed: accountIds.length - accountsMailed };
}

/** Each minute another account comes first, so that a few that always fail hold up nobody else. */
function inTurns(accountIds: readonly string[], clock: AccountClock): readonly string[] {
  const start = Math.floor(clock.nowMs() / minuteMs) % Math.max(accountIds.length, 1);
  return [...accountIds.slice(start), ...accountIds.slice(0, start)];
}
