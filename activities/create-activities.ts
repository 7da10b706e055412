import { createCardActivities } from './cards.ts';
import { createCollectionActivities } from './collections.ts';
import { createCreditExpiryActivities } from './credit-expiry.ts';
import type { Dependencies } from './dependencies.ts';
import { createInvoiceRunActivities } from './invoice-runs.ts';
import { createNoticeActivities } from './notices.ts';
import { createPaymentActivities } from './payments.ts';
import { createPaymentWatchActivities } from './payment-watch.ts';
import { createPurchaseActivities } from './purchases.ts';
import { createSweepActivities } from './sweep.ts';
import { supervised } from './supervised.ts';
import { createWebhookActivities } from './webhook-deliveries.ts';

/** Every activity, over the dependencies that the worker made. */
export const createActivities = (dependencies: Dependencies) =>
  supervised({
    ...createPurchaseActivities(dependencies),
    ...createPaymentActivities(dependencies),
    ...createCardActivities(dependencies),
    ...createNoticeActivities(dependencies),
    ...createSweepActivities(dependencies),
    ...createPaymentWatchActivities(dependencies),
    ...createCreditExpiryActivities(dependencies),
    ...createWebhookActivities(dependencies),
    ...createInvoiceRunActivities(dependencies),
    ...createCollectionActivities(dependencies),
  });

export type Activities = ReturnType<typeof createActivities>;
