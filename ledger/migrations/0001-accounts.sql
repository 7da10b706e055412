-- Who is billed, and how much there is of each kind of money.
-- Every table that grows with accounts leads its keys with account_id, so that it can be spread by
-- it later. Money is bigint micro-units; instants passed in by the application are business time,
-- `recorded_at` alone is this database's clock.

create table accounts (
  account_id uuid primary key,
  currency text not null
    constraint accounts_currency_code check (currency ~ '^[a-z]{3}$'),
  status text not null default 'open'
    constraint accounts_status_known check (status in ('open', 'closed')),
  plan text not null default 'build'
    constraint accounts_plan_known check (plan in ('build', 'scale', 'enterprise')),
  -- null: not known, no tax
  tax_country text
    constraint accounts_tax_country_code check (tax_country ~ '^[A-Z]{2}$'),
  tax_region text,
  -- null: as high as the ceiling
  own_balance_limit bigint
    constraint accounts_own_balance_limit_not_negative check (own_balance_limit >= 0),
  -- null until the first card is set up
  customer_id text,
  test_clock_offset_ms bigint not null default 0
    constraint accounts_test_clock_not_backward check (test_clock_offset_ms >= 0),
  created_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp()
);
grant select, insert on accounts to solvent_app;
grant update (status, plan, tax_country, tax_region, own_balance_limit, customer_id,
  test_clock_offset_ms) on accounts to solvent_app;

-- All personal data, and nothing else: erasing is setting these to null.
create table account_profiles (
  account_id uuid primary key references accounts,
  name text,
  email text,
  address jsonb,
  -- What the account was created from, to tell a repeat from a conflict. A hash of a mail address
  -- can be guessed, so it goes with the rest.
  created_from bytea,
  erased_at timestamptz,
  constraint account_profiles_erased_is_empty check (
    erased_at is null or num_nonnulls(name, email, address, created_from) = 0
  )
);
grant select, insert on account_profiles to solvent_app;
grant update (name, email, address, created_from, erased_at) on account_profiles to solvent_app;

-- The account's running totals, and its lock. Half of each page is kept free so that updates stay
-- on it; no index may cover a column that changes.
create table balances (
  account_id uuid primary key references accounts,
  purchased bigint not null default 0
    constraint balances_purchased_not_negative check (purchased >= 0),
  free bigint not null default 0
    constraint balances_free_not_negative check (free >= 0),
  refunds_due bigint not null default 0
    constraint balances_refunds_due_not_negative check (refunds_due >= 0),
  unbilled bigint not null default 0
    constraint balances_unbilled_not_negative check (unbilled >= 0),
  invoiced bigint not null default 0
    constraint balances_invoiced_not_negative check (invoiced >= 0),
  held bigint not null default 0
    constraint balances_held_not_negative check (held >= 0),
  held_postpaid bigint not null default 0
    constraint balances_held_postpaid_not_negative check (held_postpaid >= 0),
  lifetime_paid bigint not null default 0
    constraint balances_lifetime_paid_not_negative check (lifetime_paid >= 0),
  -- counts the account's billing events
  version bigint not null default 0
    constraint balances_version_not_negative check (version >= 0)
) with (fillfactor = 50);
grant select, insert on balances to solvent_app;
grant update (purchased, free, refunds_due, unbilled, invoiced, held, held_postpaid, lifetime_paid,
  version) on balances to solvent_app;

-- The few keys that arrive without their account.
create table locators (
  kind text not null,
  key text not null,
  account_id uuid not null references accounts,
  primary key (kind, key)
);
grant select, insert on locators to solvent_app;
