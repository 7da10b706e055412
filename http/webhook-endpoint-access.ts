import { z } from '@hono/zod-openapi';
import { failure } from '../domain/failures.ts';
import { accountOfId } from '../domain/ids.ts';
import type { WebhookEndpoint } from '../domain/webhook-endpoint.ts';
import { houseId } from '../ledger/account-id.ts';
import type { Ledger } from '../ledger/database.ts';
import { readWebhookEndpoint } from '../ledger/webhook-endpoints.ts';
import type { Caller } from './access.ts';

export const endpointParameter = z.object({
  endpointId: z.string().openapi({
    param: { name: 'endpointId', in: 'path' },
    example: 'whe_01jdq3k7x5fzb8h2m4n6p8r0t2_0123456789abcdef',
  }),
});

/**
 * Whose endpoints a call is about, where it names an account or none: an account's belong to its
 * own keys, the house's, which are told of every account, to operators that see all of them (R64).
 * Throws permission_denied, account_not_found.
 */
export function ownerFor(caller: Caller, accountId: string | null, use: 'read' | 'write'): string {
  const ownerId = accountId ?? caller.accountId ?? houseId;
  if (caller.accountId !== null && caller.accountId !== ownerId) throw failure('account_not_found');
  const isOperator = caller.role === 'operator';
  if (ownerId === houseId && !isOperator) {
    throw failure('permission_denied', 'Name an account; endpoints for all are the operator’s.');
  }
  if (ownerId !== houseId && isOperator && use === 'write') {
    throw failure('permission_denied', 'An account’s endpoints are its own to change.');
  }
  return ownerId;
}

/** Throws permission_denied, webhook_endpoint_not_found. */
export async function ownedEndpoint(
  ledger: Ledger,
  caller: Caller,
  endpointId: string,
  use: 'read' | 'write',
): Promise<WebhookEndpoint> {
  const ownerId = accountOfId(endpointId);
  const isAnothers = caller.accountId !== null && caller.accountId !== ownerId;
  if (ownerId === undefined || isAnothers) throw failure('webhook_endpoint_not_found');
  ownerFor(caller, ownerId, use);
  const endpoint = await readWebhookEndpoint(ledger, { endpointId });
  if (endpoint === undefined) throw failure('webhook_endpoint_not_found');
  return endpoint;
}
