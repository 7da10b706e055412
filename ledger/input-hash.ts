import { hash } from 'node:crypto';

export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/**
 * SHA-256 of what a caller asked, to tell a repeat from another request under the same key (B19).
 * Never of `now` or the policy: a repeat next month is still a repeat.
 */
export function hashOfInput(input: Json): Buffer {
  const text = canonicalJson(input);
  if (text !== latest.text) latest = { text, digest: hash('sha256', text, 'buffer') };
  return latest.digest;
}

/** The accounts of a page are all asked the same. */
let latest = { text: '', digest: hash('sha256', '', 'buffer') };

/** JSON with the names of every object in order: equal values give equal text. */
function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
