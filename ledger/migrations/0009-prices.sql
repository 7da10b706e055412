-- What usage costs, from when on. The house's table, not an account's: it grows with price lists.

create table prices (
  price_id integer generated always as identity primary key,
  currency text not null
    constraint prices_currency_code check (currency ~ '^[a-z]{3}$'),
  model text not null
    constraint prices_model_length check (char_length(model) between 1 and 200),
  meter text not null
    constraint prices_meter_name check (meter ~ '^[a-z_]{1,40}$'),
  -- major units of the currency for `per` units; both null: not sold from then on
  amount numeric
    constraint prices_amount_not_negative check (amount >= 0),
  per integer
    constraint prices_per_positive check (per > 0),
  -- graduated: [{"from": units of the period's total, "amount": "0.15"}], ascending
  tiers jsonb not null default '[]'
    constraint prices_tiers_are_a_list check (jsonb_typeof(tiers) = 'array'),
  effective_from timestamptz not null,
  -- which list or person it comes from: "litellm:together_ai", "operator"
  source text not null,
  recorded_at timestamptz not null default clock_timestamp(),
  constraint prices_sold_or_not check (
    (amount is null) = (per is null) and (amount is not null or tiers = '[]')
  ),
  -- one price or none at any instant
  constraint prices_one_per_instant unique (currency, model, meter, effective_from)
);
create trigger prices_append_only before update or delete or truncate
  on prices for each statement execute function refuse_change();
grant select, insert on prices to solvent_app;

-- Programs keep a copy of the prices for 20 seconds. So that no usage is charged under an old one, a
-- change takes effect a minute after it is recorded, at the earliest. The first price of a model and
-- meter may hold from any instant: nothing can have been charged under another.
create function refuse_sudden_price() returns trigger language plpgsql as $$
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
$$;
create trigger prices_change_announced before insert on prices
  for each row execute function refuse_sudden_price();
