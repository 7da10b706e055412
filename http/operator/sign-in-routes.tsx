import { Hono } from 'hono';
import { failure } from '../../domain/failures.ts';
import { endOperatorSessions, findOperatorLink } from '../../ledger/operator-sessions.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { PlainPage } from '../pages/frame.tsx';
import { readForm } from '../pages/session.ts';
import { operatorBrand } from './layout.tsx';
import { forgetSession, needsOperator, signIn, type OperatorEnvironment } from './session.ts';

/**
 * The way in and out. Looking at a link does not use it: chat programs and their guards open what
 * is sent through them, and a browser that comes from there would not yet send our cookie.
 */
export function signInRoutes(dependencies: HttpDependencies): Hono<OperatorEnvironment> {
  const { ledger, nowMs } = dependencies;
  const routes = new Hono<OperatorEnvironment>();

  routes.get('/operator/sign-in/:token', async (context) => {
    const token = context.req.param('token');
    const link = await findOperatorLink(ledger, { token, nowMs: nowMs() });
    if (link === undefined) throw failure('operator_link_expired');
    return context.html(
      <PlainPage title="Sign in" brand={operatorBrand}>
        <h2>Sign in as {link.operator}</h2>
        <p>What you do from here on is kept in the audit log under this name.</p>
        <form method="post" action={`/operator/sign-in/${token}`} class="actions">
          <button type="submit">Sign in</button>
        </form>
      </PlainPage>,
    );
  });

  routes.post('/operator/sign-in/:token', async (context) => {
    await signIn(context.req.param('token'), context, dependencies);
    return context.redirect('/operator', 303);
  });

  routes.post('/operator/sign-out', needsOperator(dependencies), async (context) => {
    await readForm(context);
    const { operator, actor, sessionId } = context.var.session;
    await endOperatorSessions(ledger, { operator, sessionId, actor, nowMs: nowMs() });
    forgetSession(context);
    return context.html(
      <PlainPage title="Signed out" brand={operatorBrand}>
        <h2>You are signed out</h2>
        <p>
          A new link is made by <code>npx solvent operators link --operator {operator}</code>
        </p>
      </PlainPage>,
    );
  });

  return routes;
}
