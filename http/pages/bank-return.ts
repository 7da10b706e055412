import { createMiddleware } from 'hono/factory';
import { accountOfId } from '../../domain/ids.ts';
import { SolventError } from '../../domain/failures.ts';
import type { HttpDependencies } from '../dependencies.ts';

const lookWaitMs = 5_000;

/**
 * Has a payment or set-up looked at when the bank's page sends the browser back, whether or not it
 * still has a portal session: the customer did their part, and a webhook may be lost. It only makes
 * the workflow read Stripe's object; what the page then shows needs the session as ever.
 */
export function looksOnReturn({ client }: Pick<HttpDependencies, 'client'>) {
  return createMiddleware(async (context, next) => {
    const { payment_intent: payment, setup_intent: setup } = context.req.query();
    const parts = context.req.path.split('/');
    const id = parts.at(-1) ?? '';
    // An invoice's payment is looked at by the invoice's workflow; its page may be a page below.
    const invoiceId = parts.find((part) => part.startsWith('inv_'));
    if (accountOfId(id) !== undefined && (payment ?? setup) !== undefined) {
      try {
        if (payment === undefined) await client.confirmCardSetup(id, lookWaitMs);
        else if (invoiceId !== undefined) await client.collections.confirm(invoiceId, lookWaitMs);
        else await client.confirmPurchase(id, lookWaitMs);
      } catch (error) {
        // The page shows how it stands all the same, and looks again itself.
        if (!(error instanceof SolventError)) throw error;
      }
    }
    await next();
  });
}
