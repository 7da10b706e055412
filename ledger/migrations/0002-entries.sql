-- The double-entry ledger: what happened, and what moved. Nothing here is ever changed.

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op
    using errcode = 'integrity_constraint_violation', constraint = tg_table_name || '_append_only';
end
$$;

create table billing_events (
  account_id uuid not null references accounts,
  -- the account's version counter: gap-free, no sequence
  event_id bigint not null
    constraint billing_events_id_positive check (event_id > 0),
  kind text not null
    constraint billing_events_kind_known check (kind in (
      'opening_balance', 'credits_granted', 'purchase_opened', 'pack_purchased',
      'purchase_closed', 'payment_unapplied', 'refund_paid'
    )),
  -- null on the second and further events of one change: the first one answers for all
  idempotency_key text,
  input_hash bytea
    constraint billing_events_hash_is_sha256 check (octet_length(input_hash) = 32),
  policy_version text not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  -- { "event": what happened, "result": what a repeat of the change is answered }
  payload jsonb not null,
  primary key (account_id, event_id),
  constraint billing_events_idempotency_key unique (account_id, idempotency_key),
  constraint billing_events_key_with_hash check (
    (idempotency_key is null) = (input_hash is null)
  )
);

create table transfers (
  account_id uuid not null,
  event_id bigint not null,
  seq smallint not null,
  debit_book text not null,
  credit_book text not null,
  amount bigint not null
    constraint transfers_amount_positive check (amount > 0),
  currency text not null,
  lot_id bigint,
  period text
    constraint transfers_period_is_month check (period ~ '^\d{4}-(0[1-9]|1[0-2])$'),
  invoice_id text,
  primary key (account_id, event_id, seq),
  constraint transfers_event foreign key (account_id, event_id) references billing_events,
  constraint transfers_books_known check (
    array[debit_book, credit_book] <@ array[
      'purchased', 'free', 'refunds_due', 'unbilled', 'invoiced',
      'processor', 'tax', 'promotions', 'opening'
    ]
  ),
  constraint transfers_books_differ check (debit_book <> credit_book),
  constraint transfers_lot_with_credits check (
    (lot_id is not null)
      = (debit_book in ('purchased', 'free') or credit_book in ('purchased', 'free'))
  ),
  constraint transfers_period_with_unbilled check (
    (period is not null) = (debit_book = 'unbilled' or credit_book = 'unbilled')
  )
);

-- One purchase's, or one grant's, credits; lot_id is the event that made it.
create table lots (
  account_id uuid not null,
  lot_id bigint not null,
  kind text not null
    constraint lots_kind_known check (kind in ('purchased', 'free')),
  amount bigint not null
    constraint lots_amount_positive check (amount > 0),
  remaining bigint not null,
  held bigint not null default 0,
  -- null: any use
  scope text[],
  acquired_at timestamptz not null,
  -- null: never
  expires_at timestamptz,
  -- null: not disputed
  frozen_at timestamptz,
  primary key (account_id, lot_id),
  constraint lots_event foreign key (account_id, lot_id) references billing_events,
  constraint lots_remaining_within_amount check (remaining between 0 and amount),
  constraint lots_held_within_remaining check (held between 0 and remaining),
  constraint lots_purchased_without_expiry check (kind = 'free' or expires_at is null),
  constraint lots_purchased_without_scope check (kind = 'free' or scope is null)
) with (fillfactor = 50);

-- balances.unbilled by the month the usage belongs to.
create table unbilled_periods (
  account_id uuid not null references balances,
  period text not null
    constraint unbilled_periods_period_is_month check (period ~ '^\d{4}-(0[1-9]|1[0-2])$'),
  amount bigint not null
    constraint unbilled_periods_amount_not_negative check (amount >= 0),
  primary key (account_id, period)
) with (fillfactor = 50);

-- Who changed what. House-wide entries carry the nil account, hence no foreign key. Never a name,
-- a mail address or card data: entries cannot be erased.
create table audit_log (
  account_id uuid not null,
  audit_id bigint not null generated always as identity,
  actor text not null,
  action text not null,
  detail jsonb not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (account_id, audit_id)
);

create trigger billing_events_append_only before update or delete or truncate
  on billing_events for each statement execute function refuse_change();
create trigger transfers_append_only before update or delete or truncate
  on transfers for each statement execute function refuse_change();
create trigger audit_log_append_only before update or delete or truncate
  on audit_log for each statement execute function refuse_change();

grant select, insert on billing_events, transfers, lots, unbilled_periods, audit_log
  to solvent_app;
grant update (remaining, held, frozen_at) on lots to solvent_app;
grant update (amount) on unbilled_periods to solvent_app;
