-- The schema that the migrations make, for reading and for review. It is written by
-- `npm run check:schema -- --update` and compared by `npm run check`.

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op
    using errcode = 'integrity_constraint_violation', constraint = tg_table_name || '_append_only';
end
$function$
;
CREATE OR REPLACE FUNCTION public.refuse_early_activation()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if new.effective_at < clock_timestamp() + interval '60 seconds' then
    raise exception 'a policy takes effect at the earliest 60 seconds after it is recorded'
      using errcode = 'check_violation', constraint = 'policy_activations_take_effect_later';
  end if;
  return null;
end
$function$
;
CREATE OR REPLACE FUNCTION public.refuse_other_decision()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'a grant is decided once'
    using errcode = 'integrity_constraint_violation', constraint = 'grants_decided_once';
end
$function$
;
CREATE OR REPLACE FUNCTION public.refuse_other_expiry()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'the expiry of credits never changes'
    using errcode = 'integrity_constraint_violation', constraint = 'lots_expiry_stays';
end
$function$
;
CREATE OR REPLACE FUNCTION public.refuse_sudden_price()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if new.effective_from < clock_timestamp() + interval '60 seconds' and exists (
    select from prices
    where currency = new.currency and model = new.model and meter = new.meter
  ) then
    raise exception 'a price is changed at the earliest 60 seconds after it is recorded'
      using errcode = 'check_violation', constraint = 'prices_change_announced';
  end if;
  return new;
end
$function$
;

create table access_refusals (
  account_id uuid not null,
  code text not null,
  minute timestamp with time zone not null,
  refusals bigint not null,
  constraint access_refusals_positive CHECK (refusals > 0)
);

create table account_profiles (
  account_id uuid not null,
  name text,
  email text,
  address jsonb,
  created_from bytea,
  erased_at timestamp with time zone,
  business_name text,
  invoice_emails jsonb,
  purchase_order text,
  tax_id text,
  tax_id_country text,
  constraint account_profiles_erased_is_empty CHECK (erased_at IS NULL OR num_nonnulls(name, email, address, created_from, business_name, invoice_emails, purchase_order, tax_id, tax_id_country) = 0),
  constraint account_profiles_invoice_emails_some CHECK (jsonb_typeof(invoice_emails) = 'array'::text AND jsonb_array_length(invoice_emails) >= 1 AND jsonb_array_length(invoice_emails) <= 5),
  constraint account_profiles_tax_id_country_code CHECK (tax_id_country ~ '^[A-Z]{2}$'::text),
  constraint account_profiles_tax_id_with_country CHECK ((tax_id IS NULL) = (tax_id_country IS NULL))
);

create table account_versions (
  account_id uuid not null,
  seq bigint generated always as identity not null,
  account jsonb not null,
  valid_from timestamp with time zone not null,
  recorded_at timestamp with time zone default clock_timestamp() not null,
  version bigint default 0 not null,
  hold_version bigint default 0 not null,
  constraint account_versions_hold_version_not_negative CHECK (hold_version >= 0),
  constraint account_versions_version_not_negative CHECK (version >= 0)
);

create table accounts (
  account_id uuid not null,
  currency text not null,
  status text default 'open'::text not null,
  plan text default 'build'::text not null,
  tax_country text,
  tax_region text,
  own_balance_limit bigint,
  customer_id text,
  test_clock_offset_ms bigint default 0 not null,
  created_at timestamp with time zone not null,
  recorded_at timestamp with time zone default clock_timestamp() not null,
  balance_limit_ceiling bigint,
  net_days smallint,
  low_balance_thresholds bigint[] default '{}'::bigint[] not null,
  admin_hold_reason text,
  admin_hold_since timestamp with time zone,
  time_zone text,
  retry_after_days integer[],
  constraint accounts_admin_hold_with_time CHECK ((admin_hold_reason IS NULL) = (admin_hold_since IS NULL)),
  constraint accounts_balance_limit_ceiling_not_negative CHECK (balance_limit_ceiling >= 0),
  constraint accounts_currency_code CHECK (currency ~ '^[a-z]{3}$'::text),
  constraint accounts_net_days_in_range CHECK (net_days >= 0 AND net_days <= 365),
  constraint accounts_own_balance_limit_not_negative CHECK (own_balance_limit >= 0),
  constraint accounts_plan_known CHECK (plan = ANY (ARRAY['build'::text, 'scale'::text, 'enterprise'::text])),
  constraint accounts_status_known CHECK (status = ANY (ARRAY['open'::text, 'closed'::text])),
  constraint accounts_tax_country_code CHECK (tax_country ~ '^[A-Z]{2}$'::text),
  constraint accounts_test_clock_not_backward CHECK (test_clock_offset_ms >= 0),
  constraint accounts_time_zone_name CHECK (time_zone ~ '^[A-Za-z0-9_+/-]{1,64}$'::text)
);

create table api_keys (
  key_id text not null,
  secret_hash bytea not null,
  role text not null,
  account_id uuid,
  name text not null,
  created_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  constraint api_keys_hash_is_sha256 CHECK (octet_length(secret_hash) = 32),
  constraint api_keys_role_known CHECK (role = ANY (ARRAY['billing'::text, 'developer'::text, 'service'::text, 'operator'::text]))
);

create table audit_log (
  account_id uuid not null,
  audit_id bigint generated always as identity not null,
  actor text not null,
  action text not null,
  detail jsonb not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone default clock_timestamp() not null
);

create table authentication_links (
  account_id uuid not null,
  token_hash bytea not null,
  purchase_id text,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  replaced_at timestamp with time zone,
  invoice_id text,
  constraint authentication_links_for_one CHECK (num_nonnulls(purchase_id, invoice_id) = 1),
  constraint authentication_links_hash_is_sha256 CHECK (octet_length(token_hash) = 32),
  constraint authentication_links_one_fate CHECK (used_at IS NULL OR replaced_at IS NULL)
);

create table balances (
  account_id uuid not null,
  purchased bigint default 0 not null,
  free bigint default 0 not null,
  refunds_due bigint default 0 not null,
  unbilled bigint default 0 not null,
  invoiced bigint default 0 not null,
  held bigint default 0 not null,
  held_postpaid bigint default 0 not null,
  lifetime_paid bigint default 0 not null,
  version bigint default 0 not null,
  hold_version bigint default 0 not null,
  invoiced_tax bigint default 0 not null,
  constraint balances_free_not_negative CHECK (free >= 0),
  constraint balances_held_not_negative CHECK (held >= 0),
  constraint balances_held_postpaid_not_negative CHECK (held_postpaid >= 0),
  constraint balances_hold_version_not_negative CHECK (hold_version >= 0),
  constraint balances_invoiced_not_negative CHECK (invoiced >= 0),
  constraint balances_invoiced_tax_not_negative CHECK (invoiced_tax >= 0),
  constraint balances_lifetime_paid_not_negative CHECK (lifetime_paid >= 0),
  constraint balances_purchased_not_negative CHECK (purchased >= 0),
  constraint balances_refunds_due_not_negative CHECK (refunds_due >= 0),
  constraint balances_unbilled_not_negative CHECK (unbilled >= 0),
  constraint balances_version_not_negative CHECK (version >= 0)
) with (fillfactor=50);

create table billing_events (
  account_id uuid not null,
  event_id bigint not null,
  kind text not null,
  idempotency_key text,
  input_hash bytea,
  policy_version text not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone default clock_timestamp() not null,
  payload jsonb not null,
  constraint billing_events_hash_is_sha256 CHECK (octet_length(input_hash) = 32),
  constraint billing_events_id_positive CHECK (event_id > 0),
  constraint billing_events_key_with_hash CHECK ((idempotency_key IS NULL) = (input_hash IS NULL)),
  constraint billing_events_kind_known CHECK (kind = ANY (ARRAY['opening_balance'::text, 'credits_granted'::text, 'credits_expired'::text, 'purchase_opened'::text, 'pack_purchased'::text, 'purchase_closed'::text, 'payment_unapplied'::text, 'refund_paid'::text, 'usage_charged'::text, 'usage_corrected'::text, 'invoice_issued'::text, 'unbilled_carried'::text, 'invoice_voided'::text, 'credit_noted'::text, 'invoice_paid'::text, 'debt_written_off'::text, 'debt_forgiven'::text]))
);

create table bin_ranges (
  source text not null,
  range_start bigint not null,
  range_end bigint not null,
  funding text not null,
  constraint bin_ranges_funding_known CHECK (funding = ANY (ARRAY['credit'::text, 'debit'::text, 'prepaid'::text])),
  constraint bin_ranges_start_before_end CHECK (range_start >= 0 AND range_start <= range_end AND range_end <= '99999999999'::bigint)
);

create table card_versions (
  account_id uuid not null,
  seq bigint generated always as identity not null,
  usable_until timestamp with time zone,
  version bigint not null,
  hold_version bigint not null,
  valid_from timestamp with time zone not null,
  recorded_at timestamp with time zone default clock_timestamp() not null,
  constraint card_versions_hold_version_not_negative CHECK (hold_version >= 0),
  constraint card_versions_version_not_negative CHECK (version >= 0)
);

create table charge_attempts (
  account_id uuid not null,
  attempt_id text not null,
  purchase_id text,
  payment_intent_id text not null,
  charge_id text,
  card_fingerprint text,
  card_brand text,
  amount bigint not null,
  outcome text not null,
  decline_code text,
  advice_code text,
  network_decline_code text,
  network_advice_code text,
  attempted_at timestamp with time zone not null,
  recorded_at timestamp with time zone default clock_timestamp() not null,
  invoice_id text,
  payment_id text,
  origin text default 'customer'::text not null,
  method text,
  constraint charge_attempts_amount_positive CHECK (amount > 0),
  constraint charge_attempts_for_one CHECK (num_nonnulls(purchase_id, invoice_id) = 1),
  constraint charge_attempts_origin_known CHECK (origin = ANY (ARRAY['scheduled'::text, 'customer'::text, 'operator'::text])),
  constraint charge_attempts_outcome_known CHECK (outcome = ANY (ARRAY['succeeded'::text, 'declined'::text, 'authentication_failed'::text]))
);

create table collection_pauses (
  account_id uuid not null,
  invoice_id text not null,
  pause_id integer not null,
  reason text not null,
  from_at timestamp with time zone not null,
  until_at timestamp with time zone,
  constraint collection_pauses_ends_later CHECK (until_at >= from_at),
  constraint collection_pauses_reason_known CHECK (reason = ANY (ARRAY['operator'::text, 'promise'::text, 'dispute'::text, 'recount'::text]))
);

create table collection_plans (
  account_id uuid not null,
  invoice_id text not null,
  decided_at timestamp with time zone not null,
  plan_id integer not null,
  next_charge_at timestamp with time zone
);

create table collections (
  account_id uuid not null,
  invoice_id text not null,
  charge_at timestamp with time zone,
  started_at timestamp with time zone,
  next_charge_at timestamp with time zone,
  step text default 'wait'::text not null,
  retry_asked_at timestamp with time zone,
  payment_objects integer default 0 not null,
  payment_intent_id text,
  ended_at timestamp with time zone,
  wakes_at timestamp with time zone
);

create table credit_notes (
  account_id uuid not null,
  credit_note_id text not null,
  invoice_id text not null,
  series text not null,
  sequence bigint not null,
  number text not null,
  net bigint not null,
  tax bigint not null,
  from_due bigint not null,
  reason text not null,
  issued_event_id bigint not null,
  issued_at timestamp with time zone not null,
  constraint credit_notes_from_due_within_amount CHECK (from_due >= 0 AND from_due <= (net + tax)),
  constraint credit_notes_net_positive CHECK (net > 0),
  constraint credit_notes_reason_given CHECK (reason <> ''::text),
  constraint credit_notes_tax_not_negative CHECK (tax >= 0)
);

create table grants (
  account_id uuid not null,
  grant_id text not null,
  seq bigint generated always as identity not null,
  amount bigint not null,
  scope text[],
  expires_at timestamp with time zone,
  reason text not null,
  state text not null,
  requested_by text not null,
  requested_at timestamp with time zone not null,
  decided_by text,
  decided_at timestamp with time zone,
  lot_id bigint,
  recorded_at timestamp with time zone default clock_timestamp() not null,
  constraint grants_amount_positive CHECK (amount > 0),
  constraint grants_decided_with_time CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
  constraint grants_posted_with_lot CHECK ((lot_id IS NOT NULL) = (state = 'posted'::text)),
  constraint grants_reason_given CHECK (reason <> ''::text),
  constraint grants_scope_short CHECK (cardinality(scope) >= 1 AND cardinality(scope) <= 20),
  constraint grants_state_known CHECK (state = ANY (ARRAY['awaiting_second_person'::text, 'posted'::text, 'rejected'::text, 'withdrawn'::text])),
  constraint grants_two_persons CHECK (
CASE state
    WHEN 'awaiting_second_person'::text THEN decided_by IS NULL
    WHEN 'posted'::text THEN decided_by IS DISTINCT FROM requested_by
    WHEN 'rejected'::text THEN decided_by IS DISTINCT FROM requested_by AND decided_by IS NOT NULL
    ELSE NOT decided_by IS DISTINCT FROM requested_by
END)
);

create table hold_extensions (
  account_id uuid not null,
  hold_id text not null,
  hold_version bigint not null,
  cost_before bigint not null,
  lots_before jsonb not null,
  postpaid_before bigint not null,
  extended_at timestamp with time zone default clock_timestamp() not null
);

create table hold_sweeps (
  only_row boolean default true not null,
  swept_until timestamp with time zone not null,
  constraint hold_sweeps_one_row CHECK (only_row)
);

create table holds (
  account_id uuid not null,
  hold_id text not null,
  state text not null,
  model text,
  cost bigint not null,
  lots jsonb not null,
  postpaid bigint not null,
  opened_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  admitted_version bigint not null,
  admitted_hold_version bigint not null,
  admitted_policy text not null,
  admitted_cost bigint not null,
  admitted_spendable bigint not null,
  admitted_limit bigint not null,
  admitted_owed bigint not null,
  ended_at timestamp with time zone,
  ended_hold_version bigint,
  settled_cost bigint,
  written_off bigint,
  constraint holds_admitted_within_spendable CHECK (admitted_cost <= admitted_spendable),
  constraint holds_cost_positive CHECK (cost > 0),
  constraint holds_ended_with_time CHECK (num_nonnulls(ended_at, ended_hold_version) =
CASE
    WHEN state = 'open'::text THEN 0
    ELSE 2
END),
  constraint holds_postpaid_within_cost CHECK (postpaid >= 0 AND postpaid <= cost),
  constraint holds_settled_cost_not_negative CHECK (settled_cost >= 0),
  constraint holds_settled_with_cost CHECK (num_nonnulls(settled_cost, written_off) =
CASE
    WHEN state = 'settled'::text THEN 2
    ELSE 0
END),
  constraint holds_state_known CHECK (state = ANY (ARRAY['open'::text, 'settled'::text, 'released'::text, 'expired'::text])),
  constraint holds_written_off_within_cost CHECK (written_off >= 0 AND written_off <= settled_cost)
) with (fillfactor=50);

create table invoice_credits (
  account_id uuid not null,
  invoice_id text not null,
  lot_id bigint not null,
  period text not null,
  source text not null,
  amount bigint not null,
  constraint invoice_credits_amount_positive CHECK (amount > 0),
  constraint invoice_credits_source_known CHECK (source = ANY (ARRAY['pack'::text, 'invoice'::text]))
);

create table invoice_deferrals (
  account_id uuid not null,
  period text not null,
  reason text not null,
  purchases jsonb default '[]'::jsonb not null,
  since timestamp with time zone not null,
  resolved_at timestamp with time zone,
  constraint invoice_deferrals_period_is_month CHECK (period ~ '^\d{4}-(0[1-9]|1[0-2])$'::text),
  constraint invoice_deferrals_reason_known CHECK (reason = ANY (ARRAY['purchases'::text, 'holds'::text]))
);

create table invoice_failures (
  account_id uuid not null,
  period text not null,
  reason text not null,
  failed_at timestamp with time zone not null
);

create table invoice_lines (
  account_id uuid not null,
  invoice_id text not null,
  line integer not null,
  usage_period text not null,
  price_id integer not null,
  model text not null,
  posting_period text not null,
  quantity bigint not null,
  cost bigint not null,
  free bigint not null,
  purchased bigint not null,
  unbilled bigint not null,
  written_off bigint not null,
  constraint invoice_lines_parts_add_up CHECK (cost = (free + purchased + unbilled + written_off))
);

create table invoice_parties (
  account_id uuid not null,
  invoice_id text not null,
  party jsonb,
  erased_at timestamp with time zone,
  constraint invoice_parties_erased_is_empty CHECK ((party IS NULL) = (erased_at IS NOT NULL))
);

create table invoice_payments (
  account_id uuid not null,
  payment_id text not null,
  invoice_id text not null,
  origin text not null,
  state text not null,
  amount bigint not null,
  method text not null,
  request_hash text,
  payment_intent_id text,
  charge_id text,
  authentication_since timestamp with time zone,
  decline jsonb,
  refusal jsonb,
  opened_at timestamp with time zone not null,
  final_at timestamp with time zone,
  constraint invoice_payments_amount_positive CHECK (amount > 0),
  constraint invoice_payments_final_with_time CHECK ((final_at IS NULL) = (state = ANY (ARRAY['pending'::text, 'requires_action'::text]))),
  constraint invoice_payments_origin_known CHECK (origin = ANY (ARRAY['scheduled'::text, 'customer'::text, 'operator'::text])),
  constraint invoice_payments_state_known CHECK (state = ANY (ARRAY['pending'::text, 'requires_action'::text, 'succeeded'::text, 'declined'::text, 'refused'::text, 'canceled'::text]))
);

create table invoice_run_parts (
  period text not null,
  part integer not null,
  after_account uuid,
  until_account uuid,
  last_account uuid,
  accounts bigint not null,
  walked bigint default 0 not null,
  is_done boolean default false not null
);

create table invoice_runs (
  period text not null,
  state text not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint invoice_runs_ended_with_time CHECK ((ended_at IS NULL) = (state = 'running'::text)),
  constraint invoice_runs_period_is_month CHECK (period ~ '^\d{4}-(0[1-9]|1[0-2])$'::text),
  constraint invoice_runs_state_known CHECK (state = ANY (ARRAY['running'::text, 'canceled'::text, 'done'::text]))
);

create table invoice_series (
  series text not null,
  last bigint default 0 not null,
  constraint invoice_series_last_not_negative CHECK (last >= 0),
  constraint invoice_series_name CHECK (series ~ '^[A-Z]{1,8}$'::text)
);

create table invoices (
  account_id uuid not null,
  invoice_id text not null,
  number text not null,
  state text not null,
  amount bigint not null,
  due bigint not null,
  due_at timestamp with time zone not null,
  issued_event_id bigint not null,
  issued_at timestamp with time zone not null,
  kind text default 'imported'::text not null,
  period text,
  cutoff timestamp with time zone,
  series text,
  sequence bigint,
  tax bigint default 0 not null,
  tax_place text,
  tax_name text,
  tax_parts_per_million integer default 0 not null,
  due_tax bigint default 0 not null,
  paid bigint default 0 not null,
  credited bigint default 0 not null,
  brought_forward bigint default 0 not null,
  carried_forward bigint default 0 not null,
  carried_to text,
  charge_at timestamp with time zone,
  replaces text,
  voided_event_id bigint,
  voided_at timestamp with time zone,
  forgiven bigint default 0 not null,
  constraint invoices_amount_not_negative CHECK (amount >= 0),
  constraint invoices_carried_forward_not_negative CHECK (carried_forward >= 0),
  constraint invoices_credited_not_negative CHECK (credited >= 0),
  constraint invoices_due_adds_up CHECK (
CASE
    WHEN state = 'void'::text THEN due = 0
    ELSE due = (amount - paid - credited - forgiven)
END),
  constraint invoices_due_tax_within_due CHECK (due_tax >= 0 AND due_tax <= LEAST(due, tax)),
  constraint invoices_due_within_amount CHECK (due >= 0 AND due <= amount),
  constraint invoices_forgiven_not_negative CHECK (forgiven >= 0),
  constraint invoices_forgiven_with_amount CHECK ((state = 'forgiven'::text) = (forgiven > 0)),
  constraint invoices_kind_known CHECK (kind = ANY (ARRAY['imported'::text, 'monthly'::text, 'final'::text])),
  constraint invoices_nothing_due_when_over CHECK (state = 'void'::text OR (state = ANY (ARRAY['paid'::text, 'forgiven'::text])) = (due = 0)),
  constraint invoices_numbered_in_series CHECK (num_nonnulls(period, cutoff, series, sequence, charge_at) =
CASE
    WHEN kind = 'imported'::text THEN 0
    ELSE 5
END),
  constraint invoices_paid_not_negative CHECK (paid >= 0),
  constraint invoices_period_is_month CHECK (period ~ '^\d{4}-(0[1-9]|1[0-2])$'::text),
  constraint invoices_state_known CHECK (state = ANY (ARRAY['open'::text, 'paid'::text, 'void'::text, 'uncollectible'::text, 'forgiven'::text])),
  constraint invoices_tax_within_amount CHECK (tax >= 0 AND tax <= amount),
  constraint invoices_void_never_paid CHECK (state <> 'void'::text OR paid = 0 AND credited = 0 AND forgiven = 0),
  constraint invoices_void_with_time CHECK (num_nonnulls(voided_event_id, voided_at) =
CASE
    WHEN state = 'void'::text THEN 2
    ELSE 0
END)
);

create table locators (
  kind text not null,
  key text not null,
  account_id uuid not null
);

create table lots (
  account_id uuid not null,
  lot_id bigint not null,
  kind text not null,
  amount bigint not null,
  remaining bigint not null,
  held bigint default 0 not null,
  scope text[],
  acquired_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  frozen_at timestamp with time zone,
  ended_at timestamp with time zone,
  constraint lots_amount_positive CHECK (amount > 0),
  constraint lots_ended_is_over CHECK (ended_at IS NULL OR remaining = 0 AND expires_at <= ended_at),
  constraint lots_held_within_remaining CHECK (held >= 0 AND held <= remaining),
  constraint lots_kind_known CHECK (kind = ANY (ARRAY['purchased'::text, 'free'::text])),
  constraint lots_purchased_expire_later CHECK (kind = 'free'::text OR expires_at > acquired_at),
  constraint lots_purchased_without_scope CHECK (kind = 'free'::text OR scope IS NULL),
  constraint lots_remaining_within_amount CHECK (remaining >= 0 AND remaining <= amount)
) with (fillfactor=50);

create table notices (
  account_id uuid not null,
  notice_id text not null,
  kind text not null,
  payload jsonb not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone default clock_timestamp() not null,
  delivered_at timestamp with time zone
);

create table operator_sessions (
  session_id text not null,
  key_id text not null,
  operator text not null,
  created_at timestamp with time zone not null,
  link_hash bytea not null,
  link_expires_at timestamp with time zone not null,
  opened_at timestamp with time zone,
  token_hash bytea,
  expires_at timestamp with time zone,
  ended_at timestamp with time zone,
  constraint operator_sessions_link_is_sha256 CHECK (octet_length(link_hash) = 32),
  constraint operator_sessions_opened_at_once CHECK (num_nonnulls(opened_at, token_hash, expires_at) = ANY (ARRAY[0, 3])),
  constraint operator_sessions_operator_name CHECK (operator ~ '^[a-z0-9][a-z0-9._-]{0,39}$'::text),
  constraint operator_sessions_token_is_sha256 CHECK (octet_length(token_hash) = 32)
);

create table payment_methods (
  account_id uuid not null,
  payment_method_id text not null,
  type text not null,
  brand text not null,
  last4 text not null,
  funding text not null,
  fingerprint text,
  wallet text,
  iin text,
  expiry_month smallint not null,
  expiry_year smallint not null,
  country text,
  is_default boolean not null,
  saved_at timestamp with time zone not null,
  removed_at timestamp with time zone,
  constraint payment_methods_expiry_month_in_year CHECK (expiry_month >= 1 AND expiry_month <= 12),
  constraint payment_methods_iin_is_short CHECK (iin ~ '^[0-9]{6,8}$'::text),
  constraint payment_methods_last4_is_four_digits CHECK (last4 ~ '^[0-9]{4}$'::text),
  constraint payment_methods_not_prepaid CHECK (funding <> 'prepaid'::text),
  constraint payment_methods_removed_not_default CHECK (removed_at IS NULL OR NOT is_default)
);

create table policies (
  version text not null,
  "values" jsonb not null,
  actor text not null,
  recorded_at timestamp with time zone default clock_timestamp() not null,
  constraint policies_values_of_version CHECK (("values" ->> 'version'::text) = version),
  constraint policies_version_text CHECK (version ~ '^[a-z0-9][a-z0-9.-]{0,62}$'::text)
);

create table policy_activations (
  activation_id bigint generated always as identity not null,
  effective_at timestamp with time zone,
  version text not null,
  actor text not null,
  recorded_at timestamp with time zone default clock_timestamp() not null
);

create table policy_announcements (
  version text not null,
  effective_at timestamp with time zone not null,
  actor text not null,
  recorded_at timestamp with time zone default clock_timestamp() not null
);

create table portal_sessions (
  account_id uuid not null,
  token_hash bytea not null,
  return_url text,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint portal_sessions_hash_is_sha256 CHECK (octet_length(token_hash) = 32)
);

create table prices (
  price_id integer generated always as identity not null,
  currency text not null,
  model text not null,
  meter text not null,
  amount numeric,
  per integer,
  tiers jsonb default '[]'::jsonb not null,
  effective_from timestamp with time zone not null,
  source text not null,
  recorded_at timestamp with time zone default clock_timestamp() not null,
  constraint prices_amount_not_negative CHECK (amount >= 0::numeric),
  constraint prices_currency_code CHECK (currency ~ '^[a-z]{3}$'::text),
  constraint prices_meter_name CHECK (meter ~ '^[a-z_]{1,40}$'::text),
  constraint prices_model_length CHECK (char_length(model) >= 1 AND char_length(model) <= 200),
  constraint prices_per_positive CHECK (per > 0),
  constraint prices_sold_or_not CHECK ((amount IS NULL) = (per IS NULL) AND (amount IS NOT NULL OR tiers = '[]'::jsonb)),
  constraint prices_tiers_are_a_list CHECK (jsonb_typeof(tiers) = 'array'::text)
);

create table purchases (
  account_id uuid not null,
  purchase_id text not null,
  state text not null,
  credits bigint not null,
  tax bigint not null,
  currency text not null,
  payment_method_id text,
  payment_intent_id text,
  opened_event_id bigint not null,
  opened_at timestamp with time zone not null,
  final_at timestamp with time zone,
  receipt_sequence integer,
  receipt_number text,
  lot_id bigint,
  paid_unbilled bigint,
  charge_id text,
  captured_at timestamp with time zone,
  decline jsonb,
  refusal jsonb,
  authentication_since timestamp with time zone,
  request jsonb,
  read_at timestamp with time zone,
  read_status text,
  constraint purchases_charge_when_captured CHECK (num_nonnulls(charge_id, captured_at) =
CASE
    WHEN state = ANY (ARRAY['succeeded'::text, 'returned'::text]) THEN 2
    ELSE 0
END),
  constraint purchases_credits_positive CHECK (credits > 0 OR state = 'refused'::text),
  constraint purchases_decline_when_declined CHECK ((decline IS NOT NULL) = (state = 'declined'::text)),
  constraint purchases_final_with_time CHECK ((final_at IS NULL) = (state = ANY (ARRAY['pending'::text, 'requires_action'::text]))),
  constraint purchases_read_with_status CHECK ((read_at IS NULL) = (read_status IS NULL)),
  constraint purchases_receipt_when_succeeded CHECK (num_nonnulls(receipt_sequence, receipt_number, lot_id, paid_unbilled) =
CASE state
    WHEN 'succeeded'::text THEN 4
    ELSE 0
END),
  constraint purchases_refusal_when_refused CHECK ((refusal IS NOT NULL) = (state = ANY (ARRAY['refused'::text, 'canceled'::text, 'returned'::text]))),
  constraint purchases_state_known CHECK (state = ANY (ARRAY['pending'::text, 'requires_action'::text, 'succeeded'::text, 'declined'::text, 'refused'::text, 'canceled'::text, 'returned'::text])),
  constraint purchases_tax_not_negative CHECK (tax >= 0)
);

create table refused_cards (
  fingerprint text not null,
  source text not null,
  refused_at timestamp with time zone not null
);

create table schema_migrations (
  name text not null,
  sha256 text not null,
  applied_at timestamp with time zone default clock_timestamp() not null
);

create table transfers (
  account_id uuid not null,
  event_id bigint not null,
  seq smallint not null,
  debit_book text not null,
  credit_book text not null,
  amount bigint not null,
  currency text not null,
  lot_id bigint,
  period text,
  invoice_id text,
  constraint transfers_amount_positive CHECK (amount > 0),
  constraint transfers_books_differ CHECK (debit_book <> credit_book),
  constraint transfers_books_known CHECK (ARRAY[debit_book, credit_book] <@ ARRAY['purchased'::text, 'free'::text, 'refunds_due'::text, 'unbilled'::text, 'invoiced'::text, 'invoiced_tax'::text, 'processor'::text, 'tax'::text, 'promotions'::text, 'opening'::text, 'revenue'::text, 'rounding'::text, 'bad_debt'::text, 'allowance'::text]),
  constraint transfers_invoice_with_invoiced CHECK ((invoice_id IS NOT NULL) = (ARRAY[debit_book, credit_book] && ARRAY['invoiced'::text, 'invoiced_tax'::text])),
  constraint transfers_lot_with_credits CHECK ((lot_id IS NOT NULL) = ((debit_book = ANY (ARRAY['purchased'::text, 'free'::text])) OR (credit_book = ANY (ARRAY['purchased'::text, 'free'::text])))),
  constraint transfers_period_is_month CHECK (period ~ '^\d{4}-(0[1-9]|1[0-2])$'::text),
  constraint transfers_period_with_unbilled CHECK ((period IS NOT NULL) = (debit_book = 'unbilled'::text OR credit_book = 'unbilled'::text))
);

create table unbilled_periods (
  account_id uuid not null,
  period text not null,
  amount bigint not null,
  constraint unbilled_periods_amount_not_negative CHECK (amount >= 0),
  constraint unbilled_periods_period_is_month CHECK (period ~ '^\d{4}-(0[1-9]|1[0-2])$'::text)
) with (fillfactor=50);

create table usage_events (
  account_id uuid not null,
  usage_key uuid not null,
  occurred_at timestamp with time zone not null,
  event_id integer not null,
  quantities bytea not null
);

create table usage_postings (
  account_id uuid not null,
  usage_period text not null,
  price_id integer not null,
  model text default ''::text not null,
  posting_period text not null,
  quantity bigint not null,
  cost bigint not null,
  free bigint not null,
  purchased bigint not null,
  unbilled bigint not null,
  written_off bigint not null,
  constraint usage_postings_parts_add_up CHECK (cost = (free + purchased + unbilled + written_off)),
  constraint usage_postings_posting_period_is_month CHECK (posting_period ~ '^\d{4}-(0[1-9]|1[0-2])$'::text),
  constraint usage_postings_usage_period_is_month CHECK (usage_period ~ '^\d{4}-(0[1-9]|1[0-2])$'::text)
) with (fillfactor=50);

create table webhook_attempts (
  account_id uuid not null,
  message_id text not null,
  endpoint_id text not null,
  attempt integer not null,
  attempted_at timestamp with time zone not null,
  duration_ms integer not null,
  status smallint,
  error text,
  answer text,
  constraint webhook_attempts_answer_short CHECK (length(answer) <= 200),
  constraint webhook_attempts_counted_from_one CHECK (attempt >= 1),
  constraint webhook_attempts_duration_not_negative CHECK (duration_ms >= 0),
  constraint webhook_attempts_error_short CHECK (length(error) <= 200)
);

create table webhook_deliveries (
  account_id uuid not null,
  message_id text not null,
  owner_id uuid not null,
  endpoint_id text not null,
  delivery_id bigint generated always as identity not null,
  state text default 'waiting'::text not null,
  attempts smallint default 0 not null,
  attempts_ever integer default 0 not null,
  next_attempt_at timestamp with time zone,
  last_attempt_at timestamp with time zone,
  last_status smallint,
  last_error text,
  delivered_at timestamp with time zone,
  replay_id text,
  recorded_at timestamp with time zone default clock_timestamp() not null,
  constraint webhook_deliveries_delivered_with_time CHECK (state <> 'delivered'::text OR delivered_at IS NOT NULL),
  constraint webhook_deliveries_last_error_short CHECK (length(last_error) <= 200),
  constraint webhook_deliveries_next_while_waiting CHECK (next_attempt_at IS NULL OR state = 'waiting'::text),
  constraint webhook_deliveries_state_known CHECK (state = ANY (ARRAY['waiting'::text, 'delivered'::text, 'failed'::text]))
);

create table webhook_endpoints (
  account_id uuid not null,
  endpoint_id text not null,
  url text not null,
  types text[],
  input_hash bytea not null,
  created_at timestamp with time zone not null,
  failing_since timestamp with time zone,
  disabled_at timestamp with time zone,
  disabled_reason text,
  removed_at timestamp with time zone,
  constraint webhook_endpoints_disabled_reason_known CHECK (disabled_reason = ANY (ARRAY['gone'::text, 'failing'::text, 'asked'::text])),
  constraint webhook_endpoints_disabled_with_reason CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
);

create table webhook_events (
  event_id text not null,
  type text not null,
  object_id text not null,
  workflow_id text,
  received_at timestamp with time zone not null,
  relayed_at timestamp with time zone
);

create table webhook_messages (
  account_id uuid not null,
  message_id text not null,
  type text not null,
  data json not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone default clock_timestamp() not null
);

create table webhook_secrets (
  account_id uuid not null,
  endpoint_id text not null,
  secret_id text not null,
  secret text,
  created_at timestamp with time zone not null,
  ends_at timestamp with time zone,
  constraint webhook_secrets_erased_when_over CHECK (secret IS NOT NULL OR ends_at IS NOT NULL)
);


alter table access_refusals add constraint access_refusals_pkey PRIMARY KEY (account_id, minute, code);
alter table account_profiles add constraint account_profiles_pkey PRIMARY KEY (account_id);
alter table account_versions add constraint account_versions_pkey PRIMARY KEY (account_id, seq);
alter table accounts add constraint accounts_pkey PRIMARY KEY (account_id);
alter table api_keys add constraint api_keys_pkey PRIMARY KEY (key_id);
alter table api_keys add constraint api_keys_secret_hash UNIQUE (secret_hash);
alter table audit_log add constraint audit_log_pkey PRIMARY KEY (account_id, audit_id);
alter table authentication_links add constraint authentication_links_pkey PRIMARY KEY (account_id, token_hash);
alter table balances add constraint balances_pkey PRIMARY KEY (account_id);
alter table billing_events add constraint billing_events_pkey PRIMARY KEY (account_id, event_id);
alter table billing_events add constraint billing_events_idempotency_key UNIQUE (account_id, idempotency_key);
alter table bin_ranges add constraint bin_ranges_pkey PRIMARY KEY (source, range_start, range_end);
alter table card_versions add constraint card_versions_pkey PRIMARY KEY (account_id, seq);
alter table charge_attempts add constraint charge_attempts_pkey PRIMARY KEY (account_id, attempt_id);
alter table collection_pauses add constraint collection_pauses_pkey PRIMARY KEY (account_id, invoice_id, pause_id);
alter table collection_plans add constraint collection_plans_pkey PRIMARY KEY (account_id, invoice_id, plan_id);
alter table collections add constraint collections_pkey PRIMARY KEY (account_id, invoice_id);
alter table credit_notes add constraint credit_notes_pkey PRIMARY KEY (account_id, credit_note_id);
alter table grants add constraint grants_pkey PRIMARY KEY (account_id, grant_id);
alter table hold_extensions add constraint hold_extensions_pkey PRIMARY KEY (account_id, hold_id, hold_version);
alter table hold_sweeps add constraint hold_sweeps_pkey PRIMARY KEY (only_row);
alter table holds add constraint holds_pkey PRIMARY KEY (account_id, hold_id);
alter table invoice_credits add constraint invoice_credits_pkey PRIMARY KEY (account_id, invoice_id, lot_id, period, source);
alter table invoice_deferrals add constraint invoice_deferrals_pkey PRIMARY KEY (account_id, period);
alter table invoice_failures add constraint invoice_failures_pkey PRIMARY KEY (account_id, period);
alter table invoice_lines add constraint invoice_lines_pkey PRIMARY KEY (account_id, invoice_id, line);
alter table invoice_parties add constraint invoice_parties_pkey PRIMARY KEY (account_id, invoice_id);
alter table invoice_payments add constraint invoice_payments_pkey PRIMARY KEY (account_id, payment_id);
alter table invoice_run_parts add constraint invoice_run_parts_pkey PRIMARY KEY (period, part);
alter table invoice_runs add constraint invoice_runs_pkey PRIMARY KEY (period);
alter table invoice_series add constraint invoice_series_pkey PRIMARY KEY (series);
alter table invoices add constraint invoices_pkey PRIMARY KEY (account_id, invoice_id);
alter table invoices add constraint invoices_number UNIQUE (account_id, number);
alter table locators add constraint locators_pkey PRIMARY KEY (kind, key);
alter table lots add constraint lots_pkey PRIMARY KEY (account_id, lot_id);
alter table notices add constraint notices_pkey PRIMARY KEY (account_id, notice_id);
alter table operator_sessions add constraint operator_sessions_pkey PRIMARY KEY (session_id);
alter table operator_sessions add constraint operator_sessions_link_hash UNIQUE (link_hash);
alter table operator_sessions add constraint operator_sessions_token_hash UNIQUE (token_hash);
alter table payment_methods add constraint payment_methods_pkey PRIMARY KEY (account_id, payment_method_id);
alter table policies add constraint policies_pkey PRIMARY KEY (version);
alter table policy_activations add constraint policy_activations_pkey PRIMARY KEY (activation_id);
alter table policy_announcements add constraint policy_announcements_pkey PRIMARY KEY (version, effective_at);
alter table portal_sessions add constraint portal_sessions_pkey PRIMARY KEY (account_id, token_hash);
alter table prices add constraint prices_pkey PRIMARY KEY (price_id);
alter table prices add constraint prices_one_per_instant UNIQUE (currency, model, meter, effective_from);
alter table purchases add constraint purchases_pkey PRIMARY KEY (account_id, purchase_id);
alter table purchases add constraint purchases_one_per_charge UNIQUE (account_id, charge_id);
alter table purchases add constraint purchases_one_per_event UNIQUE (account_id, opened_event_id);
alter table purchases add constraint purchases_one_per_lot UNIQUE (account_id, lot_id);
alter table purchases add constraint purchases_one_per_receipt UNIQUE (account_id, receipt_sequence);
alter table refused_cards add constraint refused_cards_pkey PRIMARY KEY (fingerprint);
alter table schema_migrations add constraint schema_migrations_pkey PRIMARY KEY (name);
alter table transfers add constraint transfers_pkey PRIMARY KEY (account_id, event_id, seq);
alter table unbilled_periods add constraint unbilled_periods_pkey PRIMARY KEY (account_id, period);
alter table usage_events add constraint usage_events_pkey PRIMARY KEY (account_id, usage_key);
alter table usage_postings add constraint usage_postings_pkey PRIMARY KEY (account_id, usage_period, price_id, model, posting_period);
alter table webhook_attempts add constraint webhook_attempts_pkey PRIMARY KEY (account_id, message_id, endpoint_id, attempt);
alter table webhook_deliveries add constraint webhook_deliveries_pkey PRIMARY KEY (account_id, message_id, endpoint_id);
alter table webhook_endpoints add constraint webhook_endpoints_pkey PRIMARY KEY (account_id, endpoint_id);
alter table webhook_events add constraint webhook_events_pkey PRIMARY KEY (event_id);
alter table webhook_messages add constraint webhook_messages_pkey PRIMARY KEY (account_id, message_id);
alter table webhook_secrets add constraint webhook_secrets_pkey PRIMARY KEY (account_id, endpoint_id, secret_id);

alter table access_refusals add constraint access_refusals_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
alter table account_profiles add constraint account_profiles_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
alter table account_versions add constraint account_versions_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
alter table api_keys add constraint api_keys_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
alter table authentication_links add constraint authentication_links_invoice FOREIGN KEY (account_id, invoice_id) REFERENCES invoices(account_id, invoice_id);
alter table authentication_links add constraint authentication_links_purchase FOREIGN KEY (account_id, purchase_id) REFERENCES purchases(account_id, purchase_id);
alter table balances add constraint balances_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
alter table billing_events add constraint billing_events_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
alter table card_versions add constraint card_versions_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
alter table charge_attempts add constraint charge_attempts_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
alter table charge_attempts add constraint charge_attempts_payment FOREIGN KEY (account_id, payment_id) REFERENCES invoice_payments(account_id, payment_id);
alter table charge_attempts add constraint charge_attempts_purchase FOREIGN KEY (account_id, purchase_id) REFERENCES purchases(account_id, purchase_id);
alter table collection_pauses add constraint collection_pauses_collection FOREIGN KEY (account_id, invoice_id) REFERENCES collections(account_id, invoice_id);
alter table collection_plans add constraint collection_plans_collection FOREIGN KEY (account_id, invoice_id) REFERENCES collections(account_id, invoice_id);
alter table collections add constraint collections_invoice FOREIGN KEY (account_id, invoice_id) REFERENCES invoices(account_id, invoice_id);
alter table credit_notes add constraint credit_notes_invoice FOREIGN KEY (account_id, invoice_id) REFERENCES invoices(account_id, invoice_id);
alter table credit_notes add constraint credit_notes_issued FOREIGN KEY (account_id, issued_event_id) REFERENCES billing_events(account_id, event_id);
alter table grants add constraint grants_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
alter table grants add constraint grants_lot FOREIGN KEY (account_id, lot_id) REFERENCES lots(account_id, lot_id);
alter table hold_extensions add constraint hold_extensions_hold FOREIGN KEY (account_id, hold_id) REFERENCES holds(account_id, hold_id);
alter table holds add constraint holds_account_id_fkey FOREIGN KEY (account_id) REFERENCES balances(account_id);
alter table invoice_deferrals add constraint invoice_deferrals_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
alter table invoice_failures add constraint invoice_failures_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
alter table invoice_payments add constraint invoice_payments_invoice FOREIGN KEY (account_id, invoice_id) REFERENCES invoices(account_id, invoice_id);
alter table invoice_run_parts add constraint invoice_run_parts_period_fkey FOREIGN KEY (period) REFERENCES invoice_runs(period);
alter table invoices add constraint invoices_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
alter table invoices add constraint invoices_issued FOREIGN KEY (account_id, issued_event_id) REFERENCES billing_events(account_id, event_id);
alter table locators add constraint locators_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
alter table lots add constraint lots_event FOREIGN KEY (account_id, lot_id) REFERENCES billing_events(account_id, event_id);
alter table notices add constraint notices_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
alter table operator_sessions add constraint operator_sessions_key_id_fkey FOREIGN KEY (key_id) REFERENCES api_keys(key_id);
alter table payment_methods add constraint payment_methods_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
alter table policy_activations add constraint policy_activations_version_fkey FOREIGN KEY (version) REFERENCES policies(version);
alter table policy_announcements add constraint policy_announcements_version_fkey FOREIGN KEY (version) REFERENCES policies(version);
alter table portal_sessions add constraint portal_sessions_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
alter table purchases add constraint purchases_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id);
alter table purchases add constraint purchases_lot FOREIGN KEY (account_id, lot_id) REFERENCES lots(account_id, lot_id);
alter table purchases add constraint purchases_opened FOREIGN KEY (account_id, opened_event_id) REFERENCES billing_events(account_id, event_id);
alter table transfers add constraint transfers_event FOREIGN KEY (account_id, event_id) REFERENCES billing_events(account_id, event_id);
alter table unbilled_periods add constraint unbilled_periods_account_id_fkey FOREIGN KEY (account_id) REFERENCES balances(account_id);
alter table usage_postings add constraint usage_postings_account_id_fkey FOREIGN KEY (account_id) REFERENCES balances(account_id);
alter table webhook_attempts add constraint webhook_attempts_delivery FOREIGN KEY (account_id, message_id, endpoint_id) REFERENCES webhook_deliveries(account_id, message_id, endpoint_id) ON DELETE CASCADE;
alter table webhook_deliveries add constraint webhook_deliveries_endpoint FOREIGN KEY (owner_id, endpoint_id) REFERENCES webhook_endpoints(account_id, endpoint_id);
alter table webhook_deliveries add constraint webhook_deliveries_message FOREIGN KEY (account_id, message_id) REFERENCES webhook_messages(account_id, message_id) ON DELETE CASCADE;
alter table webhook_secrets add constraint webhook_secrets_endpoint FOREIGN KEY (account_id, endpoint_id) REFERENCES webhook_endpoints(account_id, endpoint_id);

CREATE INDEX account_profiles_by_email ON account_profiles USING btree (lower(email) text_pattern_ops) WHERE email IS NOT NULL;
CREATE INDEX account_profiles_by_name ON account_profiles USING btree (lower(name) text_pattern_ops) WHERE name IS NOT NULL;
CREATE INDEX accounts_on_hold ON accounts USING btree (admin_hold_since) WHERE admin_hold_since IS NOT NULL;
CREATE INDEX accounts_with_test_clock ON accounts USING btree (account_id) WHERE test_clock_offset_ms > 0;
CREATE UNIQUE INDEX authentication_links_one_live ON authentication_links USING btree (account_id, purchase_id) WHERE used_at IS NULL AND replaced_at IS NULL;
CREATE UNIQUE INDEX authentication_links_one_live_of_invoice ON authentication_links USING btree (account_id, invoice_id) WHERE used_at IS NULL AND replaced_at IS NULL AND invoice_id IS NOT NULL;
CREATE UNIQUE INDEX billing_events_corrected_once ON billing_events USING btree (account_id, ((payload -> 'event'::text) ->> 'eventId'::text)) WHERE kind = 'usage_corrected'::text;
CREATE INDEX bin_ranges_span ON bin_ranges USING gist (int8range(range_start, range_end, '[]'::text));
CREATE INDEX charge_attempts_by_card ON charge_attempts USING btree (card_fingerprint, attempted_at);
CREATE UNIQUE INDEX charge_attempts_by_charge ON charge_attempts USING btree (account_id, charge_id) WHERE invoice_id IS NOT NULL AND charge_id IS NOT NULL;
CREATE INDEX charge_attempts_by_invoice ON charge_attempts USING btree (account_id, invoice_id, attempted_at) WHERE invoice_id IS NOT NULL;
CREATE INDEX collections_open ON collections USING btree (account_id) WHERE ended_at IS NULL;
CREATE INDEX collections_to_start ON collections USING btree (charge_at) WHERE started_at IS NULL;
CREATE UNIQUE INDEX credit_notes_by_sequence ON credit_notes USING btree (series, sequence);
CREATE INDEX grants_awaiting ON grants USING btree (seq) WHERE state = 'awaiting_second_person'::text;
CREATE INDEX grants_by_seq ON grants USING btree (seq);
CREATE INDEX holds_by_expiry ON holds USING brin (expires_at) WITH (pages_per_range='16');
CREATE INDEX invoice_deferrals_waiting ON invoice_deferrals USING btree (period, account_id) WHERE resolved_at IS NULL;
CREATE INDEX invoice_failures_by_period ON invoice_failures USING btree (period);
CREATE INDEX invoice_payments_by_invoice ON invoice_payments USING btree (account_id, invoice_id, opened_at);
CREATE UNIQUE INDEX invoice_payments_one_open ON invoice_payments USING btree (account_id, invoice_id) WHERE final_at IS NULL;
CREATE INDEX invoices_by_period ON invoices USING btree (period) WHERE period IS NOT NULL;
CREATE UNIQUE INDEX invoices_by_sequence ON invoices USING btree (series, sequence) WHERE series IS NOT NULL;
CREATE UNIQUE INDEX invoices_one_per_period ON invoices USING btree (account_id, period) WHERE state <> 'void'::text AND period IS NOT NULL;
CREATE INDEX invoices_to_be_paid ON invoices USING btree (due_at, account_id, invoice_id) WHERE due > 0;
CREATE INDEX lots_by_expiry ON lots USING btree (expires_at, account_id, lot_id) WHERE expires_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX notices_undelivered ON notices USING btree (recorded_at) WHERE delivered_at IS NULL;
CREATE INDEX operator_sessions_by_operator ON operator_sessions USING btree (operator) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX payment_methods_one_default ON payment_methods USING btree (account_id) WHERE is_default;
CREATE INDEX policy_activations_by_time ON policy_activations USING btree (effective_at);
CREATE UNIQUE INDEX policy_activations_one_first ON policy_activations USING btree ((effective_at IS NULL)) WHERE effective_at IS NULL;
CREATE INDEX purchases_open ON purchases USING btree (account_id) WHERE final_at IS NULL;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries USING btree (endpoint_id, next_attempt_at NULLS FIRST) WHERE state = 'waiting'::text;
CREATE INDEX webhook_deliveries_log ON webhook_deliveries USING btree (owner_id, endpoint_id, delivery_id);
CREATE INDEX webhook_events_unrelayed ON webhook_events USING btree (received_at) WHERE relayed_at IS NULL;
CREATE INDEX webhook_messages_by_age ON webhook_messages USING btree (recorded_at);
CREATE UNIQUE INDEX webhook_secrets_one_current ON webhook_secrets USING btree (account_id, endpoint_id) WHERE ends_at IS NULL;

CREATE TRIGGER account_versions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON account_versions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_log_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER billing_events_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON billing_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER card_versions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON card_versions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER charge_attempts_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON charge_attempts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER collection_plans_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON collection_plans FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER credit_notes_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON credit_notes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER grants_decided_once BEFORE UPDATE ON grants FOR EACH ROW WHEN (old.state <> 'awaiting_second_person'::text) EXECUTE FUNCTION refuse_other_decision();
CREATE TRIGGER hold_extensions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON hold_extensions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER invoice_credits_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON invoice_credits FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER invoice_lines_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON invoice_lines FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER lots_expiry_stays BEFORE UPDATE OF expires_at ON lots FOR EACH ROW WHEN (new.expires_at IS DISTINCT FROM old.expires_at) EXECUTE FUNCTION refuse_other_expiry();
CREATE TRIGGER policies_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON policies FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER policy_activations_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON policy_activations FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE CONSTRAINT TRIGGER policy_activations_take_effect_later AFTER INSERT ON policy_activations DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_early_activation();
CREATE TRIGGER policy_announcements_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON policy_announcements FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER prices_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON prices FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER prices_change_announced BEFORE INSERT ON prices FOR EACH ROW EXECUTE FUNCTION refuse_sudden_price();
CREATE TRIGGER transfers_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON transfers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER usage_events_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON usage_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

grant insert, select on access_refusals to solvent_app;
grant update (refusals) on access_refusals to solvent_app;
grant insert, select on account_profiles to solvent_app;
grant update (name, email, address, created_from, erased_at, business_name, invoice_emails, purchase_order, tax_id, tax_id_country) on account_profiles to solvent_app;
grant insert, select on account_versions to solvent_app;
grant insert, select on accounts to solvent_app;
grant update (status, plan, tax_country, tax_region, own_balance_limit, customer_id, test_clock_offset_ms, balance_limit_ceiling, net_days, low_balance_thresholds, admin_hold_reason, admin_hold_since, time_zone, retry_after_days) on accounts to solvent_app;
grant insert, select on api_keys to solvent_app;
grant update (revoked_at) on api_keys to solvent_app;
grant insert, select on audit_log to solvent_app;
grant insert, select on authentication_links to solvent_app;
grant update (used_at, replaced_at) on authentication_links to solvent_app;
grant insert, select on balances to solvent_app;
grant update (purchased, free, refunds_due, unbilled, invoiced, held, held_postpaid, lifetime_paid, version, hold_version, invoiced_tax) on balances to solvent_app;
grant insert, select on billing_events to solvent_app;
grant delete, insert, select on bin_ranges to solvent_app;
grant insert, select on card_versions to solvent_app;
grant insert, select on charge_attempts to solvent_app;
grant insert, select on collection_pauses to solvent_app;
grant update (until_at) on collection_pauses to solvent_app;
grant insert, select on collection_plans to solvent_app;
grant insert, select on collections to solvent_app;
grant update (started_at, next_charge_at, step, retry_asked_at, payment_objects, payment_intent_id, ended_at, wakes_at) on collections to solvent_app;
grant insert, select on credit_notes to solvent_app;
grant insert, select on grants to solvent_app;
grant update (state, decided_by, decided_at, lot_id) on grants to solvent_app;
grant insert, select on hold_extensions to solvent_app;
grant select on hold_sweeps to solvent_app;
grant update (swept_until) on hold_sweeps to solvent_app;
grant insert, select on holds to solvent_app;
grant update (state, cost, lots, postpaid, expires_at, ended_at, ended_hold_version, settled_cost, written_off) on holds to solvent_app;
grant insert, select on invoice_credits to solvent_app;
grant insert, select on invoice_deferrals to solvent_app;
grant update (reason, purchases, since, resolved_at) on invoice_deferrals to solvent_app;
grant delete, insert, select on invoice_failures to solvent_app;
grant update (reason, failed_at) on invoice_failures to solvent_app;
grant insert, select on invoice_lines to solvent_app;
grant insert, select on invoice_parties to solvent_app;
grant update (party, erased_at) on invoice_parties to solvent_app;
grant insert, select on invoice_payments to solvent_app;
grant update (state, amount, payment_intent_id, charge_id, authentication_since, decline, refusal, final_at) on invoice_payments to solvent_app;
grant delete, insert, select on invoice_run_parts to solvent_app;
grant update (last_account, walked, is_done) on invoice_run_parts to solvent_app;
grant insert, select on invoice_runs to solvent_app;
grant update (state, started_at, ended_at) on invoice_runs to solvent_app;
grant select on invoice_series to solvent_app;
grant update (last) on invoice_series to solvent_app;
grant insert, select on invoices to solvent_app;
grant update (state, due, due_tax, paid, credited, voided_event_id, voided_at, forgiven) on invoices to solvent_app;
grant insert, select on locators to solvent_app;
grant insert, select on lots to solvent_app;
grant update (remaining, held, frozen_at, ended_at) on lots to solvent_app;
grant insert, select on notices to solvent_app;
grant update (delivered_at) on notices to solvent_app;
grant insert, select on operator_sessions to solvent_app;
grant update (opened_at, token_hash, expires_at, ended_at) on operator_sessions to solvent_app;
grant insert, select on payment_methods to solvent_app;
grant update (type, brand, last4, funding, fingerprint, wallet, iin, expiry_month, expiry_year, country, is_default, removed_at) on payment_methods to solvent_app;
grant insert, select on policies to solvent_app;
grant insert, select on policy_activations to solvent_app;
grant insert, select on policy_announcements to solvent_app;
grant insert, select on portal_sessions to solvent_app;
grant insert, select on prices to solvent_app;
grant insert, select on purchases to solvent_app;
grant update (state, payment_intent_id, final_at, receipt_sequence, receipt_number, lot_id, paid_unbilled, charge_id, captured_at, decline, refusal, authentication_since, read_at, read_status) on purchases to solvent_app;
grant insert, select on refused_cards to solvent_app;
grant insert, select on transfers to solvent_app;
grant insert, select on unbilled_periods to solvent_app;
grant update (amount) on unbilled_periods to solvent_app;
grant insert, select on usage_events to solvent_app;
grant insert, select on usage_postings to solvent_app;
grant update (quantity, cost, free, purchased, unbilled, written_off) on usage_postings to solvent_app;
grant delete, insert, select on webhook_attempts to solvent_app;
grant insert, select on webhook_deliveries to solvent_app;
grant update (state, attempts, attempts_ever, next_attempt_at, last_attempt_at, last_status, last_error, delivered_at, replay_id) on webhook_deliveries to solvent_app;
grant insert, select on webhook_endpoints to solvent_app;
grant update (url, types, failing_since, disabled_at, disabled_reason, removed_at) on webhook_endpoints to solvent_app;
grant insert, select on webhook_events to solvent_app;
grant update (relayed_at) on webhook_events to solvent_app;
grant delete, insert, select on webhook_messages to solvent_app;
grant insert, select on webhook_secrets to solvent_app;
grant update (secret, ends_at) on webhook_secrets to solvent_app;
