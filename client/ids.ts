import { createHash } from 'node:crypto';
import { TypeID } from 'typeid-js';
import type { AccountId } from '../domain/account.ts';

/**
 * Ids derived from the caller's idempotency key: the same key names the same account, purchase or
 * set-up for ever, so a repeat cannot act twice.
 */

/** The account that a key creates. Callers with keys of their own never meet: `scope` parts them. */
export function accountIdFor(idempotencyKey: string, scope: string): AccountId {
  const bytes = digest(`account\0${scope}\0${idempotencyKey}`).subarray(0, 16);
  // A UUID of version 8 (RFC 9562): bits of our own choosing, here those of a hash.
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return TypeID.fromUUIDBytes('acct', bytes).toString();
}

/** The 16 hex digits by which a key names a purchase or a set-up of an account. */
export function keyDigest(idempotencyKey: string): string {
  return digest(`key\0${idempotencyKey}`).toString('hex').slice(0, 16);
}

/** Hash of what was asked, to tell a repeat from other input under the same key (B19). */
export function requestHash(request: Readonly<Record<string, string | number | boolean | null>>) {
  const members = Object.entries(request).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return digest(JSON.stringify(members)).toString('hex').slice(0, 32);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
