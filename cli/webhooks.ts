import { InvalidArgumentError, Option, type Command } from 'commander';
import { failure, SolventError } from '../domain/failures.ts';
import { accountOfId, webhookEndpointIdFor } from '../domain/ids.ts';
import { refuseWebhookUrl, type WebhookEndpoint } from '../domain/webhook-endpoint.ts';
import { webhookTypes, type WebhookType } from '../domain/webhook-messages.ts';
import { houseId } from '../ledger/account-id.ts';
import * as endpoints from '../ledger/webhook-endpoints.ts';
import {
  listWebhookDeliveries,
  pingWebhookEndpoint,
  replayWebhook,
  type DeliveryState,
} from '../ledger/webhook-log.ts';
import { accountId, endpointId, wholeNumber } from './arguments.ts';
import { keyFor, keyOption } from './idempotency-key.ts';
import type { Session } from './session.ts';
import { deliveriesTable, deliveryJson, endpointJson, endpointsTable } from './webhook-view.ts';
import { facts } from './words.ts';

interface AddOptions {
  account?: string;
  types?: WebhookType[];
  key?: string;
}

interface LogOptions {
  state?: DeliveryState;
  limit: number;
  after?: string;
}

const endpointArgument = ['<endpoint>', 'endpoint id, whe_…', endpointId] as const;

export function addWebhookVerbs(webhooks: Command, session: Session): void {
  webhooks
    .command('add')
    .description('register an address; its secret is shown this once')
    .argument('<url>', 'https address; in test mode also http on this machine')
    .option('--account <account>', 'told of this account; absent, of all of them', accountId)
    .option('--types <types>', 'only these, separated by commas; absent, all', types)
    .addOption(keyOption())
    .action((url: string, options: AddOptions) => add(url, options, session));
  webhooks
    .command('list')
    .description('list the addresses and whether they are enabled')
    .option('--account <account>', 'this account’s; absent, the operator’s', accountId)
    .action((options: { account?: string }) => list(options, session));
  webhooks
    .command('rotate')
    .description('make a new secret; the old one is signed with, too, for 24 hours')
    .argument(...endpointArgument)
    .addOption(keyOption())
    .action((id: string, options: { key?: string }) => rotate(id, options, session));
  webhooks
    .command('test')
    .description('send a message of type ping')
    .argument(...endpointArgument)
    .addOption(keyOption())
    .action((id: string, options: { key?: string }) => test(id, options, session));
  addLogVerbs(webhooks, session);
}

function addLogVerbs(webhooks: Command, session: Session): void {
  webhooks
    .command('log')
    .description('list what was sent, newest first, and how it was answered')
    .argument(...endpointArgument)
    .addOption(
      new Option('--state <state>', 'only these').choices(['waiting', 'delivered', 'failed']),
    )
    .option('--limit <count>', 'how many', wholeNumber(1, 100), 20)
    .option('--after <cursor>', 'go on after an earlier page')
    .action((id: string, options: LogOptions) => log(id, options, session));
  webhooks
    .command('replay')
    .description('send a message again, delivered or not, with the same webhook-id')
    .argument(...endpointArgument)
    .argument('<message>', 'message id, msg_…')
    .addOption(keyOption())
    .action((id: string, message: string, options: { key?: string }) =>
      replay(id, message, options, session),
    );
  webhooks
    .command('enable')
    .description('send again to an address that was disabled, from now on')
    .argument(...endpointArgument)
    .action((id: string) => enable(id, session));
  webhooks
    .command('remove')
    .description('send nothing more to an address')
    .argument(...endpointArgument)
    .action((id: string) => remove(id, session));
}

function types(text: string): WebhookType[] {
  return text.split(',').map((part) => {
    const known = webhookTypes.find((type) => type === part.trim());
    if (known === undefined) {
      throw new InvalidArgumentError(`Types are ${webhookTypes.join(', ')}.`);
    }
    return known;
  });
}

/** Who asks, and when, as the ledger keeps it. */
function asked(id: string, session: Session) {
  return { endpointId: id, actor: session.actor, nowMs: session.nowMs() };
}

async function digestOf(options: { key?: string }, session: Session): Promise<string> {
  const { keyDigest } = await import('../client/ids.ts');
  return keyDigest(keyFor(options, session));
}

async function add(url: string, options: AddOptions, session: Session): Promise<void> {
  const { isLive } = (await session.settings()).stripe();
  const refused = refuseWebhookUrl(url, { loopbackAllowed: !isLive });
  if (refused !== null) throw new SolventError(refused);
  const owner = options.account ?? houseId;
  const id = webhookEndpointIdFor(owner, await digestOf(options, session));
  const made = await endpoints.createWebhookEndpoint(await session.ledger(), {
    ...asked(id, session),
    accountId: owner,
    url,
    types: options.types ?? null,
  });
  printSecret(made, session);
}

async function rotate(id: string, options: { key?: string }, session: Session): Promise<void> {
  const rotationId = await digestOf(options, session);
  const ledger = await session.ledger();
  const rotation = { ...asked(id, session), rotationId };
  printSecret(await endpoints.rotateWebhookSecret(ledger, rotation), session);
  session.remark('For 24 hours messages carry signatures of both secrets.');
}

function printSecret({ endpoint, secret }: endpoints.EndpointWithSecret, session: Session): void {
  session.print({ ...endpointJson(endpoint), secret }, () =>
    facts([
      ['Endpoint', endpoint.endpointId],
      ['Address', endpoint.url],
      ['Told of', endpoint.accountId === houseId ? 'all accounts' : endpoint.accountId],
      ['Types', endpoint.types?.join(', ') ?? 'all'],
      ['Secret', secret ?? '(replaced by a newer one)'],
    ]),
  );
  session.remark('Keep the secret now: it is not shown again.');
}

async function list(options: { account?: string }, session: Session): Promise<void> {
  const owner = options.account ?? houseId;
  const found = await endpoints.listWebhookEndpoints(await session.ledger(), { accountId: owner });
  session.print({ data: found.map(endpointJson) }, () => endpointsTable(found));
}

/** Throws SolventError webhook_endpoint_not_found. */
async function endpointNamed(id: string, session: Session): Promise<WebhookEndpoint> {
  const ledger = await session.ledger();
  const endpoint = await endpoints.readWebhookEndpoint(ledger, { endpointId: id });
  if (endpoint === undefined) throw failure('webhook_endpoint_not_found');
  return endpoint;
}

async function test(id: string, options: { key?: string }, session: Session): Promise<void> {
  const callId = await digestOf(options, session);
  const { messageId } = await pingWebhookEndpoint(await session.ledger(), {
    endpointId: id,
    callId,
    nowMs: session.nowMs(),
  });
  session.print({ messageId }, () => messageId);
  session.remark(`How it was answered: solvent webhooks log ${id}`);
}

async function log(id: string, options: LogOptions, session: Session): Promise<void> {
  await endpointNamed(id, session);
  const { state = null, after = null, limit } = options;
  const page = await listWebhookDeliveries(await session.ledger(), {
    endpointId: id,
    state,
    cursor: after,
    limit,
  });
  const shown = { data: page.deliveries.map(deliveryJson), nextCursor: page.nextCursor };
  session.print(shown, () => deliveriesTable(page.deliveries));
  if (page.nextCursor !== null) session.remark(`There are more: --after ${page.nextCursor}`);
}

async function replay(
  id: string,
  messageId: string,
  options: { key?: string },
  session: Session,
): Promise<void> {
  if (accountOfId(messageId) === undefined) throw failure('webhook_message_not_found');
  const callId = await digestOf(options, session);
  await replayWebhook(await session.ledger(), { endpointId: id, messageId, callId });
  session.print({ messageId }, () => messageId);
  session.remark(`How it was answered: solvent webhooks log ${id}`);
}

async function enable(id: string, session: Session): Promise<void> {
  const change = { ...asked(id, session), enabled: true };
  const endpoint = await endpoints.updateWebhookEndpoint(await session.ledger(), change);
  session.print(endpointJson(endpoint), () => `enabled: ${id}`);
}

async function remove(id: string, session: Session): Promise<void> {
  await endpoints.removeWebhookEndpoint(await session.ledger(), asked(id, session));
  session.print({ id, status: 'removed' }, () => `removed: ${id}`);
}
