import { createTransport } from 'nodemailer';
import { describe, expect, it } from 'vitest';
import { startMailbox, type Mailbox } from '../../local/mailbox-server.ts';
import type { StoredMail } from '../../local/mailbox-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function send(mailbox: Mailbox, to: string, subject: string, html?: string): Promise<void> {
  await createTransport(mailbox.smtpUrl).sendMail({
    from: 'Solvent <billing@solvent.localhost>',
    to,
    subject,
    text: `text of ${subject}`,
    ...(html === undefined ? {} : { html }),
  });
}

async function mails(mailbox: Mailbox, query = ''): Promise<StoredMail[]> {
  const response = await fetch(`${mailbox.webUrl}/api/mails${query}`);
  return ((await response.json()) as { mails: StoredMail[] }).mails;
}

describe('the mailbox', () => {
  it('a mail is listed as soon as its sender is told it was taken, newest first', async () => {
    const mailbox = await startMailbox({ folder: temporaryFolder() });
    await send(mailbox, 'ada@example.com', 'Receipt R-1');
    await send(mailbox, 'bob@example.com', 'Überweisung – 25 €');
    expect((await mails(mailbox)).map(({ subject }) => subject)).toEqual([
      'Überweisung – 25 €',
      'Receipt R-1',
    ]);
    expect(await mails(mailbox, '?to=Ada@example.com')).toMatchObject([
      { to: ['ada@example.com'], from: 'billing@solvent.localhost', text: 'text of Receipt R-1\n' },
    ]);
    await mailbox.close();
  });

  it('mails are there after a restart, and later ones come after them', async () => {
    const folder = temporaryFolder();
    const first = await startMailbox({ folder });
    await send(first, 'ada@example.com', 'before');
    await first.close();
    const second = await startMailbox({ folder });
    await send(second, 'ada@example.com', 'after');
    expect((await mails(second)).map(({ subject }) => subject)).toEqual(['after', 'before']);
    await second.close();
  });

  it('a mail cannot run scripts in the page that shows it, nor break out of its frame', async () => {
    const mailbox = await startMailbox({ folder: temporaryFolder() });
    await send(mailbox, 'ada@example.com', '<img src=x>', '<p>"></iframe><script>1</script></p>');
    const [mail] = await mails(mailbox);
    const page = await (await fetch(`${mailbox.webUrl}/mails/${mail?.id ?? ''}`)).text();
    const list = await (await fetch(mailbox.webUrl)).text();
    expect(page + list).not.toContain('<script>');
    expect(page + list).not.toContain('<img');
    expect(page).toMatch(/<iframe[^>]* sandbox="allow-popups allow-popups-to-escape-sandbox"/);
    await mailbox.close();
  });
});
