export const splitAccounts = `
  select distinct on (part) account_id as until
  from (select account_id, ntile($1) over (order by account_id) as part from accounts) a
  order by part, account_id desc`;

export const makeRun = `
  create temp table run (period text, next_period text, cutoff timestamptz, at timestamptz,
    charge_at timestamptz, due_at timestamptz, policy_version text)`;
export const fillRun = `
  insert into run
  select $1, $2, $3, now(), today + $4 * interval '1 day', today + ($4 + 1) * interval '1 day', $5
  from date_trunc('day', now()) as today`;
export const makeRates =
  'create temp table rates (place text, name text, parts_per_million integer)';
export const addRate = 'insert into rates values ($1, $2, $3)';

export const lastOfPage = `
  select account_id as last from (
    select account_id from accounts where ($1::uuid is null or account_id > $1)
      and account_id <= $2 order by account_id limit $3
  ) a order by account_id desc limit 1`;

export const makeDecided = `
  create temp table decided (account_id uuid, currency text, invoice_id text, event_id bigint,
    lot_id bigint, credits bigint, net bigint, tax bigint, tax_place text, tax_name text,
    tax_parts_per_million integer, carried bigint) on commit delete rows`;
/** The ids of invoices are as long as ours, which write the account's in base 32. */
export const decide = `
  insert into decided
  with used as (
    select distinct account_id from usage_postings cross join run
    where ($1::uuid is null or account_id > $1) and account_id <= $2 and posting_period = period
  ), locked as (
    select b.account_id, b.version from balances b join used using (account_id)
    order by account_id for no key update of b
  ), owed as (
    select account_id, version, l.lot_id, coalesce(u.amount, 0) as unbilled,
      least(coalesce(u.amount, 0), coalesce(l.remaining - l.held, 0)) as credits
    from locked cross join run
    left join unbilled_periods u using (account_id)
    left join lateral (
      select lot_id, remaining, held from lots
      where lots.account_id = locked.account_id and kind = 'purchased' and remaining > 0
        and frozen_at is null and acquired_at < cutoff
      order by acquired_at, lot_id limit 1
    ) l on true
    where u.period is null or u.period = run.period
  ), rounded as (
    select *, unbilled - credits as owing,
      unbilled - credits - (unbilled - credits) % 10000 as charged
    from owed
  ), taxed as (
    select r.*, a.currency, t.place, t.name, coalesce(t.parts_per_million, 0) as rate,
      round(charged::numeric * coalesce(t.parts_per_million, 0) / 10000000000) * 10000 as tax
    from rounded r join accounts a using (account_id)
    left join rates t on t.place = a.tax_country
  )
  select account_id, currency, 'inv_' || left(encode(uuid_send(account_id), 'hex'), 26) || '_'
      || replace(period, '-', ''),
    version + 1, lot_id, credits, case when is_enough then charged else 0 end,
    case when is_enough then tax else 0 end, place, name, rate,
    case when is_enough then owing - charged else owing end
  from (select *, charged + tax >= 500000 as is_enough from taxed) t cross join run`;

const insertLines = `
  insert into invoice_lines (account_id, invoice_id, line, usage_period, price_id, model,
    posting_period, quantity, cost, free, purchased, unbilled, written_off)
  select d.account_id, d.invoice_id,
    row_number() over (partition by d.account_id order by usage_period, price_id, model),
    usage_period, price_id, model, posting_period, quantity, cost, free, purchased, unbilled,
    written_off
  from decided d cross join run join usage_postings p
    on p.account_id = d.account_id and p.posting_period = run.period`;

const insertCredits = `
  insert into invoice_credits (account_id, invoice_id, lot_id, period, source, amount)
  select account_id, invoice_id, lot_id, period, 'invoice', credits
  from decided cross join run where credits > 0`;

const insertParties = `
  insert into invoice_parties (account_id, invoice_id, party)
  select account_id, invoice_id,
    jsonb_build_object('name', coalesce(p.business_name, p.name), 'email', p.email,
      'address', p.address, 'taxId', p.tax_id, 'purchaseOrder', p.purchase_order)
  from decided join account_profiles p using (account_id) where p.erased_at is null`;

const insertEvents = `
  insert into billing_events (account_id, event_id, kind, idempotency_key, input_hash,
    policy_version, occurred_at, payload)
  select account_id, event_id, 'invoice_issued', 'invoice/' || invoice_id || ':issue',
    sha256(convert_to('{"period":"' || period || '"}', 'UTF8')), policy_version, at,
    jsonb_build_object(
      'event', jsonb_build_object('kind', 'invoice_issued', 'invoiceId', invoice_id,
        'invoiceKind', 'monthly', 'period', period,
        'cutoffMs', (extract(epoch from cutoff) * 1000)::bigint,
        'credits', case when credits > 0 then jsonb_build_array(
          jsonb_build_object('lotId', lot_id, 'period', period, 'amount', credits)) else '[]' end,
        'net', case when net > 0 then jsonb_build_array(
          jsonb_build_object('period', period, 'amount', net)) else '[]' end,
        'tax', tax,
        'carried', case when carried > 0 then jsonb_build_array(
          jsonb_build_object('period', period, 'amount', carried)) else '[]' end,
        'carriedTo', next_period, 'dueAtMs', (extract(epoch from due_at) * 1000)::bigint),
      'result', jsonb_build_object('status', 'issued', 'invoiceId', invoice_id,
        'credits', credits, 'net', net, 'tax', tax, 'carried', carried))
  from decided cross join run`;

const insertTransfers = `
  insert into transfers (account_id, event_id, seq, debit_book, credit_book, amount, currency,
    lot_id, period, invoice_id)
  select account_id, event_id, row_number() over (partition by account_id order by place) - 1,
    debit_book, credit_book, amount, currency, lot, month, invoice
  from decided cross join run cross join lateral (values
    (1, 'purchased', 'unbilled', credits, lot_id, period, null),
    (2, 'invoiced', 'unbilled', net, null, period, invoice_id),
    (3, 'invoiced_tax', 'tax', tax, null, null, invoice_id),
    (4, 'rounding', 'unbilled', carried, null, period, null),
    (5, 'unbilled', 'rounding', carried, null, next_period, null)
  ) as t (place, debit_book, credit_book, amount, lot, month, invoice)
  where amount > 0`;

const updateLots = `
  update lots l set remaining = remaining - credits
  from decided d where l.account_id = d.account_id and l.lot_id = d.lot_id and credits > 0`;

const updateUnbilled = `
  update unbilled_periods u set amount = 0
  from decided d cross join run where u.account_id = d.account_id and u.period = run.period`;

const insertUnbilled = `
  insert into unbilled_periods (account_id, period, amount)
  select account_id, next_period, carried from decided cross join run where carried > 0
  on conflict (account_id, period) do update
    set amount = unbilled_periods.amount + excluded.amount`;

const updateBalances = `
  update balances b set purchased = b.purchased - credits, unbilled = b.unbilled - credits - net,
    invoiced = invoiced + net, invoiced_tax = invoiced_tax + tax, version = event_id
  from decided d where b.account_id = d.account_id`;

const insertInvoices = `
  with series as (
    update invoice_series set last = last + (select count(*) from decided) where series = 'INV'
    returning series, last - (select count(*) from decided) as before
  )
  insert into invoices (account_id, invoice_id, kind, period, cutoff, brought_forward,
    carried_forward, carried_to, amount, tax, tax_place, tax_name, tax_parts_per_million,
    issued_at, issued_event_id, charge_at, due_at, state, due, due_tax, series, sequence, number)
  select account_id, invoice_id, 'monthly', period, cutoff, 0, carried, next_period, net + tax,
    tax, tax_place, tax_name, tax_parts_per_million, at, event_id, charge_at, due_at,
    case when net + tax > 0 then 'open' else 'paid' end, net + tax, tax, series,
    before + position, series || '-' || lpad((before + position)::text, 6, '0')
  from series cross join run
  cross join (select *, row_number() over (order by account_id) as position from decided) d`;

const insertCollections = `
  insert into collections (account_id, invoice_id, charge_at, next_charge_at)
  select account_id, invoice_id, charge_at, charge_at from decided cross join run where net + tax > 0`;

const insertNotices = `
  insert into notices (account_id, notice_id, kind, payload, occurred_at)
  select account_id, invoice_id || ':invoice_issued', 'invoice_issued',
    jsonb_build_object('kind', 'invoice_issued', 'invoiceId', invoice_id, 'number', i.number,
      'period', run.period, 'replaces', null, 'carriedForward', carried, 'tax', d.tax,
      'credits', credits, 'net', net,
      'chargeAtMs', (extract(epoch from run.charge_at) * 1000)::bigint, 'hasCard', false), run.at
  from decided d cross join run join invoices i using (account_id, invoice_id)`;

/** What a page writes, in the order of our own: numbers come last. */
export const writes = [
  ...[insertEvents, insertTransfers, updateLots, updateUnbilled, insertUnbilled],
  ...[updateBalances, insertLines, insertCredits, insertParties, insertInvoices],
  ...[insertCollections, insertNotices],
];
