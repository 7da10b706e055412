import { currency, type CurrencyCode } from '../domain/currencies.ts';
import { formatMoney, type Micros } from '../domain/money.ts';
import type { Notice } from '../domain/notices.ts';
import type { Fact, NoticeContent } from './layout.ts';

/** What a notice needs to be read by a person: joined when it is sent, never kept in its row. */
export interface NoticeContext {
  readonly currency: CurrencyCode;
  /** Null where the name was erased. */
  readonly accountName: string | null;
  /**
   * Where the customer sees the purchase and acts. For a notice about authentication: the link, good
   * once, that leads to the bank's page.
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
