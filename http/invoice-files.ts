import { creditNotePdf } from '../documents/credit-note-pdf.ts';
import { invoiceCsv } from '../documents/invoice-csv.ts';
import { invoicePdf } from '../documents/invoice-pdf.ts';
import { creditNoteDocumentOf, invoiceDocumentOf } from '../domain/invoice-document.ts';
import { readShownCreditNote, readShownInvoice } from '../ledger/shown-invoices.ts';
import type { HttpDependencies } from './dependencies.ts';
import { pdfFile } from './receipt-file.ts';

type Dependencies = Pick<HttpDependencies, 'ledger' | 'settings'>;

/**
 * Answers with an invoice as PDF, made now; the same bytes each time (R41).
 * Throws invoice_not_found, invoice_document_not_available.
 */
export async function invoicePdfFile(
  invoiceId: string,
  { ledger, settings }: Dependencies,
): Promise<Response> {
  const document = invoiceDocumentOf(await readShownInvoice(ledger, invoiceId), settings.seller);
  return pdfFile(await invoicePdf(document), `invoice-${document.number}`);
}

/** The same with its lines as CSV. Throws invoice_not_found, invoice_document_not_available. */
export async function invoiceLinesFile(
  invoiceId: string,
  { ledger, settings }: Dependencies,
): Promise<Response> {
  const document = invoiceDocumentOf(await readShownInvoice(ledger, invoiceId), settings.seller);
  return new Response(invoiceCsv(document), {
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="invoice-${document.number}.csv"`,
      'cache-control': 'private, no-store',
    },
  });
}

/** A credit note as PDF. Throws credit_note_not_found. */
export async function creditNotePdfFile(
  creditNoteId: string,
  { ledger, settings }: Dependencies,
): Promise<Response> {
  const { note, ...facts } = await readShownCreditNote(ledger, creditNoteId);
  const document = creditNoteDocumentOf(note, facts, settings.seller);
  return pdfFile(await creditNotePdf(document), `credit-note-${document.number}`);
}
