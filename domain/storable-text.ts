const unstorable = /[\0\p{Surrogate}]/u;

/**
 * Whether PostgreSQL can keep the text: it refuses NUL, and half of a surrogate pair in JSON. Asked
 * of every text that comes from outside, since one that fails in the database ends the whole
 * transaction, in which other requests are decided too.
 */
export function isStorableText(text: string): boolean {
  return !unstorable.test(text);
}
