import { instant } from './columns.ts';
import type { Ledger } from './database.ts';

/** What is kept of a webhook: where to look, never what it said. */
export interface WebhookEvent {
  /** Stripe's "evt_…". */
  readonly eventId: string;
  readonly type: string;
  readonly objectId: string;
  /** The workflow its object names; null where that is none of ours. */
  readonly workflowId: string | null;
}

/** Stores a webhook; `isNew` is false where it came before: Stripe delivers at least once. */
export async function storeWebhookEvent(
  ledger: Ledger,
  { eventId, type, objectId, workflowId, nowMs }: WebhookEvent & { readonly nowMs: number },
): Promise<{ readonly isNew: boolean }> {
  const stored = await ledger.run(
    `insert into webhook_events (event_id, type, object_id, workflow_id, received_at)
     values ($1, $2, $3, $4, $5) on conflict (event_id) do nothing returning event_id`,
    [eventId, type, objectId, workflowId, instant(nowMs)],
  );
  return { isNew: stored.length > 0 };
}

/** Records that the workflow was told to look. */
export async function markWebhookRelayed(
  ledger: Ledger,
  { eventId, nowMs }: { readonly eventId: string; readonly nowMs: number },
): Promise<void> {
  await ledger.run(
    'update webhook_events set relayed_at = $2 where event_id = $1 and relayed_at is null',
    [eventId, instant(nowMs)],
  );
}

/** The same for several at once. */
export async function markWebhooksRelayed(
  ledger: Ledger,
  { eventIds, nowMs }: { readonly eventIds: readonly string[]; readonly nowMs: number },
): Promise<void> {
  await ledger.run(
    'update webhook_events set relayed_at = $2 where event_id = any($1) and relayed_at is null',
    [eventIds, instant(nowMs)],
  );
}

/** Webhooks for our workflows that came before an instant and were not relayed: for the sweep. */
export async function listUnrelayedWebhooks(
  ledger: Ledger,
  { receivedBeforeMs, limit }: { readonly receivedBeforeMs: number; readonly limit: number },
): Promise<(WebhookEvent & { readonly workflowId: string })[]> {
  return ledger.run(
    `select event_id as "eventId", type, object_id as "objectId", workflow_id as "workflowId"
     from webhook_events
     where relayed_at is null and workflow_id is not null and received_at < $1
     order by received_at limit $2`,
    [instant(receivedBeforeMs), limit],
  );
}
