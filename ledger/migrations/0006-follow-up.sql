-- Payments that wait: the customer's link to the bank's page, and what a lost run is started from.

alter table purchases
  -- since when the bank asks the customer; null where it never did
  add column authentication_since timestamptz,
  -- what the caller asked beyond amount and currency: a run that was lost is started from it again
  add column request jsonb;
grant update (authentication_since) on purchases to solvent_app;

-- Links mailed to customers, each good once. Only a hash of the token is kept.
create table authentication_links (
  account_id uuid not null,
  token_hash bytea not null
    constraint authentication_links_hash_is_sha256 check (octet_length(token_hash) = 32),
  purchase_id text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  -- null until it led to the bank's page
  used_at timestamptz,
  -- null until a newer one took its place
  replaced_at timestamptz,
  primary key (account_id, token_hash),
  constraint authentication_links_purchase
    foreign key (account_id, purchase_id) references purchases,
  constraint authentication_links_one_fate check (used_at is null or replaced_at is null)
);
create unique index authentication_links_one_live on authentication_links (account_id, purchase_id)
  where used_at is null and replaced_at is null;
grant select, insert on authentication_links to solvent_app;
grant update (used_at, replaced_at) on authentication_links to solvent_app;
