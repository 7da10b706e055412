import type { AccountId } from '../domain/account.ts';
import type { Card } from '../domain/cards.ts';
import type { SavedCard } from '../domain/payment-methods.ts';
import { uuidOf } from './account-id.ts';
import type { PlaceInLife } from './account-rows.ts';
import { columnsOf, instant } from './columns.ts';
import type { Session } from './database.ts';

/** A card as the table holds it: removed ones stay, for the purchases that were paid with them. */
export interface StoredCard extends SavedCard {
  readonly removedAtMs: number | null;
}

export type CardRow = StoredCard & { readonly accountId: AccountId };

type Columns = Card & Omit<CardRow, 'card'>;

/** All cards the accounts ever kept, oldest first. */
export async function readCards(session: Session, uuids: readonly string[]): Promise<CardRow[]> {
  const rows = await session.read<Columns>(
    `select account_id as "accountId", payment_method_id as "paymentMethodId", type, brand, last4,
       funding, fingerprint, wallet, iin, expiry_month as "expiryMonth",
       expiry_year as "expiryYear", country, is_default as "isDefault", saved_at as "savedAtMs",
       removed_at as "removedAtMs"
     from payment_methods where account_id = any($1::uuid[])
     order by account_id, saved_at, payment_method_id`,
    [uuids],
  );
  return rows.map(({ accountId, paymentMethodId, isDefault, savedAtMs, removedAtMs, ...card }) => ({
    accountId,
    paymentMethodId,
    card,
    isDefault,
    savedAtMs,
    removedAtMs,
  }));
}

/** Until when the last of each account's cards on file can be charged; none, no row. */
export async function readCardsLastDay(
  session: Session,
  uuids: readonly string[],
): Promise<{ readonly accountId: AccountId; readonly usableUntilMs: number }[]> {
  const rows = await session.read<{ accountId: AccountId; lastMonth: number }>(
    `select account_id as "accountId", max(expiry_year * 12 + expiry_month) as "lastMonth"
     from payment_methods where account_id = any($1::uuid[]) and removed_at is null
     group by account_id`,
    [uuids],
  );
  return rows.map(({ accountId, lastMonth }) => {
    const expiryMonth = ((lastMonth - 1) % 12) + 1;
    const expiryYear = (lastMonth - expiryMonth) / 12;
    return { accountId, usableUntilMs: Date.UTC(expiryYear, expiryMonth, 1) };
  });
}

/** Adds cards and changes those already there. */
export function writeCards(session: Session, rows: readonly CardRow[]) {
  session.write(
    `insert into payment_methods (account_id, payment_method_id, type, brand, last4, funding,
       fingerprint, wallet, iin, expiry_month, expiry_year, country, is_default, saved_at,
       removed_at)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
       $7::text[], $8::text[], $9::text[], $10::smallint[], $11::smallint[], $12::text[],
       $13::boolean[], $14::timestamptz[], $15::timestamptz[]) as r
     on conflict (account_id, payment_method_id) do update set
       type = excluded.type, brand = excluded.brand, last4 = excluded.last4,
       funding = excluded.funding, fingerprint = excluded.fingerprint, wallet = excluded.wallet,
       iin = excluded.iin, expiry_month = excluded.expiry_month,
       expiry_year = excluded.expiry_year, country = excluded.country,
       is_default = excluded.is_default, removed_at = excluded.removed_at`,
    columnsOf(
      // The old default lets go before the new one takes over: there is never more than one.
      rows.toSorted((a, b) => Number(a.isDefault) - Number(b.isDefault)),
      (row) => uuidOf(row.accountId),
      (row) => row.paymentMethodId,
      (row) => row.card.type,
      (row) => row.card.brand,
      (row) => row.card.last4,
      (row) => row.card.funding,
      (row) => row.card.fingerprint,
      (row) => row.card.wallet,
      (row) => row.card.iin,
      (row) => row.card.expiryMonth,
      (row) => row.card.expiryYear,
      (row) => row.card.country,
      (row) => row.isDefault,
      (row) => instant(row.savedAtMs),
      (row) => instant(row.removedAtMs),
    ),
  );
}

export interface CardVersionRow {
  readonly accountId: AccountId;
  /** Null: no card is on file. */
  readonly usableUntilMs: number | null;
  readonly place: PlaceInLife;
}

/** Keeps until when cards can be charged from now on, so that past decisions can be made again. */
export function insertCardVersions(session: Session, rows: readonly CardVersionRow[]): void {
  session.write(
    `insert into card_versions (account_id, usable_until, version, hold_version, valid_from)
     select * from unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::bigint[],
       $5::timestamptz[])`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => instant(row.usableUntilMs),
      (row) => row.place.version,
      (row) => row.place.holdVersion,
      (row) => instant(row.place.atMs),
    ),
  );
}
