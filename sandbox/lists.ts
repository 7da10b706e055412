import type { Answer, Call } from './answers.ts';
import { missing } from './errors.ts';
import { integer, list, object, oneOf, text, type FieldsOf } from './parameters.ts';
import type { Stored, Table } from './store.ts';

const timestamp = integer({ minimum: 0 });

/** The parameters of every list. */
export const listFields = {
  ending_before: text,
  expand: list(text),
  limit: integer({ minimum: 1, maximum: 100 }),
  starting_after: text,
};

/** A time, or a range of times, in seconds since 1970. */
export const createdParameter = oneOf(
  timestamp,
  object({ gt: timestamp, gte: timestamp, lt: timestamp, lte: timestamp }),
);

export type ListParameters = FieldsOf<typeof listFields> & {
  created?: ReturnType<typeof createdParameter.read> | undefined;
};

/**
 * A page of a list, newest first. `indexKeys` narrows: an object must be under all of them. Pages
 * are cut by cursors, so objects created meanwhile never shift what comes next.
 */
export function listAnswer<T extends Stored>(
  call: Call<ListParameters>,
  url: string,
  table: Table<T>,
  indexKeys: readonly (string | undefined)[] = [],
): Answer {
  const { transaction, parameters } = call;
  const [firstKey, ...otherKeys] = indexKeys.filter((key) => key !== undefined);
  let ids = transaction.ids(table, firstKey).reverse();
  for (const key of otherKeys) {
    const under = new Set(transaction.ids(table, key));
    ids = ids.filter((id) => under.has(id));
  }
  const { created } = parameters;
  if (created !== undefined) {
    ids = ids.filter((id) => isWithin(transaction.find(table, id)?.created ?? 0, created));
  }
  return { kind: 'list', url, table, ...page(ids, parameters) };
}

/** Cuts the page that the cursors name out of ids that are newest first. */
export function page(
  ids: readonly string[],
  { limit = 10, starting_after: after, ending_before: before }: FieldsOf<typeof listFields>,
): { ids: string[]; hasMore: boolean } {
  if (before !== undefined) {
    const end = positionOf(ids, before, 'ending_before');
    const start = Math.max(0, end - limit);
    return { ids: ids.slice(start, end), hasMore: start > 0 };
  }
  const start = after === undefined ? 0 : positionOf(ids, after, 'starting_after') + 1;
  return { ids: ids.slice(start, start + limit), hasMore: ids.length > start + limit };
}

function positionOf(ids: readonly string[], cursor: string, parameter: string): number {
  const position = ids.indexOf(cursor);
  if (position === -1) throw missing('object', cursor, parameter);
  return position;
}

function isWithin(created: number, range: NonNullable<ListParameters['created']>): boolean {
  if (typeof range === 'number') return created === range;
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = range;
  return created > gt && created >= gte && created < lt && created <= lte;
}
