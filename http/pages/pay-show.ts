import type { Context } from 'hono';
import type { HttpDependencies } from '../dependencies.ts';
import { contentSecurityPolicy } from './content-security.ts';

/** Answers with a page for whoever holds a link; it is never kept, and `leadsTo` as its form says. */
export function showPay(
  context: Context,
  page: Parameters<Context['html']>[0],
  { settings }: HttpDependencies,
  status: 200 | 402 | 410 = 200,
  leadsTo?: string,
): Response | Promise<Response> {
  const policy = contentSecurityPolicy(settings, leadsTo);
  context.header('content-security-policy', policy);
  context.header('cache-control', 'no-store');
  return context.html(page, status);
}
