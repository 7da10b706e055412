import { z } from '@hono/zod-openapi';

const mustBeLimit = 'must be a whole number from 1 to 100';

const mustBeCursor = 'must be `nextCursor` of an earlier page of this list; leave it out to begin';

/** The query of a list. `cursor`: what its cursors look like; callers take them as they are given. */
export function listQuery(cursor = /^\d{1,15}$/) {
  return z.strictObject({
    cursor: z
      .string()
      .refine((text) => cursor.test(text), { error: mustBeCursor })
      .optional()
      .openapi({ description: '`nextCursor` of the page before; absent: the first page.' }),
    limit: z
      .string()
      .regex(/^\d{1,3}$/, { error: mustBeLimit })
      .transform(Number)
      .pipe(z.number().min(1, { error: mustBeLimit }).max(100, { error: mustBeLimit }))
      .default(20)
      .openapi({ type: 'integer', minimum: 1, maximum: 100, default: 20 }),
  });
}

/** One page of a list. */
export function listSchema<Item extends z.ZodType>(item: Item) {
  return z.object({
    data: z.array(item),
    nextCursor: z.string().nullable().openapi({ description: 'Null on the last page.' }),
  });
}
