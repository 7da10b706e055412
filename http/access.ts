import { failure } from '../domain/failures.ts';
import type { ApiKey, ApiKeyRole } from '../ledger/api-keys.ts';

/** The holder of a valid API key. */
export type Caller = Pick<ApiKey, 'keyId' | 'role' | 'accountId'>;

/**
 * Who may do what (R64): billing everything, developers read, services meter and ask, operators
 * look after accounts but neither buy in a customer's name nor open a customer's page.
 */
const rolesOf = {
  'accounts.create': ['billing', 'operator'],
  'accounts.read': ['billing', 'developer', 'service', 'operator'],
  'accounts.update': ['billing', 'operator'],
  'accounts.operate': ['operator'],
  'access.read': ['billing', 'developer', 'service', 'operator'],
  'refusals.read': ['billing', 'developer', 'operator'],
  'holds.write': ['billing', 'service'],
  'statement.read': ['billing', 'developer', 'operator'],
  'usage.correct': ['operator'],
  'usage.report': ['billing', 'service'],
  'holds.read': ['billing', 'developer', 'service', 'operator'],
  'business_profile.read': ['billing', 'developer', 'operator'],
  'business_profile.write': ['billing'],
  'clock.advance': ['operator'],
  'grants.read': ['operator'],
  'grants.write': ['operator'],
  'invoices.read': ['billing', 'developer', 'operator'],
  'invoices.correct': ['operator'],
  'invoices.pay': ['billing'],
  'collections.read': ['operator'],
  'collections.operate': ['operator'],
  'payment_methods.read': ['billing', 'developer', 'operator'],
  'payment_methods.write': ['billing'],
  'policies.read': ['operator'],
  'purchases.create': ['billing'],
  'purchases.preview': ['billing', 'developer', 'operator'],
  'purchases.read': ['billing', 'developer', 'operator'],
  'authentication_links.create': ['billing'],
  'prices.read': ['billing', 'developer', 'service', 'operator'],
  'portal_sessions.create': ['billing'],
  'webhook_endpoints.read': ['billing', 'developer', 'operator'],
  'webhook_endpoints.write': ['billing', 'operator'],
} as const satisfies Record<string, readonly ApiKeyRole[]>;

export type Action = keyof typeof rolesOf;

/** Throws permission_denied where the role may not do this. */
export function assertMay(caller: Caller, action: Action): void {
  const roles: readonly ApiKeyRole[] = rolesOf[action];
  if (roles.includes(caller.role)) return;
  throw failure(
    'permission_denied',
    `This key has the role ${caller.role}; it takes ${roles.join(' or ')}.`,
  );
}

/** The key's holder as the audit log names it. */
export function actorOf({ keyId }: Caller): string {
  return `api_key:${keyId}`;
}

/**
 * Throws account_not_found where the key is confined to another account: the same answer as for an
 * account that does not exist, so that a key says nothing about others.
 */
export function assertMaySee(caller: Caller, accountId: string): void {
  if (caller.accountId !== null && caller.accountId !== accountId) {
    throw failure('account_not_found');
  }
}
