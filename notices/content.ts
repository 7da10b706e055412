import { currency, type CurrencyCode } from '../domain/currencies.ts';
import type { DeclineExplanation, WhoCanFix } from '../domain/declines.ts';
import { failures, type Refusal } from '../domain/failures.ts';
import { formatMoney, type Micros } from '../domain/money.ts';
import type { Notice } from '../domain/notices.ts';
import type { Fact, Link, NoticeContent } from './layout.ts';

/** What a notice needs to be read by a person: joined when it is sent, never kept in its row. */
export interface NoticeContext {
  readonly currency: CurrencyCode;
  /** Null where the name was erased. */
  readonly accountName: string | null;
  /**
   * Where the customer sees the purchase or the invoice and acts. For a notice that carries a link:
   * the link, good once, that leads to the bank's page, or pays the invoice.
   */
  readonly billingPageUrl: string;
  /** Where what the notice tells is as a PDF; absent where it is not. */
  readonly documentUrl?: string;
  /** When the fact of this notice happened. */
  readonly occurredAtMs: number;
}

export type Content = Omit<NoticeContent, 'accountName'>;
export type NoticeOf<Kind extends Notice['kind']> = Extract<Notice, { kind: Kind }>;

export function moneyIn({ currency: code }: NoticeContext): (amount: Micros) => string {
  return (amount) => formatMoney(amount, currency(code));
}

export function dateOf({ occurredAtMs }: NoticeContext): Fact {
  return { label: 'Date', value: utcTime(occurredAtMs) };
}

/** "2026-11-22 19:38 UTC". */
export function utcTime(instantMs: number): string {
  return `${new Date(instantMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The way to the PDF, where there is one. */
export function documentLink(
  words: string,
  { documentUrl: url }: NoticeContext,
): { readonly furtherLink?: Link } {
  return url === undefined ? {} : { furtherLink: { words, url } };
}

/** Why, in words for a customer. The words of other failures speak to developers and operators. */
export function reasonOf({ code, message }: Refusal): string {
  const forCustomer = failures[code].whoCanAct === 'customer' || code === 'account_closed';
  return forCustomer ? message : 'Something went wrong on our side.';
}

/** The code helps support; a secret decline has the code of a plain one (R14). */
export function codeOf({ code }: DeclineExplanation | Refusal): Fact {
  return { label: 'Code', value: code };
}

export const whoCanFixIt: Record<WhoCanFix, string> = {
  customer: 'Who can fix it: you can, on your billing page.',
  bank: 'Who can fix it: only your bank can say more, or allow the payment.',
  nobody: 'Who can fix it: nobody has to act; this usually passes by itself.',
  operator: 'Who can fix it: we have to. If it happens again, please answer this mail.',
};
