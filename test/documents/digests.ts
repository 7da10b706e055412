import { createHash } from 'node:crypto';
import { creditNotePdf } from '../../documents/credit-note-pdf.ts';
import { invoiceCsv } from '../../documents/invoice-csv.ts';
import { invoicePdf } from '../../documents/invoice-pdf.ts';
import { receiptPdf } from '../../documents/receipt-pdf.ts';
import { creditNote, customer, invoice, namesOfManyAlphabets, receipt } from './samples.ts';

/** SHA-256 of each sample document, made anew. */
export async function digests(): Promise<Readonly<Record<string, string>>> {
  const addressLines = Object.values(namesOfManyAlphabets);
  return {
    invoice: digestOf(await invoicePdf(invoice())),
    receipt: digestOf(await receiptPdf(receipt())),
    creditNote: digestOf(await creditNotePdf(creditNote())),
    alphabets: digestOf(await receiptPdf(receipt({ customer: { ...customer, addressLines } }))),
    csv: digestOf(invoiceCsv(invoice())),
  };
}

function digestOf(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}
