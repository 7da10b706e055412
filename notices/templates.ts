import type { Notice } from '../domain/notices.ts';
import * as balance from './balance-templates.ts';
import * as collection from './collection-templates.ts';
import type { Content, NoticeContext } from './content.ts';
import * as invoice from './invoice-templates.ts';
import { layOut, type RenderedNotice } from './layout.ts';
import * as purchase from './purchase-templates.ts';
import { webhookEndpointDisabled } from './webhook-templates.ts';

export type { NoticeContext } from './content.ts';

/** Writes one notice: subject, text part, HTML part. Pure: the same notice reads the same again. */
export function renderNotice(notice: Notice, context: NoticeContext): RenderedNotice {
  return layOut({ accountName: context.accountName, ...contentOf(notice, context) });
}

function contentOf(notice: Notice, context: NoticeContext): Content {
  switch (notice.kind) {
    case 'purchase_succeeded':
      return purchase.purchaseSucceeded(notice, context);
    case 'purchase_declined':
      return purchase.purchaseDeclined(notice, context);
    case 'purchase_refused':
      return purchase.purchaseRefused(notice, context);
    case 'authentication_needed':
      return purchase.authenticationNeeded(notice, context);
    case 'authentication_renewed':
      return purchase.authenticationRenewed(notice, context);
    case 'payment_returned':
      return purchase.paymentReturned(notice, context);
    case 'credits_expiry_announced':
      return balance.creditsExpiryAnnounced(notice, context);
    case 'webhook_endpoint_disabled':
      return webhookEndpointDisabled(notice, context);
    case 'credits_granted':
      return balance.creditsGranted(notice, context);
    case 'credits_expiring':
      return balance.creditsExpiring(notice, context);
    case 'low_balance':
      return balance.lowBalance(notice, context);
    case 'free_credits_used_up':
      return balance.freeCreditsUsedUp(notice, context);
    case 'balance_limit_share_reached':
      return balance.balanceLimitShareReached(notice, context);
    case 'balance_limit_lowered':
      return balance.balanceLimitLowered(notice, context);
    case 'tier_reached':
      return balance.tierReached(notice, context);
    case 'invoice_issued':
      return invoice.invoiceIssued(notice, context);
    case 'credit_note_issued':
      return invoice.creditNoteIssued(notice, context);
    case 'invoice_paid':
      return collection.invoicePaid(notice, context);
    case 'invoice_payment_declined':
      return collection.invoicePaymentDeclined(notice, context);
    case 'invoice_card_refused':
      return collection.invoiceCardRefused(notice, context);
    case 'invoice_card_needed':
      return collection.invoiceCardNeeded(notice, context);
    case 'invoice_authentication_needed':
      return collection.invoiceAuthenticationNeeded(notice, context);
    case 'invoice_due_changed':
      return collection.invoiceDueChanged(notice, context);
    case 'invoice_link_renewed':
      return collection.invoiceLinkRenewed(notice, context);
    case 'invoice_past_due':
      return collection.invoicePastDue(notice, context);
    case 'service_suspended':
      return collection.serviceSuspended(notice, context);
    case 'service_restored':
      return collection.serviceRestored(notice, context);
  }
}
