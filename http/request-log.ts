import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Logger } from 'pino';
import type { ApiEnvironment } from './dependencies.ts';

/**
 * One line per request. It names the route's pattern, never the address itself: portal links carry
 * their token in it (R15 asks the same of anything secret).
 */
export function requestLog(log: Logger): MiddlewareHandler<ApiEnvironment> {
  return async (context, next) => {
    const startedMs = performance.now();
    await next();
    log.info(
      {
        requestId: context.var.requestId,
        method: context.req.method,
        route: routePath(context, -1),
        status: context.res.status,
        durationMs: Math.round(performance.now() - startedMs),
      },
      'request',
    );
  };
}
