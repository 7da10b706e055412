import { issueWaitingFinalInvoices } from '../ledger/account-closing.ts';
import { expireHolds, type HoldExpiryReport } from '../ledger/hold-expiry.ts';
import { listAccountsWithDueNotices } from '../ledger/notices.ts';
import { listUnrelayedWebhooks, markWebhooksRelayed } from '../ledger/webhook-events.ts';
import type { Dependencies } from './dependencies.ts';

export interface UnrelayedWebhook {
  readonly eventId: string;
  readonly type: string;
  readonly workflowId: string;
}

/** Activities of what was left over; mails are sent by `deliverLeftNotices`. */
export const createSweepActivities = ({ ledger, policies }: Dependencies) => ({
  async listUnrelayedWebhooks(input: {
    receivedBeforeMs: number;
    limit: number;
  }): Promise<{ webhooks: UnrelayedWebhook[] }> {
    const found = await listUnrelayedWebhooks(ledger, input);
    return {
      webhooks: found.map(({ eventId, type, workflowId }) => ({ eventId, type, workflowId })),
    };
  },

  async markWebhooksRelayed(input: { eventIds: string[]; nowMs: number }): Promise<void> {
    await markWebhooksRelayed(ledger, input);
  },

  async listAccountsWithDueNotices(input: {
    olderThanMs: number;
    limit: number;
  }): Promise<{ accountIds: string[] }> {
    return { accountIds: await listAccountsWithDueNotices(ledger, input) };
  },

  /** Gives back what holds past their time reserved, and issues what waited for their end (R70). */
  async expireHolds(input: { nowMs: number }): Promise<HoldExpiryReport> {
    const report = await expireHolds(ledger, input);
    await issueWaitingFinalInvoices(ledger, input, await policies.read());
    return report;
  },
});
