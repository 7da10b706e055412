-- What customers bought, how each charge ended, and what they are told of it.

create table purchases (
  account_id uuid not null references accounts,
  purchase_id text not null,
  state text not null
    constraint purchases_state_known check (state in (
      'pending', 'requires_action', 'succeeded', 'declined', 'refused', 'canceled', 'returned'
    )),
  credits bigint not null,
  tax bigint not null
    constraint purchases_tax_not_negative check (tax >= 0),
  -- as asked: a refused purchase may name another one than the account's
  currency text not null,
  -- the card to charge, chosen when opened; null where it was refused before
  payment_method_id text,
  payment_intent_id text,
  opened_event_id bigint not null,
  opened_at timestamptz not null,
  final_at timestamptz,
  -- set when credits were posted
  receipt_sequence integer,
  receipt_number text,
  lot_id bigint,
  paid_unbilled bigint,
  -- set when money was captured
  charge_id text,
  captured_at timestamptz,
  decline jsonb,
  refusal jsonb,
  primary key (account_id, purchase_id),
  constraint purchases_opened foreign key (account_id, opened_event_id) references billing_events,
  constraint purchases_lot foreign key (account_id, lot_id) references lots,
  constraint purchases_one_per_event unique (account_id, opened_event_id),
  constraint purchases_one_per_lot unique (account_id, lot_id),
  constraint purchases_one_per_charge unique (account_id, charge_id),
  constraint purchases_one_per_receipt unique (account_id, receipt_sequence),
  constraint purchases_credits_positive check (credits > 0 or state = 'refused'),
  constraint purchases_final_with_time check (
    (final_at is null) = (state in ('pending', 'requires_action'))
  ),
  constraint purchases_receipt_when_succeeded check (
    num_nonnulls(receipt_sequence, receipt_number, lot_id, paid_unbilled)
      = case state when 'succeeded' then 4 else 0 end
  ),
  constraint purchases_charge_when_captured check (
    num_nonnulls(charge_id, captured_at)
      = case when state in ('succeeded', 'returned') then 2 else 0 end
  ),
  constraint purchases_decline_when_declined check ((decline is not null) = (state = 'declined')),
  constraint purchases_refusal_when_refused check (
    (refusal is not null) = (state in ('refused', 'canceled', 'returned'))
  )
);
create index purchases_open on purchases (account_id) where final_at is null;
grant select, insert on purchases to solvent_app;
grant update (state, payment_intent_id, final_at, receipt_sequence, receipt_number, lot_id,
  paid_unbilled, charge_id, captured_at, decline, refusal) on purchases to solvent_app;

-- Every confirm of every payment, as it ended: card networks count them.
create table charge_attempts (
  account_id uuid not null references accounts,
  attempt_id text not null,
  purchase_id text not null,
  payment_intent_id text not null,
  charge_id text,
  card_fingerprint text,
  card_brand text,
  amount bigint not null
    constraint charge_attempts_amount_positive check (amount > 0),
  outcome text not null
    constraint charge_attempts_outcome_known check (
      outcome in ('succeeded', 'declined', 'authentication_failed')
    ),
  decline_code text,
  advice_code text,
  network_decline_code text,
  network_advice_code text,
  attempted_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (account_id, attempt_id),
  constraint charge_attempts_purchase foreign key (account_id, purchase_id) references purchases
);
create index charge_attempts_by_card on charge_attempts (card_fingerprint, attempted_at);
create trigger charge_attempts_append_only before update or delete or truncate
  on charge_attempts for each statement execute function refuse_change();
grant select, insert on charge_attempts to solvent_app;

-- Mails to send. Names and addresses are joined when they go out.
create table notices (
  account_id uuid not null references accounts,
  -- made of what it tells, so that the same fact is told once
  notice_id text not null,
  kind text not null,
  payload jsonb not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  delivered_at timestamptz,
  primary key (account_id, notice_id)
);
create index notices_undelivered on notices (recorded_at) where delivered_at is null;
grant select, insert on notices to solvent_app;
grant update (delivered_at) on notices to solvent_app;
