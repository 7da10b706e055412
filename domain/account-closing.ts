import { currency, type CurrencyCode } from './currencies.ts';
import { dateText } from './date-words.ts';
import { howToPay } from './invoice-document.ts';
import type { Invoice } from './invoices.ts';
import { formatMoney, type Micros } from './money.ts';

/** What closing an account left behind (R70). */
export interface Closing {
  /** Null where nothing was used that no invoice shows, or while it waits. */
  readonly finalInvoice: Invoice | null;
  readonly cardUsableUntilMs: number | null;
  /** Purchased credits that are left. */
  readonly unusedCredits: Micros;
  /** Requests still run: the final invoice waits for them. */
  readonly waitsForRequests: boolean;
  /** Purchases whose payment is not known yet. */
  readonly paymentsUnderWay: number;
}

/** The same in sentences, for customer and operator. */
export function closingWords(closing: Closing, code: CurrencyCode): string[] {
  const { finalInvoice, cardUsableUntilMs, waitsForRequests, paymentsUnderWay } = closing;
  const show = (amount: Micros) => formatMoney(amount, currency(code));
  const sentences: string[] = [];
  if (waitsForRequests) {
    sentences.push(
      'Requests are still running: the final invoice follows within minutes of their end.',
    );
  } else if (finalInvoice === null) {
    sentences.push('There is nothing to invoice.');
  } else if (finalInvoice.due === 0) {
    sentences.push(`The final invoice is ${finalInvoice.number}: nothing is to be paid on it.`);
  } else {
    const { number, due, dueAtMs } = finalInvoice;
    sentences.push(
      `The final invoice is ${number}: ${show(due)}, due on ${dateText(dueAtMs - 1)}.`,
      ...howToPay(finalInvoice, { cardUsableUntilMs }).slice(0, 1),
    );
  }
  if (paymentsUnderWay > 0) {
    sentences.push(
      'A payment is still under way. If it is taken, all of it goes back: it becomes no credits.',
    );
  }
  return [...sentences, ...unusedCreditsWords(closing.unusedCredits, code)];
}

/** Of credits that a closed account has left; none where it has none (R70: nothing is forfeited). */
export function unusedCreditsWords(unused: Micros, code: CurrencyCode): string[] {
  if (unused === 0) return [];
  return [
    `${formatMoney(unused, currency(code))} of purchased credits were not used. They are not ` +
      'forfeited: they stay on the account until they are paid back.',
  ];
}
