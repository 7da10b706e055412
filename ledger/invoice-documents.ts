import type { Account, AccountId } from '../domain/account.ts';
import type { InvoiceCredit } from '../domain/billing-events.ts';
import { failure } from '../domain/failures.ts';
import type { CreditNote } from '../domain/invoice-corrections.ts';
import type { Invoice } from '../domain/invoices.ts';
import type { Meter } from '../domain/meter.ts';
import type { Rate } from '../domain/price.ts';
import type { UsagePosting } from '../domain/usage-postings.ts';
import { uuidOf } from './account-id.ts';
import { readAccounts } from './account-rows.ts';
import type { Ledger, Session } from './database.ts';
import { readCreditNotes } from './credit-note-rows.ts';
import { readInvoices, readInvoicesBefore } from './invoice-rows.ts';
import { readPriceRows } from './price-rows.ts';
import type { Address } from './profiles.ts';

/** One line of an invoice: usage of one model and meter at one price. */
export interface InvoiceLine extends UsagePosting {
  /** Null where a request's cost was told as an amount: then there is no quantity, either. */
  readonly price: { readonly meter: Meter; readonly rate: Rate | null } | null;
}

/** Credits that an invoice counted: of a pack, when it was bought, or of what was left (R41). */
export interface CountedCredit extends InvoiceCredit {
  readonly source: 'pack' | 'invoice';
  readonly acquiredAtMs: number;
  /** Null where no purchase made the lot. */
  readonly receiptNumber: string | null;
}

/** To whom an invoice is made out, as it was then. */
export interface InvoiceParty {
  readonly name: string | null;
  readonly email: string | null;
  readonly address: Address | null;
  readonly taxId: string | null;
  readonly purchaseOrder: string | null;
}

/**
 * All that an invoice shows, from stored rows that never change (R41); state, due and credit notes
 * are those of now.
 */
export interface InvoiceDocument {
  readonly account: Pick<Account, 'accountId' | 'currency'>;
  readonly invoice: Invoice;
  /** Null once it was erased. */
  readonly party: InvoiceParty | null;
  readonly lines: readonly InvoiceLine[];
  readonly credits: readonly CountedCredit[];
  readonly creditNotes: readonly CreditNote[];
  /** The invoice that stands for this void one. */
  readonly replacedBy: { readonly invoiceId: string; readonly number: string } | null;
}

interface InvoiceKey {
  readonly accountId: AccountId;
  readonly invoiceId: string;
}

/** Reads an invoice with all it shows. @throws SolventError invoice_not_found. */
export async function readInvoiceDocument(
  ledger: Ledger,
  key: InvoiceKey,
): Promise<InvoiceDocument> {
  const uuid = uuidOf(key.accountId);
  return ledger.snapshot(async (session) => {
    const [[account], [invoice], [party], postings, credits, creditNotes, [replacedBy]] =
      await Promise.all([
        readAccounts(session, [uuid]),
        readInvoices(session, [key]),
        session.read<{ party: InvoiceParty | null }>(
          'select party from invoice_parties where account_id = $1 and invoice_id = $2',
          [uuid, key.invoiceId],
        ),
        readPostings(session, key),
        readCredits(session, key),
        readCreditNotes(session, key),
        session.read<{ invoiceId: string; number: string }>(
          `select invoice_id as "invoiceId", number from invoices
           where account_id = $1 and replaces = $2`,
          [uuid, key.invoiceId],
        ),
      ]);
    if (account === undefined || invoice === undefined) throw failure('invoice_not_found');
    return {
      account: { accountId: account.accountId, currency: account.currency },
      invoice,
      party: party?.party ?? null,
      credits,
      creditNotes,
      lines: await linesOf(session, postings),
      replacedBy: replacedBy ?? null,
    };
  });
}

/** An account's invoice without its lines; undefined where it has no such invoice. */
export async function readInvoice(ledger: Ledger, key: InvoiceKey): Promise<Invoice | undefined> {
  const [invoice] = await ledger.snapshot((session) => readInvoices(session, [key]));
  return invoice;
}

export interface InvoiceList {
  readonly invoices: readonly Invoice[];
  /** Hand it in as `before` for the next page; null on the last one. */
  readonly nextBefore: number | null;
}

/** An account's invoices, newest first. */
export async function listInvoices(
  ledger: Ledger,
  query: {
    readonly accountId: AccountId;
    readonly before: number | null;
    readonly limit: number;
  },
): Promise<InvoiceList> {
  const { accountId, before, limit } = query;
  const rows = await readInvoicesBefore(ledger, accountId, before, limit + 1);
  const invoices = rows.slice(0, limit);
  const last = rows.length > limit ? invoices.at(-1) : undefined;
  return { invoices, nextBefore: last?.issuedEventId ?? null };
}

/** The account and id of the invoice with a number; undefined where there is none. */
export async function findInvoiceByNumber(
  ledger: Ledger,
  number: string,
): Promise<InvoiceKey | undefined> {
  const [series = '', sequence = ''] = number.split('-');
  if (!/^\d{1,15}$/.test(sequence)) return undefined;
  const [found] = await ledger.run<InvoiceKey>(
    `select account_id as "accountId", invoice_id as "invoiceId" from invoices
     where series = $1 and sequence = $2 and number = $3`,
    [series, sequence, number],
  );
  return found;
}

/** Usage with the words of its prices: rows of the price book, which never change. */
export async function linesOf(
  session: Session,
  postings: readonly UsagePosting[],
): Promise<InvoiceLine[]> {
  const prices = new Map((await readPriceRows(session)).map((row) => [row.priceId, row]));
  return postings.map((posting) => {
    if (posting.priceId === 0) return { ...posting, price: null };
    const price = prices.get(posting.priceId);
    if (price === undefined) throw new Error(`there is no price ${posting.priceId}`);
    const { model, meter, rate } = price;
    return { ...posting, model, price: { meter, rate } };
  });
}

function readPostings(session: Session, key: InvoiceKey): Promise<UsagePosting[]> {
  return session.read(
    `select usage_period as "usagePeriod", price_id as "priceId", model,
       posting_period as "postingPeriod", quantity, cost, free, purchased, unbilled,
       written_off as "writtenOff"
     from invoice_lines where account_id = $1 and invoice_id = $2 order by line`,
    [uuidOf(key.accountId), key.invoiceId],
  );
}

function readCredits(session: Session, key: InvoiceKey): Promise<CountedCredit[]> {
  return session.read(
    `select lot_id as "lotId", c.period, c.amount, source, acquired_at as "acquiredAtMs",
       p.receipt_number as "receiptNumber"
     from invoice_credits c join lots using (account_id, lot_id)
     left join purchases p using (account_id, lot_id)
     where account_id = $1 and invoice_id = $2
     order by source desc, acquired_at, lot_id, c.period`,
    [uuidOf(key.accountId), key.invoiceId],
  );
}
