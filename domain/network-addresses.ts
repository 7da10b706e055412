/**
 * Which network addresses the public internet has. Requests to addresses that customers name must
 * reach nothing else: not this machine, not the network it stands in, not a cloud's metadata.
 */
export type AddressKind = 'public' | 'loopback' | 'private';

/** Ranges that are not the public internet (IANA, special-purpose address registries). */
const specialV4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...['172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
].map(rangeOf);

/** All of IPv6 that is assigned for the internet; the rest is local, multicast or reserved. */
const globalV6 = rangeOf('2000::/3');
/** Of that: documentation, benchmarks, and addresses that carry an IPv4 address we do not see. */
const specialV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'].map(rangeOf);
const mappedV4 = rangeOf('::ffff:0:0/96');
const translatedV4 = rangeOf('64:ff9b::/96');

/** What an IP address in its usual text is; undefined where it is none. */
export function addressKind(text: string): AddressKind | undefined {
  const address = parseAddress(text);
  if (address === undefined) return undefined;
  if (address.bits === 32) return kindOfV4(address.value);
  const { value } = address;
  if (value === 1n) return 'loopback';
  // These reach an IPv4 address, so that one counts.
  if (isWithin(value, mappedV4) || isWithin(value, translatedV4))
    return kindOfV4(value & 0xffffffffn);
  const isPublic = isWithin(value, globalV6) && !specialV6.some((range) => isWithin(value, range));
  return isPublic ? 'public' : 'private';
}

function kindOfV4(value: bigint): AddressKind {
  if (value >> 24n === 127n) return 'loopback';
  return specialV4.some((range) => isWithin(value, range)) ? 'private' : 'public';
}

interface Range {
  readonly prefix: bigint;
  /** Bits behind the prefix. */
  readonly free: bigint;
}

function rangeOf(text: string): Range {
  const [address = '', length = ''] = text.split('/');
  const parsed = parseAddress(address);
  if (parsed === undefined) throw new RangeError(`not a range of addresses: ${text}`);
  const free = BigInt(parsed.bits - Number(length));
  return { prefix: parsed.value >> free, free };
}

function isWithin(value: bigint, { prefix, free }: Range): boolean {
  return value >> free === prefix;
}

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

function parseAddress(text: string): Address | undefined {
  if (!text.includes(':')) {
    const value = parseV4(text);
    return value === undefined ? undefined : { bits: 32, value };
  }
  const value = parseV6(text);
  return value === undefined ? undefined : { bits: 128, value };
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseV6(text: string): bigint | undefined {
  const halves = withoutV4Tail(text)?.split('::') ?? [];
  if (halves.length === 0 || halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

/** "::ffff:1.2.3.4" with its last four bytes written as the other groups are. */
function withoutV4Tail(text: string): string | undefined {
  const at = text.lastIndexOf(':') + 1;
  const tail = text.slice(at);
  if (!tail.includes('.')) return text;
  const value = parseV4(tail);
  if (value === undefined) return undefined;
  return `${text.slice(0, at)}${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}
