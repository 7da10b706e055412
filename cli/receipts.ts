import type { Command } from 'commander';
import { failure } from '../domain/failures.ts';
import { accountOfId } from '../domain/ids.ts';
import { receiptDocumentOf } from '../domain/receipt-document.ts';
import { readReceiptFacts } from '../ledger/receipts.ts';
import { accountId, purchaseId } from './arguments.ts';
import { writeOutputFile } from './output-file.ts';
import type { Session } from './session.ts';

export function addReceiptVerb(receipts: Command, session: Session): void {
  receipts
    .argument('<account>', 'account id', accountId)
    .argument('<purchase>', 'purchase id', purchaseId)
    .requiredOption('-o, --output <file>', 'where to; a file that is there is replaced')
    .action((account: string, id: string, { output }: { output: string }) =>
      writeReceipt(account, id, output, session),
    );
}

/** Throws purchase_not_found, receipt_not_available. */
async function writeReceipt(
  account: string,
  id: string,
  output: string,
  session: Session,
): Promise<void> {
  const facts =
    accountOfId(id) === account
      ? await readReceiptFacts(await session.ledger(), { purchaseId: id })
      : undefined;
  if (facts === undefined) throw failure('purchase_not_found', `It was ${id}.`);
  const settings = await session.settings();
  const receipt = receiptDocumentOf(facts, settings.seller());
  // Fonts take a moment to load; other verbs need none.
  const { receiptPdf } = await import('../documents/receipt-pdf.ts');
  const bytes = await receiptPdf(receipt);
  await writeOutputFile(output, bytes, session);
  const { number } = receipt;
  session.print({ number, file: output, bytes: bytes.length }, () => {
    return `receipt ${number} is in ${output}`;
  });
}
