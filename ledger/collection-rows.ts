import type { AccountId } from '../domain/account.ts';
import type { CollectionStep } from '../domain/collection.ts';
import type { CollectionPause } from '../domain/collection-times.ts';
import { uuidOf } from './account-id.ts';
import { columnsOf, instant } from './columns.ts';
import type { Session } from './database.ts';

/** How far the collection of an invoice is, as the table holds it. */
export interface StoredCollection {
  readonly invoiceId: string;
  /** The begin of the day the card is charged by itself; null: it never is. */
  readonly chargeAtMs: number | null;
  /** When its workflow was started; null: it was not yet. */
  readonly startedAtMs: number | null;
  readonly nextChargeAtMs: number | null;
  /** What it waits for. */
  readonly step: CollectionStep['step'];
  readonly retryAskedAtMs: number | null;
  /** Payment objects made at Stripe so far. */
  readonly paymentObjects: number;
  /** The one that is open: the next is made only when it is known to be paid or canceled. */
  readonly paymentIntentId: string | null;
  readonly endedAtMs: number | null;
  /** By when its run looks again; null: it has none yet, or nothing is left to be done. */
  readonly wakesAtMs: number | null;
  /** How often what is planned was changed. */
  readonly plans: number;
  readonly pauses: readonly StoredPause[];
}

export interface StoredPause extends CollectionPause {
  readonly pauseId: number;
}

export interface InvoiceName {
  readonly accountId: AccountId;
  readonly invoiceId: string;
}

/** With the number that people know it by. */
export interface NumberedInvoiceName extends InvoiceName {
  readonly number: string;
}

/** Those of the named collections that there are. */
export function readCollections(
  session: Session,
  names: readonly InvoiceName[],
): Promise<(StoredCollection & InvoiceName)[]> {
  return session.read(
    `select account_id as "accountId", invoice_id as "invoiceId", charge_at as "chargeAtMs",
       started_at as "startedAtMs", next_charge_at as "nextChargeAtMs", step,
       retry_asked_at as "retryAskedAtMs",
       payment_objects as "paymentObjects", payment_intent_id as "paymentIntentId",
       ended_at as "endedAtMs", wakes_at as "wakesAtMs",
       (select count(*) from collection_plans p
        where p.account_id = c.account_id and p.invoice_id = c.invoice_id) as plans,
       (select coalesce(jsonb_agg(jsonb_build_object('pauseId', pause_id, 'reason', reason,
            'fromMs', (extract(epoch from from_at) * 1000)::bigint,
            'untilMs', (extract(epoch from until_at) * 1000)::bigint) order by pause_id), '[]')
        from collection_pauses p
        where p.account_id = c.account_id and p.invoice_id = c.invoice_id) as pauses
     from unnest($1::uuid[], $2::text[]) as k (account_id, invoice_id)
     join collections c using (account_id, invoice_id)`,
    columnsOf(
      names,
      (row) => uuidOf(row.accountId),
      (row) => row.invoiceId,
    ),
  );
}

export type CollectionRow = StoredCollection & { readonly accountId: AccountId };

/** Adds collections that an operator or a payment began, and writes what may change of all. */
export function writeCollections(session: Session, rows: readonly CollectionRow[]): void {
  session.write(
    `insert into collections (account_id, invoice_id, charge_at, started_at, next_charge_at, step,
       retry_asked_at, payment_objects, payment_intent_id, ended_at, wakes_at)
     select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[],
       $5::timestamptz[], $6::text[], $7::timestamptz[], $8::integer[], $9::text[],
       $10::timestamptz[], $11::timestamptz[])
     on conflict (account_id, invoice_id) do update set
       next_charge_at = excluded.next_charge_at, step = excluded.step,
       retry_asked_at = excluded.retry_asked_at,
       payment_objects = excluded.payment_objects,
       payment_intent_id = excluded.payment_intent_id, ended_at = excluded.ended_at,
       wakes_at = excluded.wakes_at`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.invoiceId,
      (row) => instant(row.chargeAtMs),
      (row) => instant(row.startedAtMs),
      (row) => instant(row.nextChargeAtMs),
      (row) => row.step,
      (row) => instant(row.retryAskedAtMs),
      (row) => row.paymentObjects,
      (row) => row.paymentIntentId,
      (row) => instant(row.endedAtMs),
      (row) => instant(row.wakesAtMs),
    ),
  );
}

export interface PlanRow extends InvoiceName {
  readonly planId: number;
  readonly decidedAtMs: number;
  readonly nextChargeAtMs: number | null;
}

/** What was planned, and when: how an account stood at a past instant depends on it (R50). */
export function insertPlans(session: Session, rows: readonly PlanRow[]): void {
  session.write(
    `insert into collection_plans (account_id, invoice_id, plan_id, decided_at, next_charge_at)
     select * from unnest($1::uuid[], $2::text[], $3::integer[], $4::timestamptz[],
       $5::timestamptz[])`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.invoiceId,
      (row) => row.planId,
      (row) => instant(row.decidedAtMs),
      (row) => instant(row.nextChargeAtMs),
    ),
  );
}

export type PauseRow = StoredPause & InvoiceName;

/** Adds pauses, and writes the end of those already there. */
export function writePauses(session: Session, rows: readonly PauseRow[]): void {
  session.write(
    `insert into collection_pauses (account_id, invoice_id, pause_id, reason, from_at, until_at)
     select * from unnest($1::uuid[], $2::text[], $3::integer[], $4::text[], $5::timestamptz[],
       $6::timestamptz[]) as r
     on conflict (account_id, invoice_id, pause_id) do update set until_at = excluded.until_at`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.invoiceId,
      (row) => row.pauseId,
      (row) => row.reason,
      (row) => instant(row.fromMs),
      (row) => instant(row.untilMs),
    ),
  );
}
