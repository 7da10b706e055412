import type { Hook } from '@hono/zod-openapi';
import { z } from '@hono/zod-openapi';
import { failure, refusal } from '../domain/failures.ts';
import { isStorableText } from '../domain/storable-text.ts';
import type { ApiEnvironment } from './dependencies.ts';
import { ProblemError } from './problems.ts';

interface FieldError {
  field: string;
  message: string;
}

/** Turns what zod found into a problem that names every field and says what is allowed. */
export const refuseInvalid: Hook<unknown, ApiEnvironment, string, undefined> = (result) => {
  if (result.success) return undefined;
  const errors = result.error.issues.flatMap(fieldErrorsOf);
  if (errors.some(({ field }) => field === 'idempotency-key')) {
    throw failure('idempotency_key_required', 'It has 1 to 255 visible characters.');
  }
  throw problemOfErrors(errors);
};

/** The same for what is checked by hand. */
export function problemOfInvalid({ issues }: z.core.$ZodError): ProblemError {
  return problemOfErrors(issues.flatMap(fieldErrorsOf));
}

function problemOfErrors(errors: FieldError[]): ProblemError {
  const detail = errors.map(({ field, message }) => `${field} ${message}`).join('; ');
  return new ProblemError(refusal('invalid_request', `${detail}.`), { errors });
}

function fieldErrorsOf(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: [...path, key].join('.'),
      message: 'is not a field of this call',
    }));
  }
  return [{ field: path.join('.') || 'the body', message: issue.message }];
}

/** Every POST that acts carries one: its account and this key make the id of what it does (R5). */
export const idempotencyHeader = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .openapi({
      example: '0198c5f2-6b1e-7c0a-9d53-2f1d0c7e4a11',
      description:
        'Yours to choose, new for each new wish. A repeat with the same key and the same input ' +
        'answers the first outcome and never acts twice.',
    }),
});

/** A JSON body. Unknown fields are refused by name: a misspelt option must not be ignored. */
export function jsonBody<Shape extends z.ZodRawShape>(shape: Shape) {
  return {
    required: true,
    content: { 'application/json': { schema: z.strictObject(shape, { error: mustBeObject }) } },
  } as const;
}

function mustBeObject(issue: { code?: string | undefined }): string | undefined {
  return issue.code === 'invalid_type' ? 'must be a JSON object' : undefined;
}

export const accountIdParameter = z.string().openapi({
  param: { name: 'accountId', in: 'path' },
  example: 'acct_01jdq3k7x5fzb8h2m4n6p8r0t2',
});

export const accountIdInput = z
  .string({ error: 'must be an account id, such as "acct_…"' })
  .openapi({ example: 'acct_01jdq3k7x5fzb8h2m4n6p8r0t2' });

/** For `refine`, after the other checks of a text. */
export const storableText = [
  isStorableText,
  { error: 'must not hold NUL or half of a surrogate pair' },
] as const;

/** Words that people write: spaces around them are not kept. */
export function textInput(longest: number) {
  const error = `must be a text of 1 to ${longest} characters`;
  return z
    .string({ error })
    .trim()
    .min(1, { error })
    .max(longest, { error })
    .refine(...storableText);
}

/** A name that programs compare, as that of a model: taken as it is. */
export function nameInput(longest: number) {
  const error = `must be a text of 1 to ${longest} characters`;
  return z
    .string({ error })
    .min(1, { error })
    .max(longest, { error })
    .refine(...storableText);
}

export const booleanInput = z.boolean({ error: 'must be true or false' });

/** A card Stripe keeps, or one just entered in Stripe's form. */
export const cardSourceInput = z
  .string({ error: 'must be a card from Stripe: "pm_…" or "ctoken_…"' })
  .regex(/^(pm|ctoken)_\w{1,200}$/, {
    error: 'must be a card from Stripe: "pm_…" or "ctoken_…"',
  })
  .openapi({ example: 'pm_1QPz3nEXAMPLE' });

export const webAddressInput = z
  .url({ protocol: /^https?$/, error: 'must be an address that begins with https://' })
  .openapi({ example: 'https://app.example.com/billing' });

export const jsonAnswer = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { 'application/json': { schema } },
});
