-- Month-end runs: how far each has come, so that a run goes on where another one ended.

create table invoice_runs (
  period text primary key
    constraint invoice_runs_period_is_month check (period ~ '^\d{4}-(0[1-9]|1[0-2])$'),
  state text not null
    constraint invoice_runs_state_known check (state in ('running', 'canceled', 'done')),
  started_at timestamptz not null,
  ended_at timestamptz,
  constraint invoice_runs_ended_with_time check ((ended_at is null) = (state = 'running'))
);
grant select, insert on invoice_runs to solvent_app;
grant update (state, started_at, ended_at) on invoice_runs to solvent_app;

-- Ranges of accounts that one run walks side by side, page after page. Not append-only: what was done
-- is told by the invoices, this only saves looking again.
create table invoice_run_parts (
  period text not null references invoice_runs,
  part integer not null,
  -- behind this account, and up to this one; null: from the first, to the last
  after_account uuid,
  until_account uuid,
  -- the last account that was looked at
  last_account uuid,
  accounts bigint not null,
  walked bigint not null default 0,
  is_done boolean not null default false,
  primary key (period, part)
);
grant select, insert, delete on invoice_run_parts to solvent_app;
grant update (last_account, walked, is_done) on invoice_run_parts to solvent_app;

-- Accounts that the ledger forbade the invoice of: an error of ours, and nobody's money.
create table invoice_failures (
  account_id uuid not null references accounts,
  period text not null,
  reason text not null,
  failed_at timestamptz not null,
  primary key (account_id, period)
);
create index invoice_failures_by_period on invoice_failures (period);
grant select, insert, delete on invoice_failures to solvent_app;
grant update (reason, failed_at) on invoice_failures to solvent_app;

-- What a month's run made is counted by it.
create index invoices_by_period on invoices (period) where period is not null;
