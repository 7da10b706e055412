import { createHmac } from 'node:crypto';

/** The Stripe-Signature header: the time in seconds and an HMAC over time and body. */
export function signatureHeader(payload: string, secret: string, timeSeconds: number): string {
  const signed = createHmac('sha256', secret).update(`${timeSeconds}.${payload}`).digest('hex');
  return `t=${timeSeconds},v1=${signed}`;
}
