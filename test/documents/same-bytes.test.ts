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
      "alphabets": "0eb001e4f3f05e3a29c2e55ff5f2b5eb0b29daea33347c7c0fa86ca5c9a2eb47",
      "creditNote": "18ffb6d5886a23062de8cd08027aebf7fda6afe7609fb0dd4fc1312ed68c872d",
      "csv": "ac12e1639053fc4886f56ca6c12ef714f3a502c69bf2ebd9aadb66b71e2951bb",
      "invoice": "144b1227e20fdc73917c9aad2d8d1257f5f1010ae3f27b5dce8f07e3ffaedcc9",
      "receipt": "5d510bbfd7b8eb3283fea6f21c05e6d4ad56fd3da0e804e2a9487f3d32c61382",
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
