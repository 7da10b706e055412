import { randomBytes } from 'node:crypto';
import type { AccountId } from '../domain/account.ts';
import { failure } from '../domain/failures.ts';
import { accountOfId } from '../domain/ids.ts';
import {
  mostWebhookEndpoints,
  secretOverlapMs,
  type WebhookEndpoint,
} from '../domain/webhook-endpoint.ts';
import type { WebhookType } from '../domain/webhook-messages.ts';
import { houseId, uuidOf } from './account-id.ts';
import { insertAudit } from './audit.ts';
import { instant } from './columns.ts';
import type { Ledger, Session } from './database.ts';
import { hashOfInput } from './input-hash.ts';

/** Who asks, and when: kept in the audit log. */
interface Asked {
  readonly endpointId: string;
  readonly actor: string;
  readonly nowMs: number;
}

export interface NewWebhookEndpoint extends Asked {
  /** `houseId`: the operator's own. */
  readonly accountId: AccountId;
  readonly url: string;
  readonly types: readonly WebhookType[] | null;
}

export interface EndpointWithSecret {
  readonly endpoint: WebhookEndpoint;
  /** Null on a repeat that comes after the secret was rotated. */
  readonly secret: string | null;
}

const columns = `
  endpoint_id as "endpointId", account_id as "accountId", url, types, created_at as "createdAtMs",
  disabled_at as "disabledAtMs", disabled_reason as "disabledReason"`;

/** The secret that comes with the endpoint; later ones are named by the calls that made them. */
const firstSecretId = 'first';

/**
 * Registers an endpoint. A repeat with the same input finds it again, with its secret.
 * @throws SolventError account_not_found, webhook_endpoints_too_many, idempotency_key_reused.
 */
export async function createWebhookEndpoint(
  ledger: Ledger,
  input: NewWebhookEndpoint,
): Promise<EndpointWithSecret> {
  const { accountId, endpointId, url, types, nowMs } = input;
  const hash = hashOfInput({ url, types });
  const key = [uuidOf(accountId), endpointId];
  return ledger.transaction(async (session) => {
    const [stored] = await session.read<{ inputHash: Buffer; removedAtMs: number | null }>(
      `select input_hash as "inputHash", removed_at as "removedAtMs" from webhook_endpoints
       where account_id = $1 and endpoint_id = $2`,
      key,
    );
    if (stored === undefined) {
      await assertRoom(session, accountId);
      session.write(
        `insert into webhook_endpoints (account_id, endpoint_id, url, types, input_hash, created_at)
         values ($1, $2, $3, $4, $5, $6)`,
        [...key, url, types, hash, instant(nowMs)],
      );
      addSecret(session, input, firstSecretId);
      audit(session, input, 'create', { types: types ?? 'all' });
    } else if (!stored.inputHash.equals(hash)) {
      throw failure('idempotency_key_reused');
    } else if (stored.removedAtMs !== null) {
      throw failure('webhook_endpoint_not_found');
    }
    const endpoint = await lock(session, endpointId);
    return { endpoint, secret: await currentSecret(session, endpoint, firstSecretId) };
  });
}

/** An account's endpoints, or the house's, oldest first. */
export async function listWebhookEndpoints(
  ledger: Ledger,
  { accountId }: { readonly accountId: AccountId },
): Promise<WebhookEndpoint[]> {
  return ledger.run(
    `select ${columns} from webhook_endpoints where account_id = $1 and removed_at is null
     order by created_at, endpoint_id`,
    [uuidOf(accountId)],
  );
}

/** Undefined where there is none, or it was removed. */
export async function readWebhookEndpoint(
  ledger: Ledger,
  { endpointId }: { readonly endpointId: string },
): Promise<WebhookEndpoint | undefined> {
  const [endpoint] = await ledger.run<WebhookEndpoint>(
    `select ${columns} from webhook_endpoints
     where account_id = $1 and endpoint_id = $2 and removed_at is null`,
    keyOf(endpointId),
  );
  return endpoint;
}

/**
 * Changes an endpoint; what is absent stays. Disabling it gives up what waits; enabling it begins
 * with what happens from then on.
 * @throws SolventError webhook_endpoint_not_found.
 */
export async function updateWebhookEndpoint(
  ledger: Ledger,
  change: Asked & {
    readonly url?: string | undefined;
    readonly types?: readonly WebhookType[] | null | undefined;
    readonly enabled?: boolean | undefined;
  },
): Promise<WebhookEndpoint> {
  const { endpointId, nowMs } = change;
  return ledger.transaction(async (session) => {
    const before = await lock(session, endpointId);
    const { url = before.url, types = before.types } = change;
    const enabled = change.enabled ?? before.disabledAtMs === null;
    const disabledAtMs = enabled ? null : (before.disabledAtMs ?? nowMs);
    const disabledReason = enabled ? null : (before.disabledReason ?? 'asked');
    const isEnabledAnew = enabled && before.disabledAtMs !== null;
    const after = { ...before, url, types, disabledAtMs, disabledReason };
    session.write(
      `update webhook_endpoints set url = $3, types = $4, disabled_at = $5, disabled_reason = $6,
         failing_since = case when $7 then null else failing_since end
       where account_id = $1 and endpoint_id = $2`,
      [...keyOf(endpointId), url, types, instant(disabledAtMs), disabledReason, isEnabledAnew],
    );
    if (!enabled) giveUpDeliveries(session, endpointId);
    const isUrlChanged = url !== before.url;
    audit(session, change, 'update', { types: types ?? 'all', enabled, isUrlChanged });
    return after;
  });
}

/**
 * Ends an endpoint for good; its log stays for as long as messages are kept.
 * @throws SolventError webhook_endpoint_not_found.
 */
export async function removeWebhookEndpoint(ledger: Ledger, asked: Asked): Promise<void> {
  const { endpointId, nowMs } = asked;
  await ledger.transaction(async (session) => {
    await lock(session, endpointId);
    const key = [...keyOf(endpointId), instant(nowMs)];
    session.write(
      'update webhook_endpoints set removed_at = $3 where account_id = $1 and endpoint_id = $2',
      key,
    );
    session.write(
      `update webhook_secrets set secret = null, ends_at = coalesce(ends_at, $3)
       where account_id = $1 and endpoint_id = $2`,
      key,
    );
    giveUpDeliveries(session, endpointId);
    audit(session, asked, 'remove', {});
  });
}

/**
 * Makes a new secret; the one before is signed with, too, for a day (R63). A repeat of the same
 * `rotationId` makes no other.
 * @throws SolventError webhook_endpoint_not_found.
 */
export async function rotateWebhookSecret(
  ledger: Ledger,
  asked: Asked & { readonly rotationId: string },
): Promise<EndpointWithSecret> {
  const { endpointId, rotationId, nowMs } = asked;
  return ledger.transaction(async (session) => {
    const endpoint = await lock(session, endpointId);
    const key = keyOf(endpointId);
    const [stored] = await session.read(
      `select secret_id from webhook_secrets
       where account_id = $1 and endpoint_id = $2 and secret_id = $3`,
      [...key, rotationId],
    );
    if (stored === undefined) {
      session.write(
        `update webhook_secrets set ends_at = coalesce(ends_at, $3),
           secret = case when ends_at <= $4 then null else secret end
         where account_id = $1 and endpoint_id = $2`,
        [...key, instant(nowMs + secretOverlapMs), instant(nowMs)],
      );
      addSecret(session, asked, rotationId);
      audit(session, asked, 'rotate_secret', {});
    }
    return { endpoint, secret: await currentSecret(session, endpoint, rotationId) };
  });
}

/** What waits for an endpoint that takes nothing more; each may be replayed once it does again. */
export function giveUpDeliveries(session: Session, endpointId: string): void {
  session.write(
    `update webhook_deliveries set state = 'failed', next_attempt_at = null,
       last_error = 'endpoint_disabled'
     where endpoint_id = $1 and state = 'waiting'`,
    [endpointId],
  );
}

/** Table keys of an endpoint's id; one that is none finds nothing. */
export function keyOf(endpointId: string): [uuid: string, endpointId: string] {
  return [uuidOf(accountOfId(endpointId) ?? houseId), endpointId];
}

async function lock(session: Session, endpointId: string): Promise<WebhookEndpoint> {
  // A billing event's transaction refers to the row and must not wait for this one.
  const [endpoint] = await session.read<WebhookEndpoint>(
    `select ${columns} from webhook_endpoints
     where account_id = $1 and endpoint_id = $2 and removed_at is null for no key update`,
    keyOf(endpointId),
  );
  if (endpoint === undefined) throw failure('webhook_endpoint_not_found');
  return endpoint;
}

async function assertRoom(session: Session, accountId: AccountId): Promise<void> {
  const [counted] = await session.read<{ endpoints: number; isKnown: boolean }>(
    `select (select count(*) from webhook_endpoints where account_id = $1 and removed_at is null)
         as endpoints,
       $2 or exists (select from accounts where account_id = $1) as "isKnown"`,
    [uuidOf(accountId), accountId === houseId],
  );
  if (counted?.isKnown !== true) throw failure('account_not_found');
  if (counted.endpoints >= mostWebhookEndpoints) {
    throw failure('webhook_endpoints_too_many', `There may be ${mostWebhookEndpoints}.`);
  }
}

/** 256 random bits, written as the Standard Webhooks specification asks. */
function addSecret(
  session: Session,
  { endpointId, nowMs }: Pick<Asked, 'endpointId' | 'nowMs'>,
  secretId: string,
): void {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  session.write(
    `insert into webhook_secrets (account_id, endpoint_id, secret_id, secret, created_at)
     values ($1, $2, $3, $4, $5)`,
    [...keyOf(endpointId), secretId, secret, instant(nowMs)],
  );
}

async function currentSecret(
  session: Session,
  { endpointId }: WebhookEndpoint,
  secretId: string,
): Promise<string | null> {
  const [found] = await session.read<{ secret: string }>(
    `select secret from webhook_secrets
     where account_id = $1 and endpoint_id = $2 and secret_id = $3 and ends_at is null`,
    [...keyOf(endpointId), secretId],
  );
  return found?.secret ?? null;
}

function audit(
  session: Session,
  { endpointId, actor, nowMs }: Asked,
  verb: string,
  detail: Readonly<Record<string, string | boolean | readonly string[]>>,
): void {
  const accountId = accountOfId(endpointId) ?? houseId;
  const entry = { accountId, actor, action: `webhook_endpoint.${verb}` };
  insertAudit(session, [{ ...entry, detail: { endpointId, ...detail }, occurredAtMs: nowMs }]);
}
