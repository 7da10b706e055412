import { z } from '@hono/zod-openapi';

const mustBeLimit = 'must be a whole number from 1 to 100';

/** The query of every list. */
export const listQuery = z.strictObject({
  cursor: z
    .string()
    .max(500, { error: 'must be a cursor of an earlier answer' })
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

/** One page of a list. */
export function listSchema<Item extends z.ZodType>(item: Item) {
  return z.object({
    data: z.array(item),
    nextCursor: z.string().nullable().openapi({ description: 'Null on the last page.' }),
  });
}
