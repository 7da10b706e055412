-- Free credits that operators give, and the end of credits that have one.

-- What was asked for, by whom, and who stood behind it where one person was not enough (R64). The
-- credits themselves are lots, as all others are.
create table grants (
  account_id uuid not null references accounts,
  grant_id text not null,
  -- the order in which they were asked for
  seq bigint not null generated always as identity,
  amount bigint not null
    constraint grants_amount_positive check (amount > 0),
  -- null: any use
  scope text[]
    constraint grants_scope_short check (cardinality(scope) between 1 and 20),
  -- null: never
  expires_at timestamptz,
  -- for operators; never shown to the customer
  reason text not null
    constraint grants_reason_given check (reason <> ''),
  state text not null
    constraint grants_state_known check (
      state in ('awaiting_second_person', 'posted', 'rejected', 'withdrawn')
    ),
  requested_by text not null,
  -- the account's own time
  requested_at timestamptz not null,
  -- who approved, rejected or withdrew it; null: nobody had to, or nobody has
  decided_by text,
  decided_at timestamptz,
  lot_id bigint,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (account_id, grant_id),
  constraint grants_lot foreign key (account_id, lot_id) references lots,
  constraint grants_posted_with_lot check ((lot_id is not null) = (state = 'posted')),
  constraint grants_decided_with_time check ((decided_by is null) = (decided_at is null)),
  constraint grants_two_persons check (
    case state
      when 'awaiting_second_person' then decided_by is null
      when 'posted' then decided_by is distinct from requested_by
      when 'rejected' then decided_by is distinct from requested_by and decided_by is not null
      else decided_by is not distinct from requested_by
    end
  )
);
create index grants_by_seq on grants (seq);
create index grants_awaiting on grants (seq) where state = 'awaiting_second_person';
grant select, insert on grants to solvent_app;
grant update (state, decided_by, decided_at, lot_id) on grants to solvent_app;

create function refuse_other_decision() returns trigger language plpgsql as $$
begin
  raise exception 'a grant is decided once'
    using errcode = 'integrity_constraint_violation', constraint = 'grants_decided_once';
end
$$;
create trigger grants_decided_once before update on grants for each row
  when (old.state <> 'awaiting_second_person') execute function refuse_other_decision();

-- When the expiry run was done with a lot: its time was over, and nothing of it left.
alter table lots
  add column ended_at timestamptz,
  add constraint lots_ended_is_over check (
    ended_at is null or (remaining = 0 and expires_at <= ended_at)
  );
grant update (ended_at) on lots to solvent_app;
-- Only what the run still has to look at. Of its columns, `ended_at` changes once in a lot's life, so
-- that all other updates of a lot stay on the page.
drop index lots_by_expiry;
create index lots_by_expiry on lots (expires_at, account_id, lot_id)
  where expires_at is not null and ended_at is null;

-- Accounts whose own time is ahead of the clock.
create index accounts_with_test_clock on accounts (account_id) where test_clock_offset_ms > 0;
