import type { AccountId } from '../domain/account.ts';
import type { RecordedCollection } from '../domain/collection-recorded.ts';
import type { CurrencyCode } from '../domain/currencies.ts';
import type { Micros } from '../domain/money.ts';
import { byAccount } from './by-account.ts';
import { readInvoiceAttempts } from './charge-attempts.ts';
import type { Ledger } from './database.ts';
import { pausesOf } from './invoice-rows.ts';

interface RecordedRow extends Pick<
  RecordedCollection,
  'pauses' | 'retryAfterDays' | 'timeZone' | 'currency'
> {
  readonly accountId: AccountId;
  readonly invoiceId: string;
  readonly currency: CurrencyCode;
  readonly amount: Micros;
  readonly chargeAtMs: number;
  readonly dueAtMs: number;
}

/** The latest invoices that were charged by themselves at least once, with all their charges. */
export function readRecordedCollections(
  ledger: Ledger,
  limit: number,
): Promise<RecordedCollection[]> {
  return ledger.snapshot(async (session) => {
    const rows = await session.read<RecordedRow>(
      `select i.account_id as "accountId", i.invoice_id as "invoiceId", currency,
         time_zone as "timeZone", amount, i.charge_at as "chargeAtMs", due_at as "dueAtMs",
         retry_after_days as "retryAfterDays", ${pausesOf('i')} as pauses
       from invoices i join accounts using (account_id)
         join collections using (account_id, invoice_id)
       where i.charge_at is not null and exists (
         select from charge_attempts t where t.account_id = i.account_id
           and t.invoice_id = i.invoice_id and origin <> 'customer'
       )
       order by i.charge_at desc, i.account_id, i.invoice_id limit $1`,
      [limit],
    );
    const attemptsOf = byAccount(await readInvoiceAttempts(session, rows));
    return rows.map(({ accountId, invoiceId, amount: due, chargeAtMs, dueAtMs, ...kept }) => {
      const attempts = attemptsOf(accountId).filter((attempt) => attempt.invoiceId === invoiceId);
      return { ...kept, invoice: { due, chargeAtMs, dueAtMs }, attempts };
    });
  });
}
