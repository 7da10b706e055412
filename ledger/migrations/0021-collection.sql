-- What is past due is collected: by card alone, one payment of an invoice at a time.

alter table billing_events
  drop constraint billing_events_kind_known,
  add constraint billing_events_kind_known check (kind in (
    'opening_balance', 'credits_granted', 'credits_expired', 'purchase_opened', 'pack_purchased',
    'purchase_closed', 'payment_unapplied', 'refund_paid', 'usage_charged', 'usage_corrected',
    'invoice_issued', 'unbilled_carried', 'invoice_voided', 'credit_noted', 'invoice_paid',
    'debt_written_off', 'debt_forgiven'
  ));

-- `allowance` stands against what is still asked for and no longer expected (decision 0015): such an
-- invoice keeps counting as owed until it is paid or forgiven.
alter table transfers
  drop constraint transfers_books_known,
  add constraint transfers_books_known check (
    array[debit_book, credit_book] <@ array[
      'purchased', 'free', 'refunds_due', 'unbilled', 'invoiced', 'invoiced_tax',
      'processor', 'tax', 'promotions', 'opening', 'revenue', 'rounding', 'bad_debt', 'allowance'
    ]
  );

alter table invoices
  drop constraint invoices_state_known,
  add constraint invoices_state_known
    check (state in ('open', 'paid', 'void', 'uncollectible', 'forgiven')),
  -- what an operator no longer asks for
  add column forgiven bigint not null default 0
    constraint invoices_forgiven_not_negative check (forgiven >= 0),
  drop constraint invoices_due_adds_up,
  add constraint invoices_due_adds_up check (
    case when state = 'void' then due = 0 else due = amount - paid - credited - forgiven end
  ),
  drop constraint invoices_paid_when_nothing_due,
  add constraint invoices_nothing_due_when_over check (
    state = 'void' or (state in ('paid', 'forgiven')) = (due = 0)
  ),
  add constraint invoices_forgiven_with_amount check ((state = 'forgiven') = (forgiven > 0)),
  drop constraint invoices_void_never_paid,
  add constraint invoices_void_never_paid check (
    state <> 'void' or paid = 0 and credited = 0 and forgiven = 0
  );
grant update (forgiven) on invoices to solvent_app;

-- Where the customer is, so that cards are charged by day; null: UTC. An IANA name.
alter table accounts
  add column time_zone text
    constraint accounts_time_zone_name check (time_zone ~ '^[A-Za-z0-9_+/-]{1,64}$'),
  -- days after the first charge on which a declined card is charged again, where an operator gave
  -- this account others than the policy's
  add column retry_after_days integer[];
grant update (time_zone, retry_after_days) on accounts to solvent_app;

alter table collections
  -- null where an operator or the customer began it: no charge is made by itself
  alter column charge_at drop not null,
  -- when the card is charged by itself the next time; null: no such charge is planned
  add column next_charge_at timestamptz,
  -- what it waits for, as domain/collection.ts names it
  add column step text not null default 'wait',
  -- an operator's wish to charge now, until a charge has answered it
  add column retry_asked_at timestamptz,
  -- payment objects made at Stripe so far, and the one that is open; the next one is made only when
  -- this one is known to be paid or canceled
  add column payment_objects integer not null default 0,
  add column payment_intent_id text,
  -- when nothing was left to chase
  add column ended_at timestamptz;
update collections set next_charge_at = charge_at;
grant update (
  next_charge_at, step, retry_asked_at, payment_objects, payment_intent_id, ended_at
) on collections to solvent_app;
create index collections_open on collections (account_id) where ended_at is null;

-- What was planned, and when: how an account stood at a past instant depends on it.
create table collection_plans (
  account_id uuid not null,
  invoice_id text not null,
  -- the account's own time
  decided_at timestamptz not null,
  plan_id integer not null,
  next_charge_at timestamptz,
  primary key (account_id, invoice_id, plan_id),
  constraint collection_plans_collection foreign key (account_id, invoice_id) references collections
);
create trigger collection_plans_append_only before update or delete or truncate
  on collection_plans for each statement execute function refuse_change();
grant select, insert on collection_plans to solvent_app;

-- While one lasts, nothing is charged by itself, and neither due date nor grace comes nearer.
create table collection_pauses (
  account_id uuid not null,
  invoice_id text not null,
  pause_id integer not null,
  reason text not null
    constraint collection_pauses_reason_known
      check (reason in ('operator', 'promise', 'dispute', 'recount')),
  from_at timestamptz not null,
  -- null: until somebody ends it
  until_at timestamptz,
  primary key (account_id, invoice_id, pause_id),
  constraint collection_pauses_collection foreign key (account_id, invoice_id)
    references collections,
  constraint collection_pauses_ends_later check (until_at >= from_at)
);
grant select, insert on collection_pauses to solvent_app;
grant update (until_at) on collection_pauses to solvent_app;

-- Payments of invoices, as they were asked for and as they ended: whoever asks again with the same key
-- is answered from here (R5).
create table invoice_payments (
  account_id uuid not null,
  payment_id text not null,
  invoice_id text not null,
  -- who wanted it: the schedule, the customer, an operator
  origin text not null
    constraint invoice_payments_origin_known check (origin in ('scheduled', 'customer', 'operator')),
  state text not null
    constraint invoice_payments_state_known check (
      state in ('pending', 'requires_action', 'succeeded', 'declined', 'refused', 'canceled')
    ),
  amount bigint not null
    constraint invoice_payments_amount_positive check (amount > 0),
  -- "pm_…" or "ctoken_…"
  method text not null,
  request_hash text,
  payment_intent_id text,
  charge_id text,
  -- since when the bank asks the customer
  authentication_since timestamptz,
  decline jsonb,
  refusal jsonb,
  opened_at timestamptz not null,
  final_at timestamptz,
  primary key (account_id, payment_id),
  constraint invoice_payments_invoice foreign key (account_id, invoice_id) references invoices,
  constraint invoice_payments_final_with_time check (
    (final_at is null) = (state in ('pending', 'requires_action'))
  )
);
-- One at a time: two that are open could both be paid (B1).
create unique index invoice_payments_one_open on invoice_payments (account_id, invoice_id)
  where final_at is null;
create index invoice_payments_by_invoice on invoice_payments (account_id, invoice_id, opened_at);
grant select, insert on invoice_payments to solvent_app;
grant update (
  state, amount, payment_intent_id, charge_id, authentication_since, decline, refusal, final_at
) on invoice_payments to solvent_app;

-- One history of charges for packs and invoices: the networks count by card, not by what it pays.
alter table charge_attempts
  alter column purchase_id drop not null,
  add column invoice_id text,
  add column payment_id text,
  add column origin text not null default 'customer'
    constraint charge_attempts_origin_known check (origin in ('scheduled', 'customer', 'operator')),
  -- the payment method and its expiry: a renewed card is a new method
  add column method text,
  add constraint charge_attempts_for_one check (num_nonnulls(purchase_id, invoice_id) = 1),
  add constraint charge_attempts_payment foreign key (account_id, payment_id)
    references invoice_payments;
create index charge_attempts_by_invoice on charge_attempts (account_id, invoice_id, attempted_at)
  where invoice_id is not null;
-- A charge that a later run finds again is the same attempt.
create unique index charge_attempts_by_charge on charge_attempts (account_id, charge_id)
  where invoice_id is not null and charge_id is not null;

-- Links that lead to the payment of an invoice.
alter table authentication_links
  alter column purchase_id drop not null,
  add column invoice_id text,
  add constraint authentication_links_for_one check (num_nonnulls(purchase_id, invoice_id) = 1),
  add constraint authentication_links_invoice
    foreign key (account_id, invoice_id) references invoices;
create unique index authentication_links_one_live_of_invoice
  on authentication_links (account_id, invoice_id)
  where used_at is null and replaced_at is null and invoice_id is not null;
