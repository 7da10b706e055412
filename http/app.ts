import { randomUUID } from 'node:crypto';
import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import type { Context, MiddlewareHandler } from 'hono';
import { failure } from '../domain/failures.ts';
import { accessRoutes } from './access-routes.ts';
import { accountClockRoutes } from './account-clock.ts';
import { accountOperationRoutes } from './account-operations.ts';
import { accountPurchaseRoutes } from './account-purchases.ts';
import { accountRoutes } from './accounts.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { collectionRoutes } from './collections.ts';
import { authenticationLinkRoutes } from './authentication-links.ts';
import { grantRoutes } from './grants.ts';
import { businessProfileRoutes } from './business-profile.ts';
import { healthRoutes } from './health.ts';
import { holdRoutes } from './holds.ts';
import { invoiceCorrectionRoutes } from './invoice-corrections.ts';
import { invoicePaymentRoutes } from './invoice-payments.ts';
import { invoiceRoutes } from './invoices.ts';
import { describeApi } from './openapi.ts';
import { operatorRoutes } from './operator/routes.tsx';
import { referenceRoutes } from './pages/reference-routes.tsx';
import { pageRoutes } from './pages/routes.tsx';
import { paymentMethodRoutes } from './payment-methods.ts';
import { policyRoutes } from './policies.ts';
import { portalSessionRoutes } from './portal-sessions.ts';
import { ProblemError, problemOf, problemResponse } from './problems.ts';
import { priceRoutes } from './prices.ts';
import { purchaseRoutes } from './purchases.ts';
import { requestLog } from './request-log.ts';
import { solventErrorOf } from './thrown.ts';
import { usageBodyLimitBytes, usagePath, usageRoutes } from './usage.ts';
import { statementRoutes } from './statement.ts';
import { statementUsageRoutes } from './statement-usage.ts';
import { receiptRoutes } from './receipts.ts';
import { refuseInvalid } from './validation.ts';
import { webhookDeliveryRoutes } from './webhook-deliveries.ts';
import { webhookEndpointRoutes } from './webhook-endpoints.ts';
import { webhookRoutes } from './webhooks.ts';

const bodyLimitBytes = 1_000_000;

/** The whole application: API, webhooks, documents, pages. `app.request(…)` runs it in a test. */
export function createApp(dependencies: HttpDependencies): Api {
  const app: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  app.use(async (context, next) => {
    context.set('requestId', `req_${randomUUID()}`);
    await next();
    // Not `context.header`, which makes the finished answer, and a web stream for it, once more.
    context.res.headers.set('x-request-id', context.var.requestId);
  });
  app.use(requestLog(dependencies.log));
  app.use(
    secureHeaders({
      // A link with a portal token must not travel on to another site.
      referrerPolicy: 'same-origin',
      xFrameOptions: 'DENY',
      crossOriginResourcePolicy: 'same-origin',
      strictTransportSecurity: dependencies.settings.publicUrl.startsWith('https:')
        ? 'max-age=31536000'
        : false,
    }),
  );
  const limited = limitBody(bodyLimitBytes);
  const limitedUsage = limitBody(usageBodyLimitBytes);
  app.use((context, next) =>
    (context.req.path === usagePath ? limitedUsage : limited)(context, next),
  );
  for (const routes of [
    healthRoutes,
    holdRoutes,
    usageRoutes,
    accessRoutes,
    accountRoutes,
    accountOperationRoutes,
    businessProfileRoutes,
    accountClockRoutes,
    grantRoutes,
    paymentMethodRoutes,
    purchaseRoutes,
    accountPurchaseRoutes,
    receiptRoutes,
    invoiceRoutes,
    invoiceCorrectionRoutes,
    invoicePaymentRoutes,
    collectionRoutes,
    statementRoutes,
    statementUsageRoutes,
    authenticationLinkRoutes,
    priceRoutes,
    portalSessionRoutes,
    policyRoutes,
    webhookEndpointRoutes,
    webhookDeliveryRoutes,
    webhookRoutes,
  ]) {
    app.route('/', routes(dependencies));
  }
  describeApi(app);
  app.route('/', referenceRoutes(dependencies));
  app.route('/', operatorRoutes(dependencies));
  app.route('/', pageRoutes(dependencies));
  app.notFound((context) => answerProblem(failure('resource_not_found'), context, dependencies));
  app.onError((error, context) => answerProblem(error, context, dependencies));
  return app;
}

function limitBody(maxSize: number): MiddlewareHandler<ApiEnvironment> {
  const refuse = () => {
    throw failure('body_too_large', `It takes at most ${maxSize / 1_000_000} MB.`);
  };
  const counted = bodyLimit({ maxSize, onError: refuse });
  return (context, next) => {
    const { req } = context;
    // Node cuts a body off at its announced length. To count one, Hono turns it into a web stream,
    // which takes longer than all else that HTTP costs a small request.
    const length = req.header('content-length');
    if (length === undefined || req.header('transfer-encoding') !== undefined) {
      return counted(context, next);
    }
    return Number(length) > maxSize ? refuse() : next();
  };
}

/** The last stop of everything that was thrown: a problem document, and a log line where ours. */
function answerProblem(
  error: Error,
  context: Context<ApiEnvironment>,
  { settings, log }: HttpDependencies,
): Response {
  const known = solventErrorOf(error);
  if (known.code === 'internal_error' || known.code === 'temporarily_unavailable') {
    log.error({ err: error, requestId: context.var.requestId }, 'request failed');
  }
  const members = known instanceof ProblemError ? known.members : {};
  const problem = problemOf(known.refusal, settings.publicUrl, members);
  return problemResponse(problem, known.code);
}
