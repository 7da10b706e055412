import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A customer's server, on loopback. */
export interface Receiver {
  readonly url: string;
  readonly requests: readonly ReceivedWebhook[];
  /** The next answers, one for each request; then 200 again. */
  answerWith(...answers: PlannedAnswer[]): void;
  close(): Promise<void>;
}

export interface ReceivedWebhook {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawBody: string;
  readonly body: { version: number; type: string; timestamp: string; data: Data };
}

type Data = Readonly<Record<string, unknown>>;

export interface PlannedAnswer {
  /** 0: the connection is dropped. */
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** It answers after this. */
  readonly delayMs?: number;
}

export async function startReceiver(): Promise<Receiver> {
  const requests: ReceivedWebhook[] = [];
  const planned: PlannedAnswer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { headers } = request;
      const rawBody = Buffer.concat(chunks).toString('utf8');
      const body = JSON.parse(rawBody) as ReceivedWebhook['body'];
      const id = String(headers['webhook-id']);
      requests.push({ id, headers, rawBody, body });
      const {
        status,
        headers: extra,
        body: text,
        delayMs = 0,
      } = planned.shift() ?? { status: 200 };
      setTimeout(() => {
        if (status === 0) request.socket.destroy();
        else response.writeHead(status, extra).end(text);
      }, delayMs).unref();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    requests,
    answerWith(...answers) {
      planned.push(...answers);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/**
 * Whether a request carries a signature of this secret, worked out from the specification's text
 * alone: HMAC-SHA256 over `id.timestamp.body` with the base64 key behind `whsec_`.
 */
export function isSignedWith(secret: string, { headers, rawBody }: ReceivedWebhook): boolean {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const content = [headers['webhook-id'], headers['webhook-timestamp'], rawBody].join('.');
  const expected = createHmac('sha256', key).update(content).digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .filter((signature) => signature.startsWith('v1,'))
    .map((signature) => Buffer.from(signature.slice('v1,'.length), 'base64'))
    .some((found) => found.length === expected.length && timingSafeEqual(found, expected));
}
