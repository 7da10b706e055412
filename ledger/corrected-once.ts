import type { AccountId } from '../domain/account.ts';
import { failure, SolventError, type FailureCode } from '../domain/failures.ts';
import { uuidOf } from './account-id.ts';
import type { Ledger } from './database.ts';

interface Corrected {
  readonly accountId: AccountId;
  /** The charges of usage that are taken back. */
  readonly eventIds: readonly number[];
}

/**
 * What is corrected once whatever the caller's key: asked for again in other words, it says so.
 * @throws SolventError `again`, usage_already_corrected, and what `correct` throws.
 */
export async function correctedOnce<Outcome>(
  ledger: Ledger,
  corrected: Corrected,
  again: FailureCode,
  correct: () => Promise<Outcome>,
): Promise<Outcome> {
  try {
    return await correct();
  } catch (error) {
    if (error instanceof SolventError) {
      throw error.code === 'idempotency_key_reused' ? failure(again) : error;
    }
    // Usage that is not there any more fails in several ways, all of them because of this.
    throw (await isCorrected(ledger, corrected)) ? failure('usage_already_corrected') : error;
  }
}

async function isCorrected(ledger: Ledger, { accountId, eventIds }: Corrected): Promise<boolean> {
  const rows = await ledger.run(
    `select from billing_events
     where account_id = $1 and kind = 'usage_corrected'
       and payload -> 'event' ->> 'eventId' = any($2::text[]) limit 1`,
    [uuidOf(accountId), eventIds.map(String)],
  );
  return rows.length > 0;
}
