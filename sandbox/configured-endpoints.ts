import type { Change } from './journal.ts';
import type { Store } from './store.ts';
import { eventVersion } from './versions.ts';
import { webhookEndpoints, webhookSecrets, type WebhookEndpoint } from './webhook-endpoint.ts';

const configuredPrefix = 'we_configured';

/** Makes the endpoints given at the start the only ones of their kind: addresses may have moved. */
export function configureEndpoints(
  store: Store,
  wanted: readonly { url: string; secret: string }[],
  nowSeconds: number,
): void {
  const changes = new Map<string, Change>();
  const common = { created: nowSeconds, indexKeys: [] };
  for (const id of store.ids(webhookEndpoints.name)) {
    if (!id.startsWith(configuredPrefix) || !store.has(webhookEndpoints.name, id)) continue;
    for (const table of [webhookEndpoints.name, webhookSecrets.name]) {
      changes.set(`${table} ${id}`, { ...common, table, id, text: undefined });
    }
  }
  wanted.forEach(({ url, secret }, position) => {
    const id = `${configuredPrefix}${position}`;
    const endpoint: WebhookEndpoint = {
      id,
      object: 'webhook_endpoint',
      api_version: eventVersion,
      application: null,
      created: nowSeconds,
      description: 'Given when the sandbox was started',
      enabled_events: ['*'],
      livemode: false,
      metadata: {},
      status: 'enabled',
      url,
    };
    const { name } = webhookEndpoints;
    changes.set(`${name} ${id}`, { ...common, table: name, id, text: JSON.stringify(endpoint) });
    const secretTable = webhookSecrets.name;
    const text = JSON.stringify({ id, secret });
    changes.set(`${secretTable} ${id}`, { ...common, table: secretTable, id, text });
  });
  store.commit([...changes.values()]);
}
