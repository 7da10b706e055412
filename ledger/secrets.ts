import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits in hex, so that they can stand in a header or an address as they are. */
export function newSecret(prefix: string): string {
  return `${prefix}${randomBytes(32).toString('hex')}`;
}

/** What is kept of a secret. It has too many bits to be guessed: no slow hash is needed. */
export function hashOfSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
