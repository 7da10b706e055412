-- What a business wants its invoices to say. Personal data like the rest of the profile.
alter table account_profiles
  -- null: the account's own name
  add column business_name text,
  -- where invoices go; null: to `email`
  add column invoice_emails jsonb
    constraint account_profiles_invoice_emails_some check (
      jsonb_typeof(invoice_emails) = 'array' and jsonb_array_length(invoice_emails) between 1 and 5
    ),
  -- the customer's own order number
  add column purchase_order text,
  add column tax_id text,
  add column tax_id_country text
    constraint account_profiles_tax_id_country_code check (tax_id_country ~ '^[A-Z]{2}$'),
  add constraint account_profiles_tax_id_with_country
    check ((tax_id is null) = (tax_id_country is null)),
  drop constraint account_profiles_erased_is_empty,
  add constraint account_profiles_erased_is_empty check (
    erased_at is null
      or num_nonnulls(
        name, email, address, created_from,
        business_name, invoice_emails, purchase_order, tax_id, tax_id_country
      ) = 0
  );
grant update (business_name, invoice_emails, purchase_order, tax_id, tax_id_country)
  on account_profiles to solvent_app;
