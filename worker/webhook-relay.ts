import { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { Logger } from 'pino';
import { startWebhookDelivery } from '../client/webhook-deliveries.ts';
import { listenForWebhooks } from '../ledger/webhook-listener.ts';

export interface WebhookRelay {
  close(): Promise<void>;
}

/**
 * Starts an endpoint's delivery as soon as the ledger committed something for it. Of several
 * workers one does it at a time; what nobody relayed is the sweep's.
 */
export function startWebhookRelay(parts: {
  readonly databaseUrl: string;
  readonly connection: NativeConnection;
  readonly namespace: string | undefined;
  readonly taskQueue: string;
  readonly log: Logger;
}): WebhookRelay {
  const { connection, namespace, taskQueue, log } = parts;
  const temporal = new Client({ connection, ...(namespace === undefined ? {} : { namespace }) });
  const underWay = new Set<Promise<void>>();
  const relay = async (endpointId: string) => {
    try {
      await startWebhookDelivery(temporal, { endpointId, taskQueue });
    } catch (error) {
      log.warn({ err: error, endpointId }, 'webhooks wait for the sweep');
    }
  };
  const listener = listenForWebhooks({
    url: parts.databaseUrl,
    onEndpoint: (endpointId) => {
      const relayed = relay(endpointId);
      underWay.add(relayed);
      void relayed.finally(() => underWay.delete(relayed));
    },
    onConnectionError: (error) => {
      log.warn({ err: error }, 'webhooks wait for the sweep until the ledger is reached again');
    },
  });
  return {
    async close() {
      await listener.close();
      await Promise.all(underWay);
    },
  };
}
