import { accountNowMs } from '../domain/account-time.ts';
import { carriesInvoiceLink, type CollectionNotice } from '../domain/collection-notices.ts';
import {
  carriesLink,
  type CreditNoteNotice,
  type InvoiceNotice,
  type Notice,
} from '../domain/notices.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { createAuthenticationLink } from '../ledger/authentication-links.ts';
import { createInvoiceLink } from '../ledger/invoice-links.ts';
import { renderNotice } from '../notices/templates.ts';
import { MailRefusedError } from '../notices/mail-transport.ts';
import { markNoticeDelivered, readDueNotices, type AddressedNotice } from '../ledger/notices.ts';
import type { Dependencies } from './dependencies.ts';

export interface DeliverNoticesInput {
  readonly accountId: string;
  readonly purchaseId: string;
  readonly nowMs: number;
}

/** Sends what the ledger's notices say; names and addresses are joined only here. */
export const createNoticeActivities = (dependencies: Dependencies) => {
  const { ledger, mailer, policies, publicUrl } = dependencies;

  /**
   * Where the mail leads. A link that confirms or pays is made only now: its token is a secret, which
   * neither a row nor a history may keep (R15). Undefined where nothing waits for the customer.
   */
  const addressOf = async (due: AddressedNotice, nowMs: number): Promise<string | undefined> => {
    const { accountId, notice } = due;
    if ('invoiceId' in notice) return addressOfInvoice(due, notice, nowMs);
    if (!('purchaseId' in notice)) return `${publicUrl}/billing`;
    const { purchaseId } = notice;
    if (!carriesLink(notice)) return `${publicUrl}/billing/purchases/${purchaseId}`;
    const validMs = await linkValidMs(nowMs);
    const order = { accountId, purchaseId, validMs, nowMs };
    const link = await createAuthenticationLink(ledger, order);
    return link.status === 'made' ? `${publicUrl}/pay/${link.token}` : undefined;
  };

  const addressOfInvoice = async (
    { accountId }: AddressedNotice,
    notice: InvoiceNotice | CreditNoteNotice | CollectionNotice,
    nowMs: number,
  ): Promise<string | undefined> => {
    const { kind, invoiceId } = notice;
    if (kind === 'service_restored') return `${publicUrl}/billing`;
    const isToBePaid =
      kind !== 'invoice_issued' && kind !== 'credit_note_issued' && carriesInvoiceLink(notice);
    if (!isToBePaid) return `${publicUrl}/billing/invoices/${invoiceId}`;
    const validMs = await linkValidMs(nowMs);
    const link = await createInvoiceLink(ledger, { accountId, invoiceId, validMs, nowMs });
    return link.status === 'made' ? `${publicUrl}/pay/${link.token}` : undefined;
  };

  const linkValidMs = async (nowMs: number): Promise<number> =>
    policyAt(await policies.read(), nowMs).authentication.expiresAfterMs;

  const documentOf = (notice: Notice): { documentUrl?: string } => {
    switch (notice.kind) {
      case 'purchase_succeeded':
        return { documentUrl: `${publicUrl}/billing/purchases/${notice.purchaseId}/receipt.pdf` };
      case 'invoice_issued':
      case 'invoice_paid':
        return { documentUrl: `${publicUrl}/billing/invoices/${notice.invoiceId}/invoice.pdf` };
      case 'credit_note_issued': {
        const path = `/billing/credit-notes/${notice.creditNoteId}/credit-note.pdf`;
        return { documentUrl: publicUrl + path };
      }
      default:
        return {};
    }
  };

  const send = async (due: AddressedNotice, email: string, nowMs: number): Promise<void> => {
    const { accountId, notice, currency, name, occurredAtMs, noticeId } = due;
    const billingPageUrl = await addressOf(due, nowMs);
    // What is final, or paid, has a notice of its own; this one would contradict it (R62).
    if (billingPageUrl === undefined) return;
    const mail = renderNotice(notice, {
      currency,
      accountName: name,
      billingPageUrl,
      ...documentOf(notice),
      occurredAtMs,
    });
    // A notice's id is its account's own, and a mailbox drops the second mail that has an id.
    await mailer.send({ ...mail, to: email, messageId: `${accountId}:${noticeId}` });
  };

  /**
   * A crash between a mail and its mark sends that mail again, under the same Message-ID. A server
   * that refuses a mail for good, and an account whose address was erased, are done with: the page
   * tells the same.
   */
  const deliver = async (due: AddressedNotice, nowMs: number): Promise<void> => {
    const { accountId, noticeId, email } = due;
    try {
      if (email !== null) await send(due, email, nowMs);
    } catch (error) {
      if (!(error instanceof MailRefusedError)) throw error;
    }
    await markNoticeDelivered(ledger, { accountId, noticeId, deliveredAtMs: nowMs });
  };

  return {
    /** Sends a purchase's mails that have not gone out; `nowMs` is the account's own time. */
    async deliverNotices({ accountId, purchaseId, nowMs }: DeliverNoticesInput): Promise<void> {
      const due = await readDueNotices(ledger, { accountId });
      for (const row of due) {
        const { notice } = row;
        if ('purchaseId' in notice && notice.purchaseId === purchaseId) await deliver(row, nowMs);
      }
    },

    /** Sends an account's mails, a purchase's own only after `olderThanMs`; `nowMs` is the clock. */
    async deliverLeftNotices(input: {
      accountId: string;
      olderThanMs: number;
      nowMs: number;
    }): Promise<void> {
      for (const row of await readDueNotices(ledger, input)) {
        await deliver(row, accountNowMs(row, input.nowMs));
      }
    },
  };
};
