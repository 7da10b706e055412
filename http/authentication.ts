import { createMiddleware } from 'hono/factory';
import { failure } from '../domain/failures.ts';
import { accountOfId, isAccountId } from '../domain/ids.ts';
import { assertMay, assertMaySee, type Action } from './access.ts';
import type { ApiEnvironment, HttpDependencies } from './dependencies.ts';

const bearer = /^Bearer (sk_\w{16,200})$/;

/**
 * Lets a request through whose key has a role that may do `action`, and, where the path names an
 * account or something of an account, is not confined to another one.
 * Throws api_key_invalid, permission_denied, account_not_found, and the failures of {@link owned}.
 */
export function allow(action: Action, { apiKeys }: Pick<HttpDependencies, 'apiKeys'>) {
  return createMiddleware<ApiEnvironment>(async (context, next) => {
    const header = context.req.header('authorization');
    if (header === undefined) {
      throw failure('api_key_invalid', 'Send it as Authorization: Bearer sk_….');
    }
    const secret = bearer.exec(header)?.[1];
    const caller = secret === undefined ? undefined : await apiKeys.find(secret);
    if (caller === undefined) throw failure('api_key_invalid');
    assertMay(caller, action);
    context.set('caller', caller);
    assertPathVisible(context.req.param(), caller);
    await next();
  });
}

/** What a path names of an account, by its parameter; the id says whose it is. */
const owned = {
  purchaseId: 'purchase_not_found',
  invoiceId: 'invoice_not_found',
  creditNoteId: 'credit_note_not_found',
} as const;

function assertPathVisible(
  named: Readonly<Record<string, string>>,
  caller: ApiEnvironment['Variables']['caller'],
): void {
  const accountId = named['accountId'];
  if (accountId !== undefined) {
    if (!isAccountId(accountId)) throw failure('account_not_found');
    assertMaySee(caller, accountId);
  }
  for (const [parameter, notFound] of Object.entries(owned)) {
    const id = named[parameter];
    if (id === undefined) continue;
    const owner = accountOfId(id);
    if (owner === undefined || (caller.accountId !== null && caller.accountId !== owner)) {
      throw failure(notFound);
    }
  }
}
