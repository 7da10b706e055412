-- Operators at their pages: the links they sign in with, and the sessions these open.

-- A session stands on an API key of role operator, and ends with it. Of link and token only the
-- SHA-256 is kept: 256 random bits need no slow hash.
create table operator_sessions (
  session_id text primary key,
  key_id text not null references api_keys,
  -- the person, as the audit log names them
  operator text not null
    constraint operator_sessions_operator_name check (operator ~ '^[a-z0-9][a-z0-9._-]{0,39}$'),
  created_at timestamptz not null,
  link_hash bytea not null
    constraint operator_sessions_link_hash unique
    constraint operator_sessions_link_is_sha256 check (octet_length(link_hash) = 32),
  link_expires_at timestamptz not null,
  -- set once, when the link is used
  opened_at timestamptz,
  token_hash bytea
    constraint operator_sessions_token_hash unique
    constraint operator_sessions_token_is_sha256 check (octet_length(token_hash) = 32),
  expires_at timestamptz,
  -- signed out, or ended by another
  ended_at timestamptz,
  constraint operator_sessions_opened_at_once check (
    num_nonnulls(opened_at, token_hash, expires_at) in (0, 3)
  )
);
create index operator_sessions_by_operator on operator_sessions (operator) where ended_at is null;
grant select, insert on operator_sessions to solvent_app;
grant update (opened_at, token_hash, expires_at, ended_at) on operator_sessions to solvent_app;

-- What people are searched by: how their name or mail address begins.
create index account_profiles_by_name on account_profiles (lower(name) text_pattern_ops)
  where name is not null;
create index account_profiles_by_email on account_profiles (lower(email) text_pattern_ops)
  where email is not null;
create index accounts_on_hold on accounts (admin_hold_since) where admin_hold_since is not null;

-- What is still to be paid, by how long ago it was due.
create index invoices_to_be_paid on invoices (due_at, account_id, invoice_id) where due > 0;
