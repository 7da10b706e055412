import { z } from '@hono/zod-openapi';
import { failures, SolventError, type Refusal } from '../domain/failures.ts';
import { accessSchema } from './access-resource.ts';
import { decimals } from './amounts.ts';
import { retryAfterSecondsOf, statusOfFailure } from './failures.ts';

/** RFC 9457, with what a program needs to react without reading words. */
export const problemSchema = z
  .object({
    type: z.string().openapi({ description: 'Address of a page that explains this code.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().openapi({ description: 'What happened, in words a customer may read.' }),
    code: z.string().openapi({ example: 'amount_below_minimum' }),
    rule: z.string().optional().openapi({ description: 'The number of the rule that refused.' }),
    retryable: z
      .boolean()
      .openapi({ description: 'Whether the same call, with the same key, may pass later.' }),
    whoCanAct: z.enum(['customer', 'developer', 'operator', 'nobody']),
    currency: z.string().optional(),
    amounts: z
      .record(z.string(), z.string())
      .optional()
      .openapi({ description: 'The amounts that were compared, as decimal strings, by name.' }),
    fixUrl: z.string().optional().openapi({ description: 'Where it can be put right.' }),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: 'Every field that is missing or wrong, and what is allowed.' }),
    decline: z
      .object({
        code: z.string(),
        reason: z.string(),
        whoCanFix: z.enum(['customer', 'bank', 'operator', 'nobody']),
        whatToDo: z.string(),
      })
      .optional()
      .openapi({ description: 'Why the bank declined, and what helps (R14).' }),
    purchase: z
      .record(z.string(), z.unknown())
      .optional()
      .openapi({ description: 'The purchase as it now stands, where the call was about one.' }),
    payment: z
      .record(z.string(), z.unknown())
      .optional()
      .openapi({ description: 'The same of a payment of an invoice.' }),
    access: accessSchema
      .optional()
      .openapi({ description: 'The whole decision, where a request may not run (R54).' }),
  })
  .openapi('Problem');

export type Problem = z.infer<typeof problemSchema>;

/** What a problem can say beside its refusal. */
export type ProblemMembers = Pick<
  Problem,
  'errors' | 'decline' | 'purchase' | 'payment' | 'access'
> & {
  /** Of the very check that refused, when it is a more exact one than the code's own. */
  rule?: string;
  /** Of the amounts in the refusal. */
  currencyCode?: string;
  /** Where it can be put right, when that is a more exact place than the code's own. */
  fixUrl?: string;
};

/** A refusal on its way to the client, with more to say than the refusal alone. */
export class ProblemError extends SolventError {
  readonly members: ProblemMembers;

  constructor(reason: Refusal, members: ProblemMembers) {
    super(reason);
    this.members = members;
  }
}

/** The problem document of a refusal. `publicUrl` is how browsers reach our pages. */
export function problemOf(
  { code, message, amounts }: Refusal,
  publicUrl: string,
  { currencyCode, ...members }: ProblemMembers = {},
): Problem {
  const row = failures[code];
  const fixUrl = fixUrlOf(row.whoCanAct, publicUrl);
  return {
    type: `${publicUrl}/problems/${code}`,
    title: row.title,
    status: statusOfFailure[code],
    detail: message,
    code,
    ...('rule' in row ? { rule: row.rule } : {}),
    retryable: row.retryable,
    whoCanAct: row.whoCanAct,
    ...(amounts === undefined || currencyCode === undefined
      ? {}
      : { currency: currencyCode, amounts: decimals(amounts, currencyCode) }),
    ...(fixUrl === undefined ? {} : { fixUrl }),
    ...members,
  };
}

/** A response with a problem document as its body. */
export function problemResponse(problem: Problem, code: Refusal['code']): Response {
  const wait = retryAfterSecondsOf(code);
  const headers = new Headers({ 'content-type': 'application/problem+json' });
  if (wait !== undefined) headers.set('retry-after', String(wait));
  if (problem.status === 401) headers.set('www-authenticate', 'Bearer realm="solvent"');
  // What is left of too large a body is not read, so nothing can follow it on its connection.
  if (problem.status === 413) headers.set('connection', 'close');
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}

/** For a route's `responses`: everything that is no success is a problem document. */
export const problemAnswer = {
  default: {
    description: 'A problem document (RFC 9457).',
    content: { 'application/problem+json': { schema: problemSchema } },
  },
} as const;

function fixUrlOf(whoCanAct: Problem['whoCanAct'], publicUrl: string): string | undefined {
  switch (whoCanAct) {
    case 'customer':
      return `${publicUrl}/billing`;
    case 'developer':
      return `${publicUrl}/docs`;
    case 'operator':
    case 'nobody':
      return undefined;
  }
}
