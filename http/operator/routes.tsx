import { Hono } from 'hono';
import type { Context } from 'hono';
import type { HttpDependencies } from '../dependencies.ts';
import { statusOfFailure } from '../failures.ts';
import { contentSecurityPolicy } from '../pages/content-security.ts';
import { FailurePage } from '../pages/failure-page.tsx';
import { askedBy, mayPass, NotAnswered } from '../pages/not-answered.tsx';
import { solventErrorOf } from '../thrown.ts';
import { accountPageRoutes } from './account-routes.tsx';
import { collectionRoutes } from './collection-routes.tsx';
import { invoiceRunRoutes } from './invoice-run-routes.tsx';
import { operatorBrand } from './layout.tsx';
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
async function showFailure(
  error: Error,
  context: Context<OperatorEnvironment>,
  { log }: HttpDependencies,
): Promise<Response> {
  const found = solventErrorOf(error);
  const { code } = found;
  if (code === 'internal_error') log.error({ err: error }, 'operator page failed');
  if (mayPass(code)) {
    const asked = await askedBy(context);
    const page = <NotAnswered brand={operatorBrand} asked={asked} home="/operator" />;
    return context.html(page, statusOfFailure[code]);
  }
  const isOutside = code === 'operator_session_expired' || code === 'operator_link_expired';
  return context.html(
    <FailurePage brand={operatorBrand} failure={found}>
      {isOutside ? (
        <p>
          A new link is made by <code>npx solvent operators link --operator NAME</code>
        </p>
      ) : (
        <p>
          <a href="/operator">To the accounts</a>
        </p>
      )}
    </FailurePage>,
    statusOfFailure[code],
  );
}
