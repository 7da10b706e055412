import { lookup, type LookupAddress } from 'node:dns';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { addressKind } from '../domain/network-addresses.ts';
import { isSuccess, mayConnectTo, type WebhookAnswer } from '../domain/webhook-endpoint.ts';
import { webhookSignature } from './webhook-signature.ts';

export interface WebhookSender {
  /** Makes one attempt. Never throws: whatever goes wrong is the attempt's answer. */
  send(message: OutgoingWebhook): Promise<SentWebhook>;
}

export interface OutgoingWebhook {
  readonly url: string;
  /** Of the endpoint, the current one first. */
  readonly secrets: readonly string[];
  readonly messageId: string;
  readonly body: string;
}

export interface SentWebhook extends WebhookAnswer {
  readonly durationMs: number;
  /** The begin of the answer's body; null where none came. */
  readonly answer: string | null;
}

export interface WebhookSenderOptions {
  /** True in test mode: this machine may be called, also without TLS. */
  readonly loopbackAllowed: boolean;
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 15_000;
/** What is kept of an answer: enough to find a mistake by. */
const mostAnswerCharacters = 200;
/** Characters have up to four bytes. */
const mostAnswerBytes = 4 * mostAnswerCharacters;
/** The status is the answer; its body is not waited for any longer. */
const bodyWaitMs = 2_000;

export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  return {
    async send(message) {
      const startedMs = performance.now();
      const answer = await attempt(message, options).catch(failed);
      return { ...answer, durationMs: Math.round(performance.now() - startedMs) };
    },
  };
}

type Answer = Omit<SentWebhook, 'durationMs'>;

async function attempt(message: OutgoingWebhook, options: WebhookSenderOptions): Promise<Answer> {
  const response = await post(message, options);
  const status = response.statusCode ?? 0;
  const answer = await beginOf(response);
  const error = isSuccess({ status }) ? null : `http_${status}`;
  return { status, error, answer, retryAfterMs: retryAfterMsOf(response) };
}

/** Redirects are answers like any other: Node's client does not follow them. */
function post(
  { url, secrets, messageId, body }: OutgoingWebhook,
  { loopbackAllowed, timeoutMs = defaultTimeoutMs }: WebhookSenderOptions,
): Promise<IncomingMessage> {
  const target = new URL(url);
  const { protocol } = target;
  const rule = { protocol, loopbackAllowed };
  assertReachable(target.hostname.replace(/^\[|\]$/g, ''), rule);
  const timestampSeconds = Math.floor(Date.now() / 1_000);
  const signature = webhookSignature({ messageId, timestampSeconds, body }, secrets);
  const request = protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    request(
      target,
      {
        method: 'POST',
        // A connection of its own: none is kept open to a server that customers name.
        agent: false,
        lookup: guardedLookup(rule),
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'Solvent-Webhooks/1',
          'webhook-id': messageId,
          'webhook-timestamp': String(timestampSeconds),
          'webhook-signature': signature,
        },
      },
      resolve,
    )
      .on('error', reject)
      .end(body);
  });
}

class AddressNotAllowedError extends Error {
  readonly code = 'address_not_allowed';
}

type Rule = Parameters<typeof mayConnectTo>[1];

function assertReachable(host: string, rule: Rule): void {
  if (isIP(host) !== 0 && !mayConnectTo(addressKind(host), rule))
    throw new AddressNotAllowedError();
}

/**
 * Looks a name up and lets the connection be made only to what was looked up and is allowed, so
 * that a name which later leads into our own network leads nowhere.
 */
function guardedLookup(rule: Rule): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const addresses: LookupAddress[] = error === null ? found : [];
      const [first] = addresses;
      const allowed = addresses.every(({ address }) => mayConnectTo(addressKind(address), rule));
      if (error !== null || first === undefined) callback(error, []);
      else if (!allowed) callback(new AddressNotAllowedError(), []);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** The first characters of an answer's body; the rest is not read. */
async function beginOf(response: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const impatience = setTimeout(() => response.destroy(), bodyWaitMs);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= mostAnswerBytes) break;
    }
  } catch {
    // It broke off; what came is all there is.
  } finally {
    clearTimeout(impatience);
    response.destroy();
  }
  // PostgreSQL's text has no zero character; others would spoil an operator's terminal.
  const text = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\p{Cc}+/gu, ' ');
  return text === '' ? null : Array.from(text).slice(0, mostAnswerCharacters).join('');
}

/** Seconds or a date (RFC 9110); null where there is none. */
function retryAfterMsOf({ headers }: IncomingMessage): number | null {
  const value = headers['retry-after'];
  if (value === undefined) return null;
  const waitMs = /^\d{1,6}$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(waitMs) && waitMs > 0 ? waitMs : null;
}

/** A word for the log; never the message, which holds addresses. */
function failed(error: unknown): Answer {
  const { code, name } = error as { code?: unknown; name?: unknown };
  const isTimeout = code === 'ABORT_ERR' || name === 'AbortError' || name === 'TimeoutError';
  const word = typeof code === 'string' && /^\w{1,100}$/.test(code) ? code : 'request_failed';
  return { status: null, error: isTimeout ? 'timeout' : word, answer: null, retryAfterMs: null };
}
