import type { LoggedRequest } from '../../sandbox/request-log.ts';
import type { SchemaReferee } from './stripe-schema.ts';

const idPattern = /^[a-z]{2,6}_\w+$/;
const literals = ['payment_intents', 'payment_methods', 'setup_intents', 'setup_attempts'];

/** The endpoint of an address: `POST /v1/payment_intents/:id/confirm`. */
function endpointOf({ method, path }: LoggedRequest): string {
  const segments = path.split('/').map((segment) => {
    const isId = idPattern.test(segment) && !literals.includes(segment);
    return isId && /^(pm|pi|cus|ch|seti|re|ctoken|cs|evt|we)_/.test(segment) ? '*' : segment;
  });
  return `${method} ${segments.join('/')}`;
}

/**
 * Holds the requests that the sandbox was sent against the published parameter types: the bodies
 * that our own code makes are as much on trial as the sandbox's answers.
 */
export function requestViolations(
  requests: readonly LoggedRequest[],
  referee: SchemaReferee,
): { checked: string[]; violations: string[] } {
  const checked = new Set<string>();
  const violations: string[] = [];
  for (const request of requests) {
    const endpoint = endpointOf(request);
    // Retrieving takes nothing but `expand`: Stripe has a type for it, but no parameters in it.
    const onlyExpands = Object.keys(request.parameters).every((name) => name === 'expand');
    if (!referee.knows('requests', endpoint) && onlyExpands) continue;
    checked.add(endpoint);
    const body = structuredClone(request.parameters);
    violations.push(...referee.violations('requests', endpoint, body));
  }
  return { checked: [...checked].sort(), violations };
}
