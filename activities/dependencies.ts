import type { StripeConnection } from '../gateway/stripe.ts';
import type { Ledger } from '../ledger/database.ts';
import type { Policies } from '../ledger/policies.ts';
import type { Mailer } from '../notices/mail-transport.ts';
import type { WebhookSender } from '../notices/webhook-sender.ts';

/** What activities work with, made once by the worker. */
export interface Dependencies {
  readonly ledger: Ledger;
  /** The same, for pages of hundreds of accounts: plans are made once, and never read whole tables. */
  readonly pageLedger: Ledger;
  readonly stripe: StripeConnection;
  readonly mailer: Mailer;
  readonly webhooks: WebhookSender;
  readonly policies: Policies;
  /** The clock, for the few activities whose input names no time. */
  readonly clockMs: () => number;
  /** Where the billing page is, for links in mails. */
  readonly publicUrl: string;
}
