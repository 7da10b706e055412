import { createHmac } from 'node:crypto';

/**
 * Signs a message as the Standard Webhooks specification 1.0.0 says: HMAC-SHA256 of
 * `id.timestamp.body`, in base64, one signature for each secret (`whsec_` and base64), the current
 * one first. Receivers take a message that any of them fits, so that secrets can be rotated.
 */
export function webhookSignature(
  { messageId, timestampSeconds, body }: SignedMessage,
  secrets: readonly string[],
): string {
  const content = `${messageId}.${timestampSeconds}.${body}`;
  return secrets
    .map((secret) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
    .map((key) => `v1,${createHmac('sha256', key).update(content).digest('base64')}`)
    .join(' ');
}

export interface SignedMessage {
  readonly messageId: string;
  /** Of the attempt, not of the fact: receivers refuse what is five minutes old. */
  readonly timestampSeconds: number;
  readonly body: string;
}
