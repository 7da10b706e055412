import type { AccountId, OpenInvoice } from '../domain/account.ts';
import { uuidOf } from './account-id.ts';
import { readCardsLastDay } from './card-rows.ts';
import type { Ledger } from './database.ts';
import { readOpenInvoices } from './invoice-rows.ts';

/** What of an account's invoices is still to be paid, and whether a card on file could pay it. */
export interface Payable {
  /** The oldest due date first. */
  readonly openInvoices: readonly OpenInvoice[];
  /** Until when one of the cards on file can be charged; null: there is none. */
  readonly cardUsableUntilMs: number | null;
}

/** An account that does not exist has nothing to pay. */
export async function readPayable(ledger: Ledger, accountId: AccountId): Promise<Payable> {
  const uuids = [uuidOf(accountId)];
  return ledger.snapshot(async (session) => {
    const [rows, [card]] = await Promise.all([
      readOpenInvoices(session, uuids),
      readCardsLastDay(session, uuids),
    ]);
    const openInvoices = rows.filter(({ due }) => due > 0);
    return { openInvoices, cardUsableUntilMs: card?.usableUntilMs ?? null };
  });
}
