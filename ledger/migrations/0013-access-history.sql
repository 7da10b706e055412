-- Where in an account's life its settings and cards changed, so that the state that a hold was
-- admitted from can be told exactly: by the order of what was done, not by clocks.

alter table account_versions
  -- of balances, when the settings were changed
  add column version bigint not null default 0
    constraint account_versions_version_not_negative check (version >= 0),
  add column hold_version bigint not null default 0
    constraint account_versions_hold_version_not_negative check (hold_version >= 0);

-- Until when one of the cards on file can be charged, as it was from each change of the cards on.
create table card_versions (
  account_id uuid not null references accounts,
  seq bigint not null generated always as identity,
  -- null: no card is on file
  usable_until timestamptz,
  version bigint not null
    constraint card_versions_version_not_negative check (version >= 0),
  hold_version bigint not null
    constraint card_versions_hold_version_not_negative check (hold_version >= 0),
  valid_from timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (account_id, seq)
);
create trigger card_versions_append_only before update or delete or truncate
  on card_versions for each statement execute function refuse_change();
grant select, insert on card_versions to solvent_app;

alter table hold_extensions
  -- the account's own time
  add column extended_at timestamptz not null default clock_timestamp();
