/** Every workflow by the name it is started with; nothing else may be exported here. */
export { cardRemoval } from './card-removal.ts';
export { cardSetup } from './card-setup.ts';
export { cardUpdate } from './card-update.ts';
export { collection } from './collection.ts';
export { collectionStarter } from './collection-starter.ts';
export { creditExpiry } from './credit-expiry.ts';
export { invoiceCalendar } from './invoice-calendar.ts';
export { invoiceRun } from './invoice-run.ts';
export { paymentWatch } from './payment-watch.ts';
export { purchase } from './purchase.ts';
export { sweep } from './sweep.ts';
export { webhookDelivery } from './webhook-delivery.ts';
