-- What was used: every event once, and running totals by price.

-- One row for each usage event, with all its meters. The key is what makes it charge once: the
-- event's own id where that is a UUID or a ULID, else a hash of its source and id; never its time.
-- No foreign keys: a trigger for each row costs more than the row. It is written under the account's
-- lock, in the transaction of its billing event; `ledger verify` looks for both.
create table usage_events (
  account_id uuid not null,
  usage_key uuid not null,
  occurred_at timestamptz not null,
  -- the billing event that charged it
  event_id integer not null,
  -- pairs of price and quantity, packed: domain/usage-quantities.ts
  quantities bytea not null,
  primary key (account_id, usage_key)
);
create trigger usage_events_append_only before update or delete or truncate
  on usage_events for each statement execute function refuse_change();
grant select, insert on usage_events to solvent_app;

-- Running totals. A price is charged for the month the usage happened in (R69: quantity and cost
-- over all posting months of a usage month are one rounding of the whole); it is owed, and
-- invoiced, with the month it was recorded in (R43). An invoice's lines are the rows of one posting
-- month, with the pot that paid each (R42). Clocks differ: usage told a minute before the month's
-- end may have happened in the next.
create table usage_postings (
  account_id uuid not null references balances,
  usage_period text not null
    constraint usage_postings_usage_period_is_month check (usage_period ~ '^\d{4}-(0[1-9]|1[0-2])$'),
  -- 0: a request's cost was told as an amount, then `model` says which
  price_id integer not null,
  model text not null default '',
  posting_period text not null
    constraint usage_postings_posting_period_is_month
      check (posting_period ~ '^\d{4}-(0[1-9]|1[0-2])$'),
  quantity bigint not null
    constraint usage_postings_quantity_not_negative check (quantity >= 0),
  cost bigint not null,
  free bigint not null,
  purchased bigint not null,
  unbilled bigint not null,
  written_off bigint not null,
  primary key (account_id, usage_period, price_id, model, posting_period),
  constraint usage_postings_parts_add_up
    check (cost = free + purchased + unbilled + written_off)
) with (fillfactor = 50);
grant select, insert on usage_postings to solvent_app;
grant update (quantity, cost, free, purchased, unbilled, written_off) on usage_postings
  to solvent_app;
