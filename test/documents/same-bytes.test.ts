import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { invoicePdf } from '../../documents/invoice-pdf.ts';
import { digests } from './digests.ts';
import { metadataOf } from './extracted-text.ts';
import { invoice } from './samples.ts';

const program = join(import.meta.dirname, 'fixtures', 'print-digests.ts');

async function digestsOfAnotherProcess(): Promise<unknown> {
  const args = ['--import', 'tsx', program];
  // Neither time zone nor language of the machine may show.
  const env = { ...process.env, TZ: 'Pacific/Auckland', LANG: 'tr_TR.UTF-8' };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return JSON.parse(stdout);
}

it('R41 every document has the same bytes when made again, and in another process', async () => {
  const first = await digests();
  expect(await digests()).toEqual(first);
  expect(await digestsOfAnotherProcess()).toEqual(first);
});

it('R41 the bytes are those of the version before: a change of them is a decision', async () => {
  expect(await digests()).toMatchInlineSnapshot(`
    {
      "alphabets": "d27df41165c3855b0b6cc6743eb6a5002313f4f74f4a0b0746dc62e60cb7db3c",
      "creditNote": "b8986dbea5960960b68a88c43fcd27437f8e4c41f008e1ee19daba1afbaf9638",
      "csv": "ac12e1639053fc4886f56ca6c12ef714f3a502c69bf2ebd9aadb66b71e2951bb",
      "invoice": "bc46a081e23fc7af5b9ee5cea5b40eb87209b59169c90226686379da1af9245c",
      "receipt": "bdf3630511871d626acf4aa02f4e8d6381cb20a91d0388d002d66ca1f0d73208",
    }
  `);
});

it('R41 the file’s own dates are the document’s, and it names no machine', async () => {
  const pdf = await invoicePdf(invoice());
  expect(await metadataOf(pdf)).toMatchObject({
    Title: 'Invoice INV-000042 · Example Inference GmbH',
    Author: 'Example Inference GmbH',
    CreationDate: 'D:20261201001000Z',
    ModDate: 'D:20261201001000Z',
  });
  expect(Buffer.from(pdf).toString('latin1')).not.toMatch(/node_modules|\.woff2/);
});
