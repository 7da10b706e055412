import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import PostalMime, { type Email } from 'postal-mime';

export interface StoredMail {
  id: string;
  receivedAt: string;
  from: string;
  to: string[];
  subject: string;
  text: string;
  html: string | null;
  attachments: { fileName: string; contentType: string; bytes: number }[];
}

const extension = '.eml';

/**
 * Mails as files, one each, so that they are there after a restart and can be opened by any mail
 * program. Only the newest are kept. The id is the time of arrival, hence sorting by name.
 */
export class MailboxStore {
  readonly #folder: string;
  readonly #most: number;
  /** Oldest first. */
  readonly #mails: StoredMail[] = [];
  #lastId = 0;

  private constructor(folder: string, most: number) {
    this.#folder = folder;
    this.#most = most;
  }

  static async open(folder: string, most = 2_000): Promise<MailboxStore> {
    mkdirSync(folder, { recursive: true });
    const store = new MailboxStore(folder, most);
    const names = readdirSync(folder).filter((name) => name.endsWith(extension));
    for (const name of names.sort()) {
      const id = name.slice(0, -extension.length);
      store.#mails.push(await parse(id, readFileSync(join(folder, name))));
      store.#lastId = Number(id);
    }
    return store;
  }

  /** On the disk when it returns, so the sender may be told it was taken. */
  async add(raw: Buffer, receivedAtMs: number): Promise<StoredMail> {
    this.#lastId = Math.max(receivedAtMs, this.#lastId + 1);
    const id = String(this.#lastId);
    const mail = await parse(id, raw);
    const half = join(this.#folder, `${id}.part`);
    writeFileSync(half, raw, { mode: 0o600, flush: true });
    renameSync(half, this.#path(id));
    this.#mails.push(mail);
    while (this.#mails.length > this.#most) this.#forgetOldest();
    return mail;
  }

  /** Newest first; with `to`, only what was sent to that address. */
  list(to?: string): StoredMail[] {
    const wanted = to?.toLowerCase();
    return this.#mails
      .filter((mail) => wanted === undefined || mail.to.some((one) => one.toLowerCase() === wanted))
      .reverse();
  }

  find(id: string): StoredMail | undefined {
    return this.#mails.find((mail) => mail.id === id);
  }

  raw(id: string): Buffer | undefined {
    return this.find(id) === undefined ? undefined : readFileSync(this.#path(id));
  }

  #forgetOldest(): void {
    const oldest = this.#mails.shift();
    if (oldest !== undefined) rmSync(this.#path(oldest.id), { force: true });
  }

  #path(id: string): string {
    return join(this.#folder, id + extension);
  }
}

async function parse(id: string, raw: Buffer): Promise<StoredMail> {
  const mail: Email = await PostalMime.parse(raw);
  return {
    id,
    receivedAt: new Date(Number(id)).toISOString(),
    from: mail.from?.address ?? '',
    to: (mail.to ?? []).map(({ address }) => address ?? '').filter((address) => address !== ''),
    subject: mail.subject ?? '(no subject)',
    text: mail.text ?? '',
    html: mail.html ?? null,
    attachments: mail.attachments.map(({ filename, mimeType, content }) => ({
      fileName: filename ?? 'unnamed',
      contentType: mimeType,
      bytes: typeof content === 'string' ? content.length : content.byteLength,
    })),
  };
}
