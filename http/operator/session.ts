import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { createMiddleware } from 'hono/factory';
import { failure } from '../../domain/failures.ts';
import { findOperatorSession, openOperatorSession } from '../../ledger/operator-sessions.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { csrfOf } from '../pages/session.ts';

/** Who is at the operators' pages. */
export interface OperatorPageSession {
  readonly sessionId: string;
  /** The person's name, as the audit log has it. */
  readonly operator: string;
  /** "operator:NAME": who did what is done from here. */
  readonly actor: string;
  /** Carried by every form (see `readForm`). */
  readonly csrf: string;
}

export interface OperatorEnvironment {
  Variables: { session: OperatorPageSession };
}

export type OperatorContext = Context<OperatorEnvironment>;

/** A working day: then a new link is needed. */
export const sessionMs = 10 * 3_600_000;

const cookieName = 'solvent_operator';
const cookiePath = '/operator';

/**
 * Uses a link up, and keeps the token of the session it opens in a cookie that neither scripts nor
 * other sites can use. Throws operator_link_expired.
 */
export async function signIn(
  link: string,
  context: Context,
  { ledger, settings, nowMs }: HttpDependencies,
): Promise<void> {
  const opened = await openOperatorSession(ledger, { token: link, sessionMs, nowMs: nowMs() });
  if (opened === undefined) throw failure('operator_link_expired');
  setCookie(context, cookieName, opened.token, {
    path: cookiePath,
    httpOnly: true,
    sameSite: 'Strict',
    secure: settings.publicUrl.startsWith('https:'),
    maxAge: Math.floor(sessionMs / 1000),
  });
}

export function forgetSession(context: Context): void {
  deleteCookie(context, cookieName, { path: cookiePath });
}

/** Lets only signed-in operators through. Throws operator_session_expired. */
export function needsOperator({ ledger, nowMs }: HttpDependencies) {
  return createMiddleware<OperatorEnvironment>(async (context, next) => {
    const token = getCookie(context, cookieName);
    const session =
      token === undefined
        ? undefined
        : await findOperatorSession(ledger, { token, nowMs: nowMs() });
    if (token === undefined || session === undefined) {
      forgetSession(context);
      throw failure('operator_session_expired');
    }
    const { sessionId, operator } = session;
    const actor = `operator:${operator}`;
    context.set('session', { sessionId, operator, actor, csrf: csrfOf(token) });
    await next();
  });
}

/**
 * Refuses forms that another site's page sent, whatever cookies came with them: browsers say where
 * a form comes from. Throws permission_denied.
 */
export function sameOriginOnly({ settings }: Pick<HttpDependencies, 'settings'>) {
  const own = new URL(settings.publicUrl).origin;
  return createMiddleware(async (context, next) => {
    const { method } = context.req;
    if (method !== 'GET' && method !== 'HEAD') {
      const [site, origin] = [context.req.header('sec-fetch-site'), context.req.header('origin')];
      const isForeign =
        (site !== undefined && site !== 'same-origin') || (origin !== undefined && origin !== own);
      if (isForeign) throw failure('permission_denied', 'The form came from another site.');
    }
    await next();
  });
}
