/** What ledger/ sends for a batch of holds and settlements, statement by statement. */
export const lockBalances = `
  select account_id as "accountId", purchased, free, refunds_due, unbilled, invoiced, held,
    held_postpaid, lifetime_paid, version, hold_version as "holdVersion"
  from balances where account_id = any($1::uuid[]) order by account_id for no key update`;
export const readAccounts = `
  select account_id, currency, status, plan, tax_country, tax_region, own_balance_limit,
    customer_id, test_clock_offset_ms, created_at, balance_limit_ceiling, net_days,
    to_jsonb(low_balance_thresholds), admin_hold_reason, admin_hold_since
  from accounts where account_id = any($1::uuid[])`;
export const readLots = `
  select account_id as "accountId", lot_id as "lotId", kind, amount, remaining, held, scope,
    acquired_at, expires_at, frozen_at
  from lots where account_id = any($1::uuid[]) and remaining > 0
  order by account_id, acquired_at, lot_id`;
export const readLastDays = `
  select account_id, max(expiry_year * 12 + expiry_month)
  from payment_methods where account_id = any($1::uuid[]) and removed_at is null
  group by account_id`;
export const readInvoices = `
  select account_id, invoice_id, number, due, due_at
  from invoices where account_id = any($1::uuid[]) and state in ('open', 'uncollectible')
  order by account_id, due_at, invoice_id`;
export const readUnbilled = `
  select account_id, period, amount from unbilled_periods
  where account_id = any($1::uuid[]) and amount > 0 order by account_id, period`;
export const readHolds = `
  select account_id as "accountId", hold_id as "holdId", state, model, cost, lots, postpaid,
    opened_at, expires_at, admitted_version, admitted_hold_version, admitted_policy, admitted_cost,
    admitted_spendable, admitted_limit, admitted_owed, ended_at, ended_hold_version, settled_cost,
    written_off
  from unnest($1::uuid[], $2::text[]) as k (account_id, hold_id)
  join holds using (account_id, hold_id)`;
export const readEvents = `
  select account_id, idempotency_key, input_hash, payload -> 'result'
  from unnest($1::uuid[], $2::text[]) as k (account_id, idempotency_key)
  join billing_events using (account_id, idempotency_key)`;

export const writeBalances = `
  update balances b set purchased = r.purchased, free = r.free, held = r.held,
    version = r.version, hold_version = r.hold_version
  from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
    as r (account_id, purchased, free, held, version, hold_version)
  where b.account_id = r.account_id`;
export const writeLots = `
  update lots l set remaining = r.remaining, held = r.held
  from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[])
    as r (account_id, lot_id, remaining, held)
  where l.account_id = r.account_id and l.lot_id = r.lot_id`;
export const insertHolds = `
  insert into holds (account_id, hold_id, state, model, cost, lots, postpaid, opened_at,
    expires_at, admitted_version, admitted_hold_version, admitted_policy, admitted_cost,
    admitted_spendable, admitted_limit, admitted_owed)
  select account_id, hold_id, 'open', model, cost, lots, 0, opened_at, expires_at, version,
    hold_version, 'none', cost, cost, 0, 0
  from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::jsonb[], $6::timestamptz[],
    $7::timestamptz[], $8::bigint[], $9::bigint[])
    as r (account_id, hold_id, model, cost, lots, opened_at, expires_at, version, hold_version)`;
export const settleHolds = `
  update holds h set state = 'settled', ended_at = r.ended_at,
    ended_hold_version = r.ended_hold_version, settled_cost = r.settled_cost, written_off = 0
  from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bigint[], $5::bigint[])
    as r (account_id, hold_id, ended_at, ended_hold_version, settled_cost)
  where h.account_id = r.account_id and h.hold_id = r.hold_id`;
export const insertEvents = `
  insert into billing_events (account_id, event_id, kind, idempotency_key, input_hash,
    policy_version, occurred_at, payload)
  select account_id, event_id, 'usage_charged', key, input_hash, 'none', occurred_at, payload
  from unnest($1::uuid[], $2::bigint[], $3::text[], $4::bytea[], $5::timestamptz[], $6::jsonb[])
    as r (account_id, event_id, key, input_hash, occurred_at, payload)`;
export const insertTransfers = `
  insert into transfers (account_id, event_id, seq, debit_book, credit_book, amount, currency,
    lot_id)
  select account_id, event_id, 0, debit_book, credit_book, amount, 'usd', lot_id
  from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
    as r (account_id, event_id, debit_book, credit_book, amount, lot_id)`;
export const addToPostings = `
  insert into usage_postings as p (account_id, usage_period, price_id, model, posting_period,
    quantity, cost, free, purchased, unbilled, written_off)
  select account_id, month, 0, model, month, 0, cost, free, purchased, 0, 0
  from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
    as r (account_id, month, model, cost, free, purchased)
  on conflict (account_id, usage_period, price_id, model, posting_period) do update set
    quantity = p.quantity + excluded.quantity, cost = p.cost + excluded.cost,
    free = p.free + excluded.free, purchased = p.purchased + excluded.purchased,
    unbilled = p.unbilled + excluded.unbilled, written_off = p.written_off + excluded.written_off`;
