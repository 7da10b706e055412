import type { Answer, Call } from './answers.ts';
import { Refusal } from './errors.ts';
import { integer, list, required, text, type FieldsOf } from './parameters.ts';
import type { Stored, Table } from './store.ts';

export const searchFields = {
  expand: list(text),
  limit: integer({ minimum: 1, maximum: 100 }),
  page: text,
  query: required(text),
};

type Found = Record<string, unknown>;
type Condition = (found: Found) => boolean;

const clausePattern =
  /^(-?)([a-z_.]+)(?:\[(?:'([^']*)'|"([^"]*)")\])?(:|~|>=|<=|>|<)(?:'([^']*)'|"([^"]*)"|(\S+))/;

/** Searches a table with Stripe's query language, newest first, as of a while ago. */
export function searchAnswer<T extends Stored>(
  call: Call<FieldsOf<typeof searchFields>>,
  url: string,
  table: Table<T>,
): Answer {
  const { transaction, parameters } = call;
  const { limit = 10, page, query } = parameters;
  const condition = parseQuery(query);
  const indexedUntil = transaction.nowSeconds - transaction.searchLagSeconds;
  const matching = transaction
    .ids(table)
    .reverse()
    .filter((id) => {
      const found = transaction.find(table, id);
      return (
        found !== undefined &&
        !('deleted' in found) &&
        (found.created ?? 0) <= indexedUntil &&
        condition(found as unknown as Found)
      );
    });
  const start = page === undefined ? 0 : Number(page);
  if (!Number.isInteger(start) || start < 0) {
    throw new Refusal('invalidRequest', `Invalid page: ${page ?? ''}`, 'page');
  }
  const ids = matching.slice(start, start + limit);
  const hasMore = matching.length > start + limit;
  const nextPage = hasMore ? String(start + limit) : null;
  return { kind: 'search', url, table, ids, hasMore, nextPage };
}

/** Clauses joined by AND or by OR, not both; a dash before a clause negates it. */
export function parseQuery(query: string): Condition {
  const conditions: Condition[] = [];
  const joints = new Set<string>();
  let rest = query.trim();
  for (;;) {
    const matched = clausePattern.exec(rest);
    if (matched === null) {
      throw new Refusal(
        'invalidRequest',
        `We were unable to parse your search query: ${rest}`,
        'query',
      );
    }
    conditions.push(conditionOf(matched));
    rest = rest.slice(matched[0].length).trim();
    if (rest === '') break;
    const joint = /^(and|or)\s+/i.exec(rest);
    // Two clauses side by side are joined by AND.
    joints.add((joint?.[1] ?? 'and').toLowerCase());
    rest = rest.slice(joint?.[0].length ?? 0);
  }
  if (joints.size > 1) {
    throw new Refusal('invalidRequest', 'AND and OR cannot be used in one query.', 'query');
  }
  return joints.has('or')
    ? (found) => conditions.some((condition) => condition(found))
    : (found) => conditions.every((condition) => condition(found));
}

function conditionOf(matched: RegExpExecArray): Condition {
  const [, dash, field = '', single, double, operator = ':', text, quoted, bare] = matched;
  const key = single ?? double;
  const wanted = text ?? quoted ?? bare ?? '';
  const condition: Condition = (found) => {
    const value = key === undefined ? valueAt(found, field) : (found[field] as Found | null)?.[key];
    if (wanted === 'null' && bare !== undefined) return value === null || value === undefined;
    if (value === null || value === undefined) return false;
    return compare(value, operator, wanted);
  };
  return dash === '-' ? (found) => !condition(found) : condition;
}

function valueAt(found: Found, path: string): unknown {
  return path.split('.').reduce<unknown>((at, step) => (at as Found | null)?.[step], found);
}

function compare(value: unknown, operator: string, wanted: string): boolean {
  switch (operator) {
    case ':':
      return String(value).toLowerCase() === wanted.toLowerCase();
    case '~':
      return String(value).toLowerCase().includes(wanted.toLowerCase());
    case '>':
      return Number(value) > Number(wanted);
    case '>=':
      return Number(value) >= Number(wanted);
    case '<':
      return Number(value) < Number(wanted);
    default:
      return Number(value) <= Number(wanted);
  }
}
