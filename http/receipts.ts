import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { problemAnswer } from './problems.ts';
import { receiptFile } from './receipt-file.ts';
import { refuseInvalid } from './validation.ts';

/** The body of an answer that is a PDF. */
export function pdfAnswer(description: string) {
  const schema = z.string().openapi({ format: 'binary' });
  return { description, content: { 'application/pdf': { schema } } };
}

/** Receipts of purchases (R42). */
export function receiptRoutes(dependencies: HttpDependencies): Api {
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/v1/purchases/{purchaseId}/receipt.pdf',
      tags: ['Purchases'],
      summary: 'Get the receipt of a purchase as PDF',
      description:
        'Made on demand. Only a purchase that succeeded has one; what was returned of it later is ' +
        'shown on it. Any other answers `receipt_not_available`.',
      middleware: allow('purchases.read', dependencies),
      request: {
        params: z.object({
          purchaseId: z.string().openapi({ param: { name: 'purchaseId', in: 'path' } }),
        }),
      },
      responses: { 200: pdfAnswer('The receipt.'), ...problemAnswer },
    }),
    (context) => receiptFile(context.req.valid('param').purchaseId, dependencies),
  );

  return routes;
}
