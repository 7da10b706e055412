-- Who may ask, and what Stripe told us.

-- Only the SHA-256 of a key is kept: 256 random bits need no slow hash.
create table api_keys (
  key_id text primary key,
  secret_hash bytea not null
    constraint api_keys_secret_hash unique
    constraint api_keys_hash_is_sha256 check (octet_length(secret_hash) = 32),
  role text not null
    constraint api_keys_role_known check (
      role in ('billing', 'developer', 'service', 'operator')
    ),
  -- null: all accounts
  account_id uuid references accounts,
  name text not null,
  created_at timestamptz not null,
  revoked_at timestamptz
);
grant select, insert on api_keys to solvent_app;
grant update (revoked_at) on api_keys to solvent_app;

create table portal_sessions (
  account_id uuid not null references accounts,
  token_hash bytea not null
    constraint portal_sessions_hash_is_sha256 check (octet_length(token_hash) = 32),
  return_url text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (account_id, token_hash)
);
grant select, insert on portal_sessions to solvent_app;

-- A webhook only says "look now": its object is read again, so the body is not kept.
create table webhook_events (
  event_id text primary key,
  type text not null,
  object_id text not null,
  -- null where the object names no workflow of ours
  workflow_id text,
  received_at timestamptz not null,
  relayed_at timestamptz
);
create index webhook_events_unrelayed on webhook_events (received_at) where relayed_at is null;
grant select, insert on webhook_events to solvent_app;
grant update (relayed_at) on webhook_events to solvent_app;
