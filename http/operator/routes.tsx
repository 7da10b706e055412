import { Hono } from 'hono';
import type { Context } from 'hono';
import { failures } from '../../domain/failures.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { statusOfFailure } from '../failures.ts';
import { contentSecurityPolicy } from '../pages/content-security.ts';
import { Document, Message } from '../pages/layout.tsx';
import { solventErrorOf } from '../thrown.ts';
import { accountPageRoutes } from './account-routes.tsx';
import { collectionRoutes } from './collection-routes.tsx';
import { invoiceRunRoutes } from './invoice-run-routes.tsx';
import { Brand } from './layout.tsx';
import { overviewRoutes } from './overview-routes.tsx';
import { reviewRoutes } from './review-routes.tsx';
import { needsOperator, sameOriginOnly, type OperatorEnvironment } from './session.ts';
import { signInRoutes } from './sign-in-routes.tsx';

/** The operators' pages: who is signed in sees, and does, everything they show. */
export function operatorRoutes(dependencies: HttpDependencies): Hono<OperatorEnvironment> {
  const routes = new Hono<OperatorEnvironment>();
  const policy = contentSecurityPolicy({ cardEntry: { kind: 'unavailable' } });
  routes.use('/operator/*', async (context, next) => {
    await next();
    context.header('content-security-policy', policy);
    context.header('cache-control', 'no-store');
  });
  routes.use('/operator/*', sameOriginOnly(dependencies));
  routes.route('/', signInRoutes(dependencies));
  routes.use('/operator/*', needsOperator(dependencies));
  routes.route('/', overviewRoutes(dependencies));
  routes.route('/', accountPageRoutes(dependencies));
  routes.route('/', invoiceRunRoutes(dependencies));
  routes.route('/', collectionRoutes(dependencies));
  routes.route('/', reviewRoutes(dependencies));
  routes.onError((error, context) => showFailure(error, context, dependencies));
  return routes;
}

/** A failure as a page: what happened, and what to do. */
function showFailure(
  error: Error,
  context: Context<OperatorEnvironment>,
  { log }: HttpDependencies,
): Response | Promise<Response> {
  const { code, message } = solventErrorOf(error);
  if (code === 'internal_error') log.error({ err: error }, 'operator page failed');
  const { title } = failures[code];
  const isOutside = code === 'operator_session_expired' || code === 'operator_link_expired';
  return context.html(
    <Document title="Operators">
      <main id="main" class="frame stack narrow" tabindex={-1}>
        <Brand />
        <Message tone="bad" title={title}>
          {message !== title && <p>{message}</p>}
          {isOutside && (
            <p>
              A new link is made by <code>npx solvent operators link --operator NAME</code>
            </p>
          )}
        </Message>
        {!isOutside && (
          <p>
            <a href="/operator">To the overview</a>
          </p>
        )}
      </main>
    </Document>,
    statusOfFailure[code],
  );
}
