-- Which policy is in force when (R68). Rows are only ever added: a version's values never change, and
-- what was in force at some instant of the past can always be told.

create table policies (
  version text primary key
    constraint policies_version_text check (version ~ '^[a-z0-9][a-z0-9.-]{0,62}$'),
  -- as domain/policy-json.ts writes it
  values jsonb not null
    constraint policies_values_of_version check (values ->> 'version' = version),
  actor text not null,
  recorded_at timestamptz not null default clock_timestamp()
);

-- Where two take effect at the same instant, the one recorded later does.
create table policy_activations (
  activation_id bigint primary key generated always as identity,
  -- null: the first one, which has no beginning
  effective_at timestamptz,
  version text not null references policies,
  actor text not null,
  recorded_at timestamptz not null default clock_timestamp()
);
create unique index policy_activations_one_first on policy_activations ((effective_at is null))
  where effective_at is null;
create index policy_activations_by_time on policy_activations (effective_at);

-- That all customers are told of an expiry of credits bought from then on (R2).
create table policy_announcements (
  version text not null references policies,
  effective_at timestamptz not null,
  actor text not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (version, effective_at)
);

create function refuse_early_activation() returns trigger language plpgsql as $$
begin
  if new.effective_at < clock_timestamp() + interval '60 seconds' then
    raise exception 'a policy takes effect at the earliest 60 seconds after it is recorded'
      using errcode = 'check_violation', constraint = 'policy_activations_take_effect_later';
  end if;
  return null;
end
$$;
-- Deferred, so that it looks at the clock when the change is about to be seen by others: whoever read
-- the activations less than 60 seconds ago knows all that are in force (ledger/policies.ts).
create constraint trigger policy_activations_take_effect_later
  after insert on policy_activations deferrable initially deferred
  for each row execute function refuse_early_activation();

create trigger policies_append_only before update or delete or truncate
  on policies for each statement execute function refuse_change();
create trigger policy_activations_append_only before update or delete or truncate
  on policy_activations for each statement execute function refuse_change();
create trigger policy_announcements_append_only before update or delete or truncate
  on policy_announcements for each statement execute function refuse_change();
grant select, insert on policies, policy_activations, policy_announcements to solvent_app;

-- Credits bought under a policy that says so end some day. Those bought before keep no expiry:
-- nobody gives a lot another one later (R1, R2). The scope stays forbidden.
alter table lots
  drop constraint lots_purchased_without_expiry,
  add constraint lots_purchased_expire_later check (kind = 'free' or expires_at > acquired_at);
create function refuse_other_expiry() returns trigger language plpgsql as $$
begin
  raise exception 'the expiry of credits never changes'
    using errcode = 'integrity_constraint_violation', constraint = 'lots_expiry_stays';
end
$$;
create trigger lots_expiry_stays before update of expires_at on lots for each row
  when (new.expires_at is distinct from old.expires_at) execute function refuse_other_expiry();

insert into policies (version, actor, values) values ('together-2025-11', 'system', $json${
  "version": "together-2025-11",
  "currencies": {
    "usd": {
      "minimumPurchase": "5.00",
      "maximumPurchase": "10000.00",
      "balanceLimitCeiling": "100.00",
      "maximumBalanceLimitCeiling": "1000000.00",
      "secondPersonAbove": "100.00",
      "buildTierThresholds": [
        "5.00",
        "50.00",
        "100.00",
        "250.00",
        "1000.00"
      ]
    },
    "eur": {
      "minimumPurchase": "5.00",
      "maximumPurchase": "10000.00",
      "balanceLimitCeiling": "100.00",
      "maximumBalanceLimitCeiling": "1000000.00",
      "secondPersonAbove": "100.00",
      "buildTierThresholds": [
        "5.00",
        "50.00",
        "100.00",
        "250.00",
        "1000.00"
      ]
    },
    "jpy": {
      "minimumPurchase": "750",
      "maximumPurchase": "1500000",
      "balanceLimitCeiling": "15000",
      "maximumBalanceLimitCeiling": "150000000",
      "secondPersonAbove": "15000",
      "buildTierThresholds": [
        "750",
        "7500",
        "15000",
        "37500",
        "150000"
      ]
    }
  },
  "unknownFundingOnSession": "allowed",
  "taxRates": {
    "US-WA": {
      "name": "Sales tax (Washington)",
      "partsPerMillion": 65000
    },
    "US-NY": {
      "name": "Sales tax (New York)",
      "partsPerMillion": 40000
    },
    "US-TX": {
      "name": "Sales tax (Texas)",
      "partsPerMillion": 62500
    },
    "DE": {
      "name": "VAT (Germany)",
      "partsPerMillion": 190000
    },
    "FR": {
      "name": "VAT (France)",
      "partsPerMillion": 200000
    },
    "GB": {
      "name": "VAT (United Kingdom)",
      "partsPerMillion": 200000
    },
    "JP": {
      "name": "Consumption tax (Japan)",
      "partsPerMillion": 100000
    }
  },
  "authentication": {
    "remindersAfterMs": [
      86400000,
      259200000
    ],
    "expiresAfterMs": 604800000
  },
  "unknownOutcomeAlarmMs": 900000,
  "postpaid": "allowed",
  "balanceLimitChoice": "up_to_ceiling",
  "usageBeyondSpendable": "written_off",
  "modelTiers": {
    "deepseek-ai/DeepSeek-R1": "build_1",
    "meta-llama/Meta-Llama-3.1-405B-Instruct-Turbo": "build_2",
    "black-forest-labs/FLUX.1-pro": "build_3"
  },
  "holds": {
    "defaultTtlMs": 600000,
    "maximumTtlMs": 86400000
  },
  "purchasedCreditsExpireAfterMs": null,
  "freeCreditsExpiryNoticeMs": 604800000,
  "balanceLimitNoticePercents": [
    50,
    80,
    100
  ],
  "graceAfterDueMs": 604800000
}$json$);
insert into policy_activations (effective_at, version, actor)
  values (null, 'together-2025-11', 'system');
