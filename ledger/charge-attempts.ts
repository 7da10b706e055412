import type { AccountId } from '../domain/account.ts';
import type { ChargeAttempt } from '../domain/charge-attempt.ts';
import { uuidOf } from './account-id.ts';
import { columnsOf, instant } from './columns.ts';
import type { Session } from './database.ts';

export interface AttemptRow extends ChargeAttempt {
  readonly accountId: AccountId;
  readonly purchaseId: string;
}

/** An attempt that is known already is the same one told again: it counts once. */
export function insertAttempts(session: Session, rows: readonly AttemptRow[]): void {
  session.write(
    `insert into charge_attempts (account_id, attempt_id, purchase_id, payment_intent_id,
       charge_id, card_fingerprint, card_brand, amount, outcome, decline_code, advice_code,
       network_decline_code, network_advice_code, attempted_at)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
       $7::text[], $8::bigint[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
       $14::timestamptz[])
     on conflict (account_id, attempt_id) do nothing`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.attemptId,
      (row) => row.purchaseId,
      (row) => row.paymentIntentId,
      (row) => row.chargeId,
      (row) => row.cardFingerprint,
      (row) => row.cardBrand,
      (row) => row.amount,
      (row) => row.outcome,
      (row) => row.declineCode,
      (row) => row.adviceCode,
      (row) => row.networkDeclineCode,
      (row) => row.networkAdviceCode,
      (row) => instant(row.attemptedAtMs),
    ),
  );
}
