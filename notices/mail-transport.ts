import { createTransport } from 'nodemailer';

/** One mail, ready to be handed over. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The notice's id. It becomes the Message-ID, so that a repeat is recognised as the same mail. */
  readonly messageId: string;
}

export interface Mailer {
  /**
   * Hands one mail to the mail server and returns once the server has taken it.
   * @throws MailRefusedError where the server refuses this mail for good.
   * @throws MailNotHandedOverError for all else: trying again may help.
   */
  send(mail: Mail): Promise<void>;
  /** Closes the connections that are kept open between mails. */
  close(): void;
}

/** The server refuses this mail for good (a reply of 5xx to its address or content). */
export class MailRefusedError extends Error {
  override readonly name = 'MailRefusedError';
}

/** The server did not take the mail now: not reached, busy, or our login is wrong. */
export class MailNotHandedOverError extends Error {
  override readonly name = 'MailNotHandedOverError';
}

/** A server that does not answer must not hold the caller longer than this. */
const answerTimeoutMs = 15_000;

/**
 * Opens the way to a mail server.
 * @param options.smtpUrl `smtp://host:port` or `smtps://user:password@host:port`
 * @param options.from the sender, `billing@example.com` or `Name <billing@example.com>`
 */
export function createMailer({ smtpUrl, from }: { smtpUrl: string; from: string }): Mailer {
  const transport = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: 2,
    connectionTimeout: answerTimeoutMs,
    greetingTimeout: answerTimeoutMs,
    socketTimeout: answerTimeoutMs,
    // Our mails carry their content; nothing is ever fetched on behalf of a template.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ messageId, ...mail }) {
      try {
        await transport.sendMail({ from, messageId: messageIdOf(messageId, from), ...mail });
      } catch (error) {
        throw reactionTo(error);
      }
    },
    close() {
      transport.close();
    },
  };
}

/** `<notice id>@<sender's domain>`: the same notice has the same id however often it is sent. */
export function messageIdOf(noticeId: string, from: string): string {
  const domain = /@([\w.-]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
  // RFC 5322 allows these characters as they stand; any other is written as its code.
  const local = noticeId.replace(
    /[^\w.-]/gu,
    (character) => `=${(character.codePointAt(0) ?? 0).toString(16)}=`,
  );
  return `<${local}@${domain}>`;
}

/**
 * The error the caller can act on. The mail server's own words are left out: they repeat the
 * recipient's address, and what is thrown here is kept in workflow histories.
 */
function reactionTo(error: unknown): Error {
  const { code, command, responseCode } = error as {
    code?: string;
    command?: string;
    responseCode?: number;
  };
  const asksAboutMail = command === 'RCPT TO' || command === 'DATA';
  if (responseCode !== undefined && responseCode >= 500 && asksAboutMail) {
    return new MailRefusedError(`the mail server refuses this mail (${command}: ${responseCode})`);
  }
  const details = [code, command, responseCode].filter((part) => part !== undefined).join(' ');
  return new MailNotHandedOverError(`the mail server did not take the mail: ${details}`);
}
