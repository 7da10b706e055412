-- Month end: what was used becomes invoices, and what is shown on them is kept.

-- What open invoices still ask for in tax stands in a book of its own, so that what an account owes
-- of its balance limit, which is without tax, stays one sum of two numbers.
alter table balances
  add column invoiced_tax bigint not null default 0
    constraint balances_invoiced_tax_not_negative check (invoiced_tax >= 0);
grant update (invoiced_tax) on balances to solvent_app;

alter table billing_events
  drop constraint billing_events_kind_known,
  add constraint billing_events_kind_known check (kind in (
    'opening_balance', 'credits_granted', 'credits_expired', 'purchase_opened', 'pack_purchased',
    'purchase_closed', 'payment_unapplied', 'refund_paid', 'usage_charged', 'usage_corrected',
    'invoice_issued', 'unbilled_carried', 'invoice_voided', 'credit_noted'
  ));

alter table transfers
  drop constraint transfers_books_known,
  add constraint transfers_books_known check (
    array[debit_book, credit_book] <@ array[
      'purchased', 'free', 'refunds_due', 'unbilled', 'invoiced', 'invoiced_tax',
      'processor', 'tax', 'promotions', 'opening', 'revenue', 'rounding'
    ]
  ),
  drop constraint transfers_invoice_with_invoiced,
  add constraint transfers_invoice_with_invoiced check (
    (invoice_id is not null)
      = (array[debit_book, credit_book] && array['invoiced', 'invoiced_tax'])
  );

alter table invoices
  drop constraint invoices_amount_positive,
  -- zero where there was usage, and credits paid all of it
  add constraint invoices_amount_not_negative check (amount >= 0),
  add column kind text not null default 'imported'
    constraint invoices_kind_known check (kind in ('imported', 'monthly', 'final')),
  -- null on imported ones, as all that they were made from
  add column period text
    constraint invoices_period_is_month check (period ~ '^\d{4}-(0[1-9]|1[0-2])$'),
  -- the line between this invoice and the next, for usage and credits alike; exclusive
  add column cutoff timestamptz,
  add column series text,
  add column sequence bigint,
  -- of the amount
  add column tax bigint not null default 0,
  add column tax_place text,
  add column tax_name text,
  add column tax_parts_per_million integer not null default 0,
  -- of what is due
  add column due_tax bigint not null default 0,
  -- what charges paid, and what credit notes took off what was due
  add column paid bigint not null default 0
    constraint invoices_paid_not_negative check (paid >= 0),
  add column credited bigint not null default 0
    constraint invoices_credited_not_negative check (credited >= 0),
  -- unbilled usage of before that counts here, and what is left for later
  add column brought_forward bigint not null default 0,
  add column carried_forward bigint not null default 0
    constraint invoices_carried_forward_not_negative check (carried_forward >= 0),
  -- null: it is never asked for
  add column carried_to text,
  -- the day the card is charged
  add column charge_at timestamptz,
  -- the void one that it stands for
  add column replaces text,
  add column voided_event_id bigint,
  add column voided_at timestamptz,
  add constraint invoices_numbered_in_series check (
    num_nonnulls(period, cutoff, series, sequence, charge_at)
      = case when kind = 'imported' then 0 else 5 end
  ),
  add constraint invoices_tax_within_amount check (tax between 0 and amount),
  add constraint invoices_due_tax_within_due check (due_tax between 0 and least(due, tax)),
  add constraint invoices_due_adds_up check (
    case when state = 'void' then due = 0 else due = amount - paid - credited end
  ),
  add constraint invoices_paid_when_nothing_due check (
    state = 'void' or (state = 'paid') = (due = 0)
  ),
  add constraint invoices_void_with_time check (
    num_nonnulls(voided_event_id, voided_at) = case when state = 'void' then 2 else 0 end
  ),
  add constraint invoices_void_never_paid check (state <> 'void' or paid = 0 and credited = 0);
grant update (due_tax, paid, credited, voided_event_id, voided_at) on invoices to solvent_app;
-- Of a month at most one is not void (B8).
create unique index invoices_one_per_period on invoices (account_id, period)
  where state <> 'void' and period is not null;
-- Numbers are given once, and found by.
create unique index invoices_by_sequence on invoices (series, sequence) where series is not null;

-- The last number given out of each series. Its row is locked from the end of a page of invoices
-- to its commit: numbers have no gaps, and are given back where the page fails.
create table invoice_series (
  series text primary key
    constraint invoice_series_name check (series ~ '^[A-Z]{1,8}$'),
  last bigint not null default 0
    constraint invoice_series_last_not_negative check (last >= 0)
);
insert into invoice_series (series) values ('INV'), ('CN');
grant select on invoice_series to solvent_app;
grant update (last) on invoice_series to solvent_app;

-- What an invoice shows of usage: what its month's postings added up to, less what an earlier
-- invoice showed of them. Model, meter and price are the price's, which never changes. No foreign keys,
-- as usage_events: `ledger verify` looks for both.
create table invoice_lines (
  account_id uuid not null,
  invoice_id text not null,
  line integer not null,
  usage_period text not null,
  -- 0: a request's cost was told as an amount, then `model` says which
  price_id integer not null,
  model text not null,
  posting_period text not null,
  quantity bigint not null,
  cost bigint not null,
  free bigint not null,
  purchased bigint not null,
  unbilled bigint not null,
  written_off bigint not null,
  primary key (account_id, invoice_id, line),
  constraint invoice_lines_parts_add_up
    check (cost = free + purchased + unbilled + written_off)
);

-- The purchased credits that an invoice counted: those of packs that paid the month's usage when they
-- were bought, and those that were left before the cut-off.
create table invoice_credits (
  account_id uuid not null,
  invoice_id text not null,
  lot_id bigint not null,
  -- the month whose usage they paid
  period text not null,
  source text not null
    constraint invoice_credits_source_known check (source in ('pack', 'invoice')),
  amount bigint not null
    constraint invoice_credits_amount_positive check (amount > 0),
  primary key (account_id, invoice_id, lot_id, period, source)
);

create trigger invoice_lines_append_only before update or delete or truncate
  on invoice_lines for each statement execute function refuse_change();
create trigger invoice_credits_append_only before update or delete or truncate
  on invoice_credits for each statement execute function refuse_change();
grant select, insert on invoice_lines, invoice_credits to solvent_app;

-- To whom an invoice was made out, as it was then. Personal data, and nothing else: erasing is setting
-- it to null.
create table invoice_parties (
  account_id uuid not null,
  invoice_id text not null,
  party jsonb,
  erased_at timestamptz,
  primary key (account_id, invoice_id),
  constraint invoice_parties_erased_is_empty check ((party is null) = (erased_at is not null))
);
grant select, insert on invoice_parties to solvent_app;
grant update (party, erased_at) on invoice_parties to solvent_app;

-- Corrections of invoices, in numbers of their own.
create table credit_notes (
  account_id uuid not null,
  credit_note_id text not null,
  invoice_id text not null,
  series text not null,
  sequence bigint not null,
  number text not null,
  net bigint not null
    constraint credit_notes_net_positive check (net > 0),
  tax bigint not null
    constraint credit_notes_tax_not_negative check (tax >= 0),
  -- what of it was still to be paid; the rest was paid, and is owed back
  from_due bigint not null
    constraint credit_notes_from_due_within_amount check (from_due between 0 and net + tax),
  reason text not null
    constraint credit_notes_reason_given check (reason <> ''),
  issued_event_id bigint not null,
  issued_at timestamptz not null,
  primary key (account_id, credit_note_id),
  constraint credit_notes_invoice foreign key (account_id, invoice_id) references invoices,
  constraint credit_notes_issued foreign key (account_id, issued_event_id)
    references billing_events
);
create unique index credit_notes_by_sequence on credit_notes (series, sequence);
create trigger credit_notes_append_only before update or delete or truncate
  on credit_notes for each statement execute function refuse_change();
grant select, insert on credit_notes to solvent_app;

-- Accounts whose invoice of a month waits (R40), and why; tried again until it is issued.
create table invoice_deferrals (
  account_id uuid not null references accounts,
  period text not null
    constraint invoice_deferrals_period_is_month check (period ~ '^\d{4}-(0[1-9]|1[0-2])$'),
  reason text not null
    constraint invoice_deferrals_reason_known check (reason in ('purchases', 'holds')),
  -- of which purchases the payment has to be known first, and what is to be done about each
  purchases jsonb not null default '[]',
  -- the account's own time
  since timestamptz not null,
  -- null while it waits
  resolved_at timestamptz,
  primary key (account_id, period)
);
create index invoice_deferrals_waiting on invoice_deferrals (period, account_id)
  where resolved_at is null;
grant select, insert on invoice_deferrals to solvent_app;
grant update (reason, purchases, since, resolved_at) on invoice_deferrals to solvent_app;

-- Invoices that something is due of: each is charged by a workflow, started on its day.
create table collections (
  account_id uuid not null,
  invoice_id text not null,
  charge_at timestamptz not null,
  -- null until the workflow was started
  started_at timestamptz,
  primary key (account_id, invoice_id),
  constraint collections_invoice foreign key (account_id, invoice_id) references invoices
);
create index collections_to_start on collections (charge_at) where started_at is null;
grant select, insert on collections to solvent_app;
grant update (started_at) on collections to solvent_app;

-- When Stripe's object was last read, in the account's own time, and what it said: an invoice waits
-- only for payments that may have been captured before its cut-off.
alter table purchases
  add column read_at timestamptz,
  add column read_status text,
  add constraint purchases_read_with_status check ((read_at is null) = (read_status is null));
grant update (read_at, read_status) on purchases to solvent_app;

-- A correction is posted to the month it is made in, and may take back what an earlier month has.
alter table usage_postings drop constraint usage_postings_quantity_not_negative;
-- The same usage is corrected once.
create unique index billing_events_corrected_once
  on billing_events (account_id, ((payload -> 'event' ->> 'eventId')))
  where kind = 'usage_corrected';
