import { lookup } from 'node:dns/promises';
import { expect, it, onTestFinished } from 'vitest';
import { createWebhookSender } from '../../notices/webhook-sender.ts';
import { webhookSignature } from '../../notices/webhook-signature.ts';
import { isSignedWith, startReceiver, type Receiver } from '../support/webhook-receiver.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

async function receiving(): Promise<Receiver> {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  return receiver;
}

function send(url: string, options: { loopbackAllowed: boolean; timeoutMs?: number }) {
  const body = '{"version":1,"type":"ping","data":{}}';
  return createWebhookSender(options).send({ url, secrets: [secret], messageId: 'msg_1', body });
}

it('R63 a signature is what the reference library of Standard Webhooks makes', () => {
  const message = {
    messageId: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestampSeconds: 1_614_265_330,
    body: '{"test": 2432232314}',
  };
  const expected = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
  expect(webhookSignature(message, [secret])).toBe(expected);
  const both = webhookSignature(message, ['whsec_AAAA', secret]).split(' ');
  expect(both).toEqual([expect.stringMatching(/^v1,[\w+/]{43}=$/), expected]);
});

it('R63 a request is signed at the time of its attempt', async () => {
  const receiver = await receiving();
  const beganMs = Date.now();
  const sent = await send(receiver.url, { loopbackAllowed: true });
  expect(sent).toMatchObject({ status: 200, error: null, answer: null });
  const [request] = receiver.requests;
  if (request === undefined) throw new Error('not sent');
  expect(isSignedWith(secret, request)).toBe(true);
  expect(request.headers['content-type']).toBe('application/json');
  // In whole seconds.
  const signedAtMs = Number(request.headers['webhook-timestamp']) * 1_000;
  expect(signedAtMs).toBeGreaterThan(beganMs - 1_000);
  expect(signedAtMs).toBeLessThanOrEqual(Date.now());
});

it('R63 in live mode this machine is not called, by address or by name', async () => {
  const receiver = await receiving();
  const port = new URL(receiver.url).port;
  for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', 'localhost']) {
    for (const scheme of ['http', 'https']) {
      const sent = await send(`${scheme}://${host}:${port}/`, { loopbackAllowed: false });
      expect([host, sent.status, sent.error]).toEqual([host, null, 'address_not_allowed']);
    }
  }
  expect(receiver.requests).toEqual([]);
});

it('R63 in test mode this machine is called by name, other private addresses are not', async () => {
  const receiver = await receiving();
  const { family } = await lookup('localhost', { family: 4 });
  expect(family).toBe(4);
  const byName = receiver.url.replace('127.0.0.1', 'localhost');
  expect(await send(byName, { loopbackAllowed: true })).toMatchObject({ status: 200 });
  const elsewhere = await send('https://10.255.255.1/', { loopbackAllowed: true });
  expect(elsewhere.error).toBe('address_not_allowed');
  const unencrypted = await send('http://93.184.215.14/', { loopbackAllowed: true });
  expect(unencrypted.error).toBe('address_not_allowed');
});

it('R63 an endpoint that does not answer in time has failed', async () => {
  const receiver = await receiving();
  receiver.answerWith({ status: 200, delayMs: 600_000 });
  const sent = await send(receiver.url, { loopbackAllowed: true, timeoutMs: 300 });
  expect(sent).toMatchObject({ status: null, error: 'timeout', answer: null });
});

it('R63 a name that is not there, and a port where nobody listens, are words in the log', async () => {
  const nobody = await send('http://127.0.0.1:1/', { loopbackAllowed: true });
  expect(nobody).toMatchObject({ status: null, error: 'ECONNREFUSED' });
  const unknown = await send('https://nonesuch.invalid/', { loopbackAllowed: true });
  expect(unknown.error).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
});

it('R63 Retry-After is understood in seconds and as a date', async () => {
  const receiver = await receiving();
  const beganMs = Date.now();
  const inAnHour = new Date(beganMs + 3_600_000).toUTCString();
  receiver.answerWith(
    { status: 429, headers: { 'retry-after': '120' } },
    { status: 503, headers: { 'retry-after': inAnHour } },
    { status: 503, headers: { 'retry-after': 'soon' } },
  );
  const next = async () => (await send(receiver.url, { loopbackAllowed: true })).retryAfterMs;
  expect(await next()).toBe(120_000);
  const untilThenMs = (await next()) ?? 0;
  expect(untilThenMs).toBeLessThanOrEqual(3_600_000);
  expect(untilThenMs).toBeGreaterThan(3_599_000 - (Date.now() - beganMs));
  expect(await next()).toBeNull();
});
