import type { AccountId } from '../domain/account.ts';
import { agingFromDays, agingOf, type Aging, type AgingRow } from '../domain/aging.ts';
import type { CollectionStep } from '../domain/collection.ts';
import type { CurrencyCode } from '../domain/currencies.ts';
import type { InvoiceState } from '../domain/invoices.ts';
import type { Micros } from '../domain/money.ts';
import { uuidOf } from './account-id.ts';
import { instant } from './columns.ts';
import type { Ledger } from './database.ts';

/** Days since an invoice was due, in its account's own time; $1 is the clock, $2 the bounds. */
const ageDays = `extract(epoch from $1::timestamptz
  + a.test_clock_offset_ms * interval '1 millisecond' - i.due_at) / 86400`;
const bucket = `width_bucket(${ageDays}, $2::numeric[])`;

/** What all accounts owe by invoices, by age, beside what the books say of the same (B11). */
export async function readAging(
  ledger: Ledger,
  { nowMs }: { readonly nowMs: number },
): Promise<Aging[]> {
  return ledger.snapshot(async (session) => {
    const [rows, booked] = await Promise.all([
      session.read<AgingRow>(
        `select a.currency, ${bucket} as bucket, count(*) as invoices,
           sum(i.due)::bigint as amount,
           coalesce(sum(i.due) filter (where i.state = 'uncollectible'), 0)::bigint
             as uncollectible
         from invoices i join accounts a using (account_id)
         where i.due > 0 group by 1, 2`,
        [instant(nowMs), agingFromDays],
      ),
      session.read<{ currency: CurrencyCode; booked: Micros }>(
        `select a.currency, sum(b.invoiced + b.invoiced_tax)::bigint as booked
         from balances b join accounts a using (account_id)
         group by a.currency order by a.currency`,
      ),
    ]);
    return agingOf(rows, booked);
  });
}

/** An invoice that is still to be paid, as a list shows it. */
export interface DueInvoice {
  readonly accountId: AccountId;
  /** Null once it was erased. */
  readonly name: string | null;
  readonly invoiceId: string;
  readonly number: string;
  readonly currency: CurrencyCode;
  readonly state: InvoiceState;
  readonly due: Micros;
  readonly dueAtMs: number;
  /** Its place in `agingBuckets`. */
  readonly bucket: number;
  /** What is done about it; null: nothing so far. */
  readonly step: CollectionStep['step'] | null;
  readonly nextChargeAtMs: number | null;
}

/** The last invoice of a page. */
export type DuePlace = Pick<DueInvoice, 'accountId' | 'invoiceId' | 'dueAtMs'>;

/** One page of what is still to be paid, of one age or (null) any, the oldest first. */
export function listDueInvoices(
  ledger: Ledger,
  query: {
    readonly bucket: number | null;
    readonly after: DuePlace | null;
    readonly nowMs: number;
    readonly limit: number;
  },
): Promise<DueInvoice[]> {
  const { after, nowMs, limit } = query;
  return ledger.run(
    `select account_id as "accountId", p.name, invoice_id as "invoiceId", i.number, a.currency,
       i.state, i.due, i.due_at as "dueAtMs", ${bucket} as bucket, c.step,
       c.next_charge_at as "nextChargeAtMs"
     from invoices i join accounts a using (account_id)
       left join account_profiles p using (account_id)
       left join collections c using (account_id, invoice_id)
     where i.due > 0 and ($3::integer is null or ${bucket} = $3)
       and ($4::timestamptz is null or (i.due_at, account_id, invoice_id) > ($4, $5::uuid, $6))
     order by i.due_at, account_id, invoice_id limit $7`,
    [
      ...[instant(nowMs), agingFromDays, query.bucket],
      ...[after && instant(after.dueAtMs), after && uuidOf(after.accountId)],
      ...[after && after.invoiceId, limit],
    ],
  );
}
