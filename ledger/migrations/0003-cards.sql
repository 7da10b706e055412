-- Cards on file: what is shown of them. No number, no holder, no security code ever comes here.

create table payment_methods (
  account_id uuid not null references accounts,
  payment_method_id text not null,
  type text not null,
  brand text not null,
  last4 text not null
    constraint payment_methods_last4_is_four_digits check (last4 ~ '^[0-9]{4}$'),
  funding text not null
    constraint payment_methods_not_prepaid check (funding <> 'prepaid'),
  -- null where Stripe shows none
  fingerprint text,
  wallet text,
  iin text
    constraint payment_methods_iin_is_short check (iin ~ '^[0-9]{6,8}$'),
  expiry_month smallint not null
    constraint payment_methods_expiry_month_in_year check (expiry_month between 1 and 12),
  expiry_year smallint not null,
  country text,
  is_default boolean not null,
  saved_at timestamptz not null,
  -- null while on file
  removed_at timestamptz,
  primary key (account_id, payment_method_id),
  constraint payment_methods_removed_not_default check (removed_at is null or not is_default)
);
create unique index payment_methods_one_default on payment_methods (account_id) where is_default;

-- Cards refused as prepaid once: refused stays refused, on any account.
create table refused_cards (
  fingerprint text primary key,
  source text not null,
  refused_at timestamptz not null
);

-- The operator's own table of card number ranges, as the least and the greatest of the eleven
-- first digits. Narrower ranges know better than wider ones.
create table bin_ranges (
  source text not null,
  range_start bigint not null,
  range_end bigint not null,
  funding text not null
    constraint bin_ranges_funding_known check (funding in ('credit', 'debit', 'prepaid')),
  primary key (source, range_start, range_end),
  constraint bin_ranges_start_before_end check (
    range_start between 0 and range_end and range_end <= 99999999999
  )
);
create index bin_ranges_span on bin_ranges using gist (int8range(range_start, range_end, '[]'));

grant select, insert on payment_methods, refused_cards, bin_ranges to solvent_app;
grant update (type, brand, last4, funding, fingerprint, wallet, iin, expiry_month, expiry_year,
  country, is_default, removed_at) on payment_methods to solvent_app;
-- An import replaces what its source said before.
grant delete on bin_ranges to solvent_app;
