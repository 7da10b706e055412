import { randomBytes } from 'node:crypto';
import type { AccountId } from '../domain/account.ts';
import { houseId, uuidOf } from './account-id.ts';
import { insertAudit } from './audit.ts';
import { instant } from './columns.ts';
import type { Ledger } from './database.ts';
import { createLane } from './lane.ts';
import { hashOfSecret, newSecret } from './secrets.ts';

/** What an API key is for (R64): `http/access.ts` says which role may do what. */
export type ApiKeyRole = 'billing' | 'developer' | 'service' | 'operator';

export interface ApiKey {
  /** Names the key where its secret must not stand: lists, logs, the audit log. */
  readonly keyId: string;
  readonly role: ApiKeyRole;
  /** The one account it is confined to; null: all of them. */
  readonly accountId: AccountId | null;
  readonly name: string;
}

/** Makes a key. Its secret is shown this once and kept nowhere: only its hash is. */
export async function createApiKey(
  ledger: Ledger,
  input: Omit<ApiKey, 'keyId'> & { readonly actor: string; readonly nowMs: number },
): Promise<{ readonly keyId: string; readonly secret: string }> {
  const { role, accountId, name, actor, nowMs } = input;
  const keyId = `key_${randomBytes(8).toString('hex')}`;
  const secret = newSecret('sk_');
  await ledger.transaction(async (session) => {
    await session.read(
      `insert into api_keys (key_id, secret_hash, role, account_id, name, created_at)
       values ($1, $2, $3, $4, $5, $6)`,
      [keyId, hashOfSecret(secret), role, accountId && uuidOf(accountId), name, instant(nowMs)],
    );
    const entry = { actor, action: 'api_key.create', detail: { keyId, role } };
    insertAudit(session, [{ accountId: accountId ?? houseId, ...entry, occurredAtMs: nowMs }]);
  });
  return { keyId, secret };
}

/** The key of a secret; undefined where it is unknown or revoked. */
export async function findApiKey(
  ledger: Ledger,
  { secret }: { readonly secret: string },
): Promise<ApiKey | undefined> {
  return (await findApiKeys(ledger, [secret]))[0];
}

/** Where requests are authenticated. */
export interface ApiKeys {
  /** As {@link findApiKey}; what is asked at the same time is looked up together. */
  find(secret: string): Promise<ApiKey | undefined>;
}

/** One look-up at a time: the next gathers while it is under way. */
const lookUps = { width: 1, maxItems: 1_000 };

/**
 * Looks keys up in batches. Nothing is remembered from one to the next (B15): a key that was
 * revoked before a request came is refused.
 */
export function openApiKeys(ledger: Ledger): ApiKeys {
  const lane = createLane<string, ApiKey | undefined>({
    run: (secrets) => findApiKeys(ledger, secrets),
    ...lookUps,
  });
  return { find: lane };
}

async function findApiKeys(
  ledger: Ledger,
  secrets: readonly string[],
): Promise<(ApiKey | undefined)[]> {
  const hashes = new Map([...new Set(secrets)].map((secret) => [secret, hashOfSecret(secret)]));
  const rows = await ledger.run<ApiKey & { readonly secretHash: Buffer }>(
    `select secret_hash as "secretHash", key_id as "keyId", role, account_id as "accountId", name
     from api_keys where secret_hash = any($1::bytea[]) and revoked_at is null`,
    [[...hashes.values()]],
  );
  const keys = new Map(rows.map(({ secretHash, ...key }) => [secretHash.toString('hex'), key]));
  return secrets.map((secret) => keys.get(hashes.get(secret)?.toString('hex') ?? ''));
}

/** Ends a key at once. False where there is none of this id, or it was revoked before. */
export async function revokeApiKey(
  ledger: Ledger,
  input: { readonly keyId: string; readonly actor: string; readonly nowMs: number },
): Promise<boolean> {
  const { keyId, actor, nowMs } = input;
  return ledger.transaction(async (session) => {
    const [key] = await session.read<{ accountId: AccountId | null }>(
      `update api_keys set revoked_at = $2 where key_id = $1 and revoked_at is null
       returning account_id as "accountId"`,
      [keyId, instant(nowMs)],
    );
    if (key === undefined) return false;
    const entry = { actor, action: 'api_key.revoke', detail: { keyId } };
    insertAudit(session, [{ accountId: key.accountId ?? houseId, ...entry, occurredAtMs: nowMs }]);
    return true;
  });
}
