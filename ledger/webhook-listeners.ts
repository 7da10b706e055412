import type { AccountId } from '../domain/account.ts';
import { houseId, uuidOf } from './account-id.ts';
import type { Session } from './database.ts';

/** Which of the accounts have an endpoint that is enabled; all of them where the house has one. */
export async function readWebhookListeners(
  session: Session,
  uuids: readonly string[],
): Promise<(accountId: AccountId) => boolean> {
  const rows = await session.read<{ accountId: AccountId }>(
    `select distinct account_id as "accountId" from webhook_endpoints
     where (account_id = any($1::uuid[]) or account_id = $2)
       and disabled_at is null and removed_at is null`,
    [uuids, uuidOf(houseId)],
  );
  const owners = new Set(rows.map(({ accountId }) => accountId));
  return (accountId) => owners.has(houseId) || owners.has(accountId);
}
