-- Signed messages to customers' and the operator's own servers.

create table webhook_endpoints (
  -- the house's id, which has no account, for the operator's: those are told of all accounts
  account_id uuid not null,
  endpoint_id text not null,
  url text not null,
  -- null: all types, also those still to come
  types text[],
  -- what it was made from, to tell a repeat from a conflict
  input_hash bytea not null,
  created_at timestamptz not null,
  -- since when nothing was delivered; null where the last attempt succeeded, or none was made
  failing_since timestamptz,
  disabled_at timestamptz,
  disabled_reason text
    constraint webhook_endpoints_disabled_reason_known check (
      disabled_reason in ('gone', 'failing', 'asked')
    ),
  removed_at timestamptz,
  primary key (account_id, endpoint_id),
  constraint webhook_endpoints_disabled_with_reason check (
    (disabled_at is null) = (disabled_reason is null)
  )
);
grant select, insert on webhook_endpoints to solvent_app;
grant update (url, types, failing_since, disabled_at, disabled_reason, removed_at)
  on webhook_endpoints to solvent_app;

-- What messages are signed with. Signing needs the secret itself, so no hash of it would do; it has
-- a table of its own so that nothing else reads it along. Shown when it is made, never again.
create table webhook_secrets (
  account_id uuid not null,
  endpoint_id text not null,
  -- made of the key of the call that asked for it, so that a repeat makes no other
  secret_id text not null,
  -- null once it is over
  secret text,
  created_at timestamptz not null,
  -- null on the current one; those before are signed with until then
  ends_at timestamptz,
  primary key (account_id, endpoint_id, secret_id),
  constraint webhook_secrets_endpoint
    foreign key (account_id, endpoint_id) references webhook_endpoints,
  constraint webhook_secrets_erased_when_over check (secret is not null or ends_at is not null)
);
create unique index webhook_secrets_one_current on webhook_secrets (account_id, endpoint_id)
  where ends_at is null;
grant select, insert on webhook_secrets to solvent_app;
grant update (secret, ends_at) on webhook_secrets to solvent_app;

-- Facts that some endpoint wants to be told of, written in the transaction that makes them. Kept
-- for a month, with how they were delivered. No names, mail addresses or card data.
create table webhook_messages (
  account_id uuid not null,
  message_id text not null,
  type text not null,
  -- json, not jsonb: the body is the same text at every attempt, in the order it was made
  data json not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (account_id, message_id)
);
create index webhook_messages_by_age on webhook_messages (recorded_at);
grant select, insert, delete on webhook_messages to solvent_app;

create table webhook_deliveries (
  -- of the message
  account_id uuid not null,
  message_id text not null,
  -- of the endpoint: the message's account, or the house
  owner_id uuid not null,
  endpoint_id text not null,
  -- the order of the log
  delivery_id bigint not null generated always as identity,
  state text not null default 'waiting'
    constraint webhook_deliveries_state_known check (state in ('waiting', 'delivered', 'failed')),
  -- since the message, or since it was last replayed
  attempts smallint not null default 0,
  attempts_ever integer not null default 0,
  -- null: at once, where it waits at all
  next_attempt_at timestamptz,
  -- null until the first attempt
  last_attempt_at timestamptz,
  -- HTTP; null where no answer came
  last_status smallint,
  -- null where the last attempt succeeded
  last_error text
    constraint webhook_deliveries_last_error_short check (length(last_error) <= 200),
  -- the first time it was taken
  delivered_at timestamptz,
  -- the call that last had it replayed
  replay_id text,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (account_id, message_id, endpoint_id),
  constraint webhook_deliveries_message foreign key (account_id, message_id)
    references webhook_messages on delete cascade,
  constraint webhook_deliveries_endpoint
    foreign key (owner_id, endpoint_id) references webhook_endpoints,
  constraint webhook_deliveries_next_while_waiting check (
    next_attempt_at is null or state = 'waiting'
  ),
  constraint webhook_deliveries_delivered_with_time check (
    state <> 'delivered' or delivered_at is not null
  )
);
create index webhook_deliveries_due on webhook_deliveries (endpoint_id, next_attempt_at nulls first)
  where state = 'waiting';
create index webhook_deliveries_log on webhook_deliveries (owner_id, endpoint_id, delivery_id);
grant select, insert on webhook_deliveries to solvent_app;
grant update (state, attempts, attempts_ever, next_attempt_at, last_attempt_at, last_status,
  last_error, delivered_at, replay_id) on webhook_deliveries to solvent_app;

-- The newest attempts of each delivery. What an endpoint answered is cut short and shown only to
-- its owner.
create table webhook_attempts (
  account_id uuid not null,
  message_id text not null,
  endpoint_id text not null,
  attempt integer not null
    constraint webhook_attempts_counted_from_one check (attempt >= 1),
  attempted_at timestamptz not null,
  duration_ms integer not null
    constraint webhook_attempts_duration_not_negative check (duration_ms >= 0),
  -- null where no answer came
  status smallint,
  -- null where it succeeded
  error text
    constraint webhook_attempts_error_short check (length(error) <= 200),
  -- the begin of the answer's body; null where none came
  answer text
    constraint webhook_attempts_answer_short check (length(answer) <= 200),
  primary key (account_id, message_id, endpoint_id, attempt),
  constraint webhook_attempts_delivery foreign key (account_id, message_id, endpoint_id)
    references webhook_deliveries on delete cascade
);
grant select, insert, delete on webhook_attempts to solvent_app;
