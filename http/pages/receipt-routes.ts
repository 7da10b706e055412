import { Hono } from 'hono';
import { failure } from '../../domain/failures.ts';
import { accountOfId } from '../../domain/ids.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { receiptFile } from '../receipt-file.ts';
import type { PageEnvironment } from './session.ts';

/** Receipts, for the customer whose page it is. */
export function receiptPageRoutes(dependencies: HttpDependencies): Hono<PageEnvironment> {
  const routes = new Hono<PageEnvironment>();
  routes.get('/billing/purchases/:purchaseId/receipt.pdf', (context) => {
    const purchaseId = context.req.param('purchaseId');
    if (accountOfId(purchaseId) !== context.var.session.accountId) {
      throw failure('purchase_not_found');
    }
    return receiptFile(purchaseId, dependencies);
  });
  return routes;
}
