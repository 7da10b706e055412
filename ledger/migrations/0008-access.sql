-- What decides whether a request may run: settings, invoices, and what running requests reserved.

alter table accounts
  -- set by an operator for Build Tier 5 and contracts; null: the policy's
  add column balance_limit_ceiling bigint
    constraint accounts_balance_limit_ceiling_not_negative check (balance_limit_ceiling >= 0),
  -- null: as the policy says
  add column net_days smallint
    constraint accounts_net_days_in_range check (net_days between 0 and 365),
  add column low_balance_thresholds bigint[] not null default '{}',
  -- both null while no operator keeps the account from use
  add column admin_hold_reason text,
  add column admin_hold_since timestamptz,
  add constraint accounts_admin_hold_with_time check (
    (admin_hold_reason is null) = (admin_hold_since is null)
  );
grant update (balance_limit_ceiling, net_days, low_balance_thresholds, admin_hold_reason,
  admin_hold_since) on accounts to solvent_app;

-- An account's settings as they were, so that a past decision can be made again. No personal data.
create table account_versions (
  account_id uuid not null references accounts,
  seq bigint not null generated always as identity,
  account jsonb not null,
  valid_from timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (account_id, seq)
);
create trigger account_versions_append_only before update or delete or truncate
  on account_versions for each statement execute function refuse_change();
grant select, insert on account_versions to solvent_app;

-- Counts what was done to the account's holds; no billing event tells of them.
alter table balances
  add column hold_version bigint not null default 0
    constraint balances_hold_version_not_negative check (hold_version >= 0);
grant update (hold_version) on balances to solvent_app;

alter table billing_events
  drop constraint billing_events_kind_known,
  add constraint billing_events_kind_known check (kind in (
    'opening_balance', 'credits_granted', 'credits_expired', 'purchase_opened', 'pack_purchased',
    'purchase_closed', 'payment_unapplied', 'refund_paid', 'usage_charged'
  ));

alter table transfers
  drop constraint transfers_books_known,
  add constraint transfers_books_known check (
    array[debit_book, credit_book] <@ array[
      'purchased', 'free', 'refunds_due', 'unbilled', 'invoiced',
      'processor', 'tax', 'promotions', 'opening', 'revenue'
    ]
  ),
  add constraint transfers_invoice_with_invoiced check (
    (invoice_id is not null) = (debit_book = 'invoiced' or credit_book = 'invoiced')
  );

-- For the run that takes back what was not used in time; neither column of it ever changes.
create index lots_by_expiry on lots (expires_at) where expires_at is not null;

-- What was issued and is still to be paid, in time or late.
create table invoices (
  account_id uuid not null references accounts,
  invoice_id text not null,
  number text not null,
  state text not null
    constraint invoices_state_known check (state in ('open', 'paid', 'void', 'uncollectible')),
  amount bigint not null
    constraint invoices_amount_positive check (amount > 0),
  due bigint not null,
  due_at timestamptz not null,
  issued_event_id bigint not null,
  issued_at timestamptz not null,
  primary key (account_id, invoice_id),
  constraint invoices_number unique (account_id, number),
  constraint invoices_issued foreign key (account_id, issued_event_id) references billing_events,
  constraint invoices_due_within_amount check (due between 0 and amount)
);
grant select, insert on invoices to solvent_app;
grant update (state, due) on invoices to solvent_app;

-- The worst-case cost of running requests, and the numbers each was admitted by. No index covers a
-- column that a settle changes, so that its update stays on the page.
create table holds (
  -- balances is locked already when a hold is written: its key costs no further lock
  account_id uuid not null references balances,
  hold_id text not null,
  state text not null
    constraint holds_state_known check (state in ('open', 'settled', 'released', 'expired')),
  model text,
  cost bigint not null
    constraint holds_cost_positive check (cost > 0),
  -- [[lot, amount], …]
  lots jsonb not null,
  postpaid bigint not null
    constraint holds_postpaid_within_cost check (postpaid between 0 and cost),
  opened_at timestamptz not null,
  expires_at timestamptz not null,
  admitted_version bigint not null,
  admitted_hold_version bigint not null,
  admitted_policy text not null,
  admitted_cost bigint not null,
  admitted_spendable bigint not null,
  admitted_limit bigint not null,
  admitted_owed bigint not null,
  ended_at timestamptz,
  ended_hold_version bigint,
  settled_cost bigint
    constraint holds_settled_cost_not_negative check (settled_cost >= 0),
  written_off bigint
    constraint holds_written_off_within_cost check (written_off between 0 and settled_cost),
  primary key (account_id, hold_id),
  constraint holds_admitted_within_spendable check (admitted_cost <= admitted_spendable),
  constraint holds_ended_with_time check (
    num_nonnulls(ended_at, ended_hold_version) = case when state = 'open' then 0 else 2 end
  ),
  constraint holds_settled_with_cost check (
    num_nonnulls(settled_cost, written_off) = case when state = 'settled' then 2 else 0 end
  )
) with (fillfactor = 50);
-- Blocks of rows, not rows: next to nothing to keep, and an extended hold stays on its page.
create index holds_by_expiry on holds using brin (expires_at) with (pages_per_range = 16);
grant select, insert on holds to solvent_app;
grant update (state, cost, lots, postpaid, expires_at, ended_at, ended_hold_version, settled_cost,
  written_off) on holds to solvent_app;

-- What a hold had reserved before it was extended, so that decisions made then can be made again.
create table hold_extensions (
  account_id uuid not null,
  hold_id text not null,
  -- the extension's own place among what was done to the account's holds
  hold_version bigint not null,
  cost_before bigint not null,
  lots_before jsonb not null,
  postpaid_before bigint not null,
  primary key (account_id, hold_id, hold_version),
  constraint hold_extensions_hold foreign key (account_id, hold_id) references holds
);
create trigger hold_extensions_append_only before update or delete or truncate
  on hold_extensions for each statement execute function refuse_change();
grant select, insert on hold_extensions to solvent_app;

-- How far the sweep came in giving back what expired holds reserved.
create table hold_sweeps (
  only_row boolean primary key default true
    constraint hold_sweeps_one_row check (only_row),
  swept_until timestamptz not null
);
insert into hold_sweeps (swept_until) values ('1970-01-01');
grant select on hold_sweeps to solvent_app;
grant update (swept_until) on hold_sweeps to solvent_app;

-- Refused requests, counted by the minute: a refusal must not cost a row each.
create table access_refusals (
  account_id uuid not null references accounts,
  code text not null,
  minute timestamptz not null,
  refusals bigint not null
    constraint access_refusals_positive check (refusals > 0),
  primary key (account_id, minute, code)
);
grant select, insert on access_refusals to solvent_app;
grant update (refusals) on access_refusals to solvent_app;
