import type { AccountId } from '../domain/account.ts';
import { isAccountId } from '../domain/ids.ts';

/** Whose entries belong to the house itself, not to a customer: the nil UUID. */
export const houseId: AccountId = 'acct_00000000000000000000000000';

/*
 * TypeID's form of a UUID: its 128 bits in base32, 26 characters, of which the first has 3 bits.
 * Written out, since every row of every statement passes here: the package's takes 10 times as long.
 */
const alphabet = Array.from('0123456789abcdefghjkmnpqrstvwxyz');
const prefix = 'acct_';
const bitsOf = new Uint8Array(128);
for (const [bits, character] of alphabet.entries()) bitsOf[character.charCodeAt(0)] = bits;
const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const pairOf = alphabet.flatMap((first) => alphabet.map((second) => first + second));

/**
 * The UUID that tables hold. A text that is no account's id gives the house's, which has no row
 * among the accounts: so it is not found, as any unknown account.
 */
export function uuidOf(accountId: AccountId): string {
  writeUuid(accountId, written, 0);
  let uuid = '';
  for (const [at, byte] of written.entries()) {
    if (at === 4 || at === 6 || at === 8 || at === 10) uuid += '-';
    uuid += hexOf[byte] ?? '';
  }
  return uuid;
}

const written = new Uint8Array(16);

/** Writes the 16 bytes of {@link uuidOf}. */
export function writeUuid(accountId: AccountId, bytes: Uint8Array, offset: number): void {
  const id = isAccountId(accountId) ? accountId : houseId;
  let bits = bitsOf[id.charCodeAt(prefix.length)] ?? 0;
  let count = 3;
  let at = offset;
  for (let from = prefix.length + 1; from < id.length; from += 1) {
    bits = (bits << 5) | (bitsOf[id.charCodeAt(from)] ?? 0);
    count += 5;
    if (count < 8) continue;
    count -= 8;
    bytes[at] = bits >> count;
    at += 1;
    bits &= (1 << count) - 1;
  }
}

/** The inverse of {@link uuidOf}. */
export function accountIdOf(uuid: string): AccountId {
  const hex = uuid.replaceAll('-', '');
  // A byte is two characters; five more hex digits at a time are 20 bits, four characters.
  let id = prefix + (pairOf[parseInt(hex.slice(0, 2), 16)] ?? '');
  for (let from = 2; from < hex.length; from += 5) {
    const bits = parseInt(hex.slice(from, from + 5), 16);
    id += (pairOf[bits >> 10] ?? '') + (pairOf[bits & 0x3ff] ?? '');
  }
  return id;
}
