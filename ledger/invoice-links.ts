import { accountNowMs } from '../domain/account-time.ts';
import { isPayable } from '../domain/invoice-payments.ts';
import type { Invoice } from '../domain/invoices.ts';
import { renewalOf } from '../domain/notices.ts';
import { uuidOf } from './account-id.ts';
import { newLinkToken } from './authentication-links.ts';
import { applyChange } from './change.ts';
import type { InvoiceName } from './collection-rows.ts';
import { collectionReads, invoiceOf } from './collections.ts';
import { instant } from './columns.ts';
import type { Ledger } from './database.ts';
import type { Decision } from './decision.ts';
import { hashOfSecret } from './secrets.ts';

export type MadeInvoiceLink =
  | { readonly status: 'made'; readonly token: string; readonly expiresAtMs: number }
  /** Nothing is to be paid (any more). */
  | { readonly status: 'nothing_due' }
  | { readonly status: 'not_found' };

/**
 * Makes the customer's link that pays an invoice, good once; an older one is dead from then on (R13).
 * Only a hash of the token is kept.
 * @param input.validMs how long the link is good
 * @param input.nowMs the account's own time
 */
export async function createInvoiceLink(
  ledger: Ledger,
  input: InvoiceName & { readonly validMs: number; readonly nowMs: number },
): Promise<MadeInvoiceLink> {
  const { accountId, invoiceId, validMs, nowMs } = input;
  return ledger.transaction(async (session) => {
    // The lock makes two who make one at once take turns: the later link is the one that lives.
    const [invoice] = await session.read<Pick<Invoice, 'state' | 'due'>>(
      'select state, due from invoices where account_id = $1 and invoice_id = $2 for update',
      [uuidOf(accountId), invoiceId],
    );
    if (invoice === undefined) return { status: 'not_found' };
    if (!isPayable(invoice)) return { status: 'nothing_due' };
    const token = newLinkToken(accountId);
    const expiresAtMs = nowMs + validMs;
    session.write(
      `update authentication_links set replaced_at = $3
       where account_id = $1 and invoice_id = $2 and used_at is null and replaced_at is null`,
      [uuidOf(accountId), invoiceId, instant(nowMs)],
    );
    session.write(
      `insert into authentication_links (account_id, token_hash, invoice_id, created_at, expires_at)
       values ($1, $2, $3, $4, $5)`,
      [uuidOf(accountId), hashOfSecret(token), invoiceId, instant(nowMs), instant(expiresAtMs)],
    );
    return { status: 'made', token, expiresAtMs };
  });
}

/**
 * Has a new link mailed to whom the account's mails of invoices go: whoever holds an older one may
 * ask, and learns nothing. Wishes within minutes of each other are one.
 * @param input.nowMs the clock
 * @throws SolventError account_not_found, invoice_not_found.
 */
export async function askForInvoiceLink(
  ledger: Ledger,
  input: InvoiceName & { readonly nowMs: number },
): Promise<void> {
  const { accountId, invoiceId } = input;
  await applyChange(ledger, {
    accountId,
    reads: collectionReads(input),
    entry: null,
    decide(facts): Decision<null> {
      const invoice = invoiceOf(facts, invoiceId);
      if (!isPayable(invoice)) return { result: null };
      const { number, due, issuedAtMs } = invoice;
      const nowMs = accountNowMs(facts.account, input.nowMs);
      const renewal = renewalOf(issuedAtMs, nowMs);
      const notice = { kind: 'invoice_link_renewed', invoiceId, number, due, renewal } as const;
      return {
        notices: [{ notice, occurredAtMs: nowMs }],
        occurredAtMs: nowMs,
        result: null,
      };
    },
  });
}
