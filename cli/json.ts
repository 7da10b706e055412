/** What `--json` prints: amounts are decimal strings, instants ISO 8601 in UTC, as in the API. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
