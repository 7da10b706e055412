import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';
import { SMTPServer } from 'smtp-server';
import { MailList, OneMail } from './mailbox-pages.tsx';
import { MailboxStore } from './mailbox-store.ts';

export interface Mailbox {
  smtpUrl: string;
  webUrl: string;
  close(): Promise<void>;
}

const largestMailBytes = 10_000_000;

/** Takes every mail sent to it, shows it at `/`, and lists it as JSON at `/api/mails`. */
export async function startMailbox(options: {
  folder: string;
  smtpPort?: number;
  webPort?: number;
}): Promise<Mailbox> {
  const store = await MailboxStore.open(options.folder);
  const smtp = await listenForMail(store, options.smtpPort ?? 0);
  const web = await new Promise<ServerType>((resolve, reject) => {
    const server = serve(
      { fetch: pages(store).fetch, hostname: '127.0.0.1', port: options.webPort ?? 0 },
      () => {
        resolve(server);
      },
    );
    server.once('error', reject);
  });
  return {
    smtpUrl: `smtp://127.0.0.1:${portOf(smtp.server)}`,
    webUrl: `http://127.0.0.1:${portOf(web)}`,
    close: async () => {
      web.close();
      await new Promise<void>((resolve) => {
        smtp.close(() => {
          resolve();
        });
      });
    },
  };
}

async function listenForMail(store: MailboxStore, port: number): Promise<SMTPServer> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: largestMailBytes,
    onData: (stream, _session, answer) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.once('error', answer);
      stream.once('end', () => {
        if (stream.sizeExceeded) {
          answer(new Error(`larger than ${largestMailBytes / 1e6} MB`));
          return;
        }
        store.add(Buffer.concat(chunks), Date.now()).then(() => {
          answer();
        }, answer);
      });
    },
  });
  server.on('error', (error) => {
    console.error(error.message);
  });
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  return server;
}

function pages(store: MailboxStore): Hono {
  const app = new Hono();
  app.get('/', (context) => context.html(MailList({ mails: store.list() })));
  app.get('/mails/:id', (context) => {
    const mail = store.find(context.req.param('id'));
    return mail === undefined ? context.notFound() : context.html(OneMail({ mail }));
  });
  app.get('/mails/:id/raw', (context) => {
    const raw = store.raw(context.req.param('id'));
    return raw === undefined ? context.notFound() : context.text(raw.toString('utf8'));
  });
  app.get('/api/mails', (context) =>
    context.json({ mails: store.list(context.req.query('to') || undefined) }),
  );
  app.get('/api/mails/:id', (context) => {
    const mail = store.find(context.req.param('id'));
    return mail === undefined ? context.notFound() : context.json(mail);
  });
  return app;
}

function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address.port;
}
