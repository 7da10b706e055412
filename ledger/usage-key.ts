import { createHash } from 'node:crypto';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ulid = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i;
const digits = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * What a usage event is known by (R66): 128 bits in the form of a UUID. An id that is a UUID or a
 * ULID is taken as it is, since ids that begin with their time are found and kept at a lower cost;
 * any other is hashed with its source. Never of the event's time: the same event with another time
 * must meet its first telling.
 */
export function usageKeyOf({
  source,
  id,
}: {
  readonly source: string;
  readonly id: string;
}): string {
  if (uuid.test(id)) return id.toLowerCase();
  return ulid.test(id) ? uuidOfHex(hexOfUlid(id)) : hashedKey(source, id);
}

/** The key of what is settled by a hold's name, which may be a UUID that an event has, too. */
export function usageKeyOfHold(holdId: string): string {
  return hashedKey('\nhold', holdId); // No event's source begins with a line's end.
}

function hashedKey(source: string, id: string): string {
  const digest = createHash('sha256').update(`${source}\n${id}`).digest('hex');
  return uuidOfHex(digest.slice(0, 32));
}

function uuidOfHex(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function hexOfUlid(id: string): string {
  let value = 0n;
  for (const digit of id.toLowerCase()) value = value * 32n + BigInt(digits.indexOf(digit));
  return value.toString(16).padStart(32, '0');
}
