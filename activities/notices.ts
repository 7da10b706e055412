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
export const createNoticeActivities = ({ ledger, mailer, publicUrl }: Dependencies) => {
  const send = async (due: AddressedNotice, email: string): Promise<void> => {
    const { notice, currency, name, occurredAtMs, noticeId } = due;
    const mail = renderNotice(notice, {
      currency,
      accountName: name,
      billingPageUrl: `${publicUrl}/billing/purchases/${notice.purchaseId}`,
      occurredAtMs,
    });
    await mailer.send({ ...mail, to: email, messageId: noticeId });
  };

  return {
    /**
     * Sends a purchase's mails that have not gone out. A crash between a mail and its mark sends
     * that mail again, under the same Message-ID. A server that refuses a mail for good, and an
     * account whose address was erased, are done with: the page tells the same.
     */
    async deliverNotices({ accountId, purchaseId, nowMs }: DeliverNoticesInput): Promise<void> {
      const due = await readDueNotices(ledger, { accountId });
      for (const row of due.filter(({ notice }) => notice.purchaseId === purchaseId)) {
        try {
          if (row.email !== null) await send(row, row.email);
        } catch (error) {
          if (!(error instanceof MailRefusedError)) throw error;
        }
        const { noticeId } = row;
        await markNoticeDelivered(ledger, { accountId, noticeId, deliveredAtMs: nowMs });
      }
    },
  };
};
