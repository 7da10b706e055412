import type { HttpSettings } from '../dependencies.ts';

/**
 * What a page may load: our own style sheet and scripts, and Stripe's form only where it is used
 * (hosts as Stripe's "Content security policy" page lists them). Nothing inline. A page whose form
 * `leadsTo` the bank says so: browsers hold the redirects after a form against the policy too.
 */
export function contentSecurityPolicy(
  { cardEntry }: Pick<HttpSettings, 'cardEntry'>,
  leadsTo?: string,
): string {
  const stripe = cardEntry.kind === 'elements';
  const directives: Record<string, readonly string[]> = {
    'default-src': ["'none'"],
    'style-src': ["'self'"],
    'img-src': ["'self'", 'data:'],
    'script-src': [
      "'self'",
      ...(stripe ? ['https://js.stripe.com', 'https://*.js.stripe.com'] : []),
    ],
    'connect-src': ["'self'", ...(stripe ? ['https://api.stripe.com'] : [])],
    'frame-src': stripe
      ? ['https://js.stripe.com', 'https://*.js.stripe.com', 'https://hooks.stripe.com']
      : ["'none'"],
    'form-action': [
      "'self'",
      ...(leadsTo === undefined ? [] : ['https:', new URL(leadsTo).origin]),
    ],
    'frame-ancestors': ["'none'"],
    'base-uri': ["'none'"],
  };
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join('; ');
}
