/** The load's own process: carries out one order after another, sent by its parent. */
import { makeLoad, type LoadOrder } from './load.ts';

process.on('message', (order: LoadOrder) => {
  makeLoad(order).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
