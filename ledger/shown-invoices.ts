import { failure } from '../domain/failures.ts';
import { accountOfId } from '../domain/ids.ts';
import type { CreditNote } from '../domain/invoice-corrections.ts';
import { uuidOf } from './account-id.ts';
import type { Ledger } from './database.ts';
import {
  findInvoiceByNumber,
  readInvoice,
  readInvoiceDocument,
  type InvoiceDocument,
} from './invoice-documents.ts';

/** An invoice with all that it shows, the number of the void one that it stands for included. */
export interface ShownInvoice extends InvoiceDocument {
  readonly replacesNumber: string | null;
}

/** @throws SolventError invoice_not_found. */
export async function readShownInvoice(ledger: Ledger, invoiceId: string): Promise<ShownInvoice> {
  const accountId = accountOfId(invoiceId);
  if (accountId === undefined) throw failure('invoice_not_found');
  const document = await readInvoiceDocument(ledger, { accountId, invoiceId });
  const { replaces } = document.invoice;
  const replaced =
    replaces === null ? undefined : await readInvoice(ledger, { accountId, invoiceId: replaces });
  return { ...document, replacesNumber: replaced?.number ?? null };
}

/** The id of the invoice that is meant by its id or its number. @throws SolventError invoice_not_found. */
export async function invoiceIdOf(ledger: Ledger, idOrNumber: string): Promise<string> {
  if (idOrNumber.startsWith('inv_')) return idOrNumber;
  const found = await findInvoiceByNumber(ledger, idOrNumber.toUpperCase());
  if (found === undefined) throw failure('invoice_not_found', `It was ${idOrNumber}.`);
  return found.invoiceId;
}

export interface ShownCreditNote extends Pick<InvoiceDocument, 'account' | 'invoice' | 'party'> {
  readonly note: CreditNote;
}

/** @throws SolventError credit_note_not_found. */
export async function readShownCreditNote(
  ledger: Ledger,
  creditNoteId: string,
): Promise<ShownCreditNote> {
  const accountId = accountOfId(creditNoteId);
  if (accountId === undefined) throw failure('credit_note_not_found');
  const [found] = await ledger.run<{ invoiceId: string }>(
    `select invoice_id as "invoiceId" from credit_notes
     where account_id = $1 and credit_note_id = $2`,
    [uuidOf(accountId), creditNoteId],
  );
  if (found === undefined) throw failure('credit_note_not_found');
  const { invoiceId } = found;
  const { account, invoice, party, creditNotes } = await readInvoiceDocument(ledger, {
    accountId,
    invoiceId,
  });
  const note = creditNotes.find((one) => one.creditNoteId === creditNoteId);
  if (note === undefined) throw new Error(`${creditNoteId} is not on ${invoiceId}`);
  return { account, invoice, party, note };
}
