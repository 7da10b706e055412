import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { createMiddleware } from 'hono/factory';
import { failure } from '../../domain/failures.ts';
import { findPortalSession } from '../../ledger/portal-sessions.ts';
import type { HttpDependencies } from '../dependencies.ts';

/** Whose pages these are, for as long as the portal link is good. */
export interface PageSession {
  readonly accountId: string;
  /** Where the customer came from, if the backend said so. */
  readonly returnUrl: string | null;
  /** Carried by every form (see {@link readForm}). */
  readonly csrf: string;
}

export interface PageEnvironment {
  Variables: { session: PageSession };
}

export type PageContext = Context<PageEnvironment>;

const cookieName = 'solvent_portal';

/**
 * Opens a portal link: keeps its token in a cookie that scripts cannot read and other sites cannot
 * send along, so that the address a customer sees, and may share, is clean.
 * Throws portal_session_expired.
 */
export async function openSession(
  token: string,
  context: Context,
  { ledger, settings, nowMs }: HttpDependencies,
): Promise<void> {
  const now = nowMs();
  const session = await findPortalSession(ledger, { token, nowMs: now });
  if (session === undefined) throw failure('portal_session_expired');
  setCookie(context, cookieName, token, {
    path: '/billing',
    httpOnly: true,
    sameSite: 'Lax',
    secure: settings.publicUrl.startsWith('https:'),
    maxAge: Math.max(0, Math.floor((session.expiresAtMs - now) / 1000)),
  });
}

/** True where the browser opened a portal link before, whether or not that is still good. */
export function hasPortalCookie(context: Context): boolean {
  return getCookie(context, cookieName) !== undefined;
}

/** Lets only holders of a good portal session through. Throws portal_session_expired. */
export function needsSession({ ledger, nowMs }: HttpDependencies) {
  return createMiddleware<PageEnvironment>(async (context, next) => {
    const token = getCookie(context, cookieName);
    const session =
      token === undefined ? undefined : await findPortalSession(ledger, { token, nowMs: nowMs() });
    if (token === undefined || session === undefined) {
      deleteCookie(context, cookieName, { path: '/billing' });
      throw failure('portal_session_expired');
    }
    const { accountId, returnUrl } = session;
    context.set('session', { accountId, returnUrl, csrf: csrfOf(token) });
    await next();
  });
}

/** A request with a session of whichever pages. */
interface FormContext {
  readonly req: Pick<PageContext['req'], 'parseBody'>;
  readonly var: { readonly session: Pick<PageSession, 'csrf'> };
}

/**
 * Reads a form of ours. SameSite=Lax already keeps the cookie out of other sites' posts; the token,
 * which they cannot know, covers browsers and neighbours where it does not.
 * Throws permission_denied for a form that did not come from our page.
 */
export async function readForm(
  context: FormContext,
): Promise<(name: string) => string | undefined> {
  const body = await context.req.parseBody();
  const text = (name: string): string | undefined => {
    const value = body[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  if (!equal(text('csrf') ?? '', context.var.session.csrf)) {
    throw failure('permission_denied', 'The form did not come from this page. Open it again.');
  }
  return text;
}

/** Known to the page and to nobody who lacks the session's token. */
export function csrfOf(token: string): string {
  return createHash('sha256').update(`csrf\0${token}`).digest('base64url');
}

function equal(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
