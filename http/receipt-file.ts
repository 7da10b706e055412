import { receiptPdf } from '../documents/receipt-pdf.ts';
import { failure } from '../domain/failures.ts';
import { receiptDocumentOf } from '../domain/receipt-document.ts';
import { readReceiptFacts } from '../ledger/receipts.ts';
import type { HttpDependencies } from './dependencies.ts';

/**
 * Answers with a purchase's receipt, made now. Saved rather than shown: a viewer within the page would
 * need more than the pages' content policy allows.
 * Throws purchase_not_found, receipt_not_available.
 */
export async function receiptFile(
  purchaseId: string,
  { ledger, settings }: Pick<HttpDependencies, 'ledger' | 'settings'>,
): Promise<Response> {
  const facts = await readReceiptFacts(ledger, { purchaseId });
  if (facts === undefined) throw failure('purchase_not_found');
  const receipt = receiptDocumentOf(facts, settings.seller);
  return pdfFile(await receiptPdf(receipt), `receipt-${receipt.number}`);
}

/** `name` is of letters, digits and "-", without the ending. */
export function pdfFile(bytes: Uint8Array, name: string): Response {
  return new Response(new Uint8Array(bytes), {
    headers: {
      'content-type': 'application/pdf',
      'content-disposition': `attachment; filename="${name}.pdf"`,
      'cache-control': 'private, no-store',
    },
  });
}
