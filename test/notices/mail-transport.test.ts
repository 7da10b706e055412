import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { afterEach, expect, it } from 'vitest';
import {
  createMailer,
  MailNotHandedOverError,
  MailRefusedError,
  messageIdOf,
  type Mailer,
} from '../../notices/mail-transport.ts';
import { renderNotice } from '../../notices/templates.ts';
import { sampleContext, sampleNotices } from './sample-notices.ts';

const from = 'Solvent <billing@solvent.example>';
const mail = {
  to: 'ada@example.com',
  messageId: 'ntc_1',
  ...renderNotice(sampleNotices.purchase_succeeded, sampleContext),
};

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

/** A mail server that keeps what it takes; `refuse` answers a recipient with a reply code. */
async function startMailServer(refuse?: { responseCode: number }) {
  const received: Email[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    authOptional: true,
    onRcptTo({ address }, _session, callback) {
      const refusal = new Error(`${address} is not here`) as Error & { responseCode: number };
      if (refuse === undefined) callback();
      else callback(Object.assign(refusal, refuse));
    },
    onData(stream, _session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        void PostalMime.parse(Buffer.concat(chunks)).then((email) => {
          received.push(email);
          callback();
        });
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.server.address() as AddressInfo;
  opened.push(() => {
    server.close();
  });
  return { received, smtpUrl: `smtp://127.0.0.1:${port}` };
}

function openMailer(smtpUrl: string): Mailer {
  const mailer = createMailer({ smtpUrl, from });
  opened.unshift(() => {
    mailer.close();
  });
  return mailer;
}

it('R61 a receipt arrives whole, in text and HTML, from the sender to the customer', async () => {
  const { received, smtpUrl } = await startMailServer();
  await openMailer(smtpUrl).send(mail);
  const [email] = received;
  expect(email?.from).toEqual({ name: 'Solvent', address: 'billing@solvent.example' });
  expect(email?.to).toMatchObject([{ address: 'ada@example.com' }]);
  expect(email?.subject).toBe(mail.subject);
  expect(email?.text?.trim()).toBe(mail.text.trim());
  expect(email?.html?.trim()).toBe(mail.html.trim());
});

it('R62 a notice sent twice carries the same Message-ID', async () => {
  const { received, smtpUrl } = await startMailServer();
  const mailer = openMailer(smtpUrl);
  await mailer.send(mail);
  await mailer.send(mail);
  await mailer.send({ ...mail, messageId: 'ntc_2' });
  expect(received.map(({ messageId }) => messageId)).toEqual([
    '<ntc_1@solvent.example>',
    '<ntc_1@solvent.example>',
    '<ntc_2@solvent.example>',
  ]);
});

it.each([
  ['ntc_1', 'billing@solvent.example', '<ntc_1@solvent.example>'],
  ['acct/1:2', 'Solvent <billing@a.example>', '<acct=2f=1=3a=2@a.example>'],
  ['a>\r\nBcc: x', 'billing@a.example', '<a=3e==d==a=Bcc=3a==20=x@a.example>'],
])('a Message-ID of %j is one safe word', (noticeId, sender, messageId) => {
  expect(messageIdOf(noticeId, sender)).toBe(messageId);
});

it('a line end in a subject makes no new header', async () => {
  const { received, smtpUrl } = await startMailServer();
  await openMailer(smtpUrl).send({ ...mail, subject: 'Hello\r\nBcc: eve@example.com' });
  expect(received[0]?.bcc ?? []).toEqual([]);
  expect(received[0]?.subject).toContain('Hello');
});

it.each([
  { responseCode: 550, kind: MailRefusedError, meaning: 'is final' },
  { responseCode: 450, kind: MailNotHandedOverError, meaning: 'is worth another try' },
])('a reply of $responseCode $meaning; the address is not told', async ({ responseCode, kind }) => {
  const { smtpUrl } = await startMailServer({ responseCode });
  const error = await openMailer(smtpUrl)
    .send(mail)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(kind);
  expect(String((error as Error).stack)).not.toContain('ada@');
  expect((error as Error).cause).toBeUndefined();
  expect((error as Error).message).toContain(String(responseCode));
});

it('a mail server that is not there is worth another try', async () => {
  const { smtpUrl } = await startMailServer();
  for (const close of opened.splice(0)) close();
  const sent = openMailer(smtpUrl).send(mail);
  await expect(sent).rejects.toBeInstanceOf(MailNotHandedOverError);
  await expect(sent).rejects.toThrow('ESOCKET CONN');
});
