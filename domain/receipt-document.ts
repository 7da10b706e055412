import { isCurrencyCode } from './currencies.ts';
import type { ReceiptDocument, Refunded, Seller } from './documents.ts';
import { failure } from './failures.ts';
import type { Purchase } from './purchase.ts';

/** What a receipt is made of beside the purchase. */
export interface ReceiptFacts {
  readonly purchase: Purchase;
  readonly name: string | null;
  readonly address: PostalAddress | null;
  readonly taxId: string | null;
  readonly purchaseOrder: string | null;
  readonly taxCountry: string | null;
  readonly cardBrand: string | null;
  readonly cardLast4: string | null;
  readonly lotExpiresAtMs: number | null;
  readonly refunds: readonly Refunded[];
}

export type PostalAddress = Readonly<
  Record<'line1' | 'line2' | 'city' | 'postalCode' | 'region' | 'country', string | null>
>;

/**
 * The receipt of a purchase (R42). Throws receipt_not_available where it was not paid and credited:
 * money that goes back whole was no purchase.
 */
export function receiptDocumentOf(facts: ReceiptFacts, seller: Seller): ReceiptDocument {
  const { purchase, name, address, taxId, purchaseOrder, taxCountry, lotExpiresAtMs, refunds } =
    facts;
  const { purchaseId, accountId, receipt, credits, tax, currency } = purchase;
  if (receipt === null || !isCurrencyCode(currency)) throw failure('receipt_not_available');
  const addressLines = address === null ? [] : addressLinesOf(address);
  const country = taxCountry ?? address?.country ?? null;
  return {
    seller,
    customer: { accountId, name, addressLines, country, taxId, purchaseOrder },
    currency,
    number: receipt.receiptNumber,
    issuedAtMs: receipt.capturedAtMs,
    purchaseId,
    credits,
    tax: { amount: tax, name: null, partsPerMillion: null },
    paidWith: cardText(facts),
    paidUnbilled: receipt.paidUnbilled,
    expireAtMs: lotExpiresAtMs,
    refunds,
  };
}

/** A postal address as lines; parts that are missing leave none. */
export function addressLinesOf(address: PostalAddress): string[] {
  const { line1, line2, city, postalCode, region, country } = address;
  const place = [postalCode, city, region].filter((part) => part !== null && part !== '');
  return [line1, line2, place.join(' '), country].filter(
    (line): line is string => line !== null && line !== '',
  );
}

/** "Visa ending in 4242"; of a card that was not kept, the brand alone. */
function cardText({ cardBrand, cardLast4 }: ReceiptFacts): string | null {
  if (cardBrand === null) return null;
  const brand = brandNames[cardBrand] ?? cardBrand;
  return cardLast4 === null ? brand : `${brand} ending in ${cardLast4}`;
}

/** Stripe's codes, as the brands write themselves. */
const brandNames: Readonly<Record<string, string>> = {
  amex: 'American Express',
  cartes_bancaires: 'Cartes Bancaires',
  diners: 'Diners Club',
  discover: 'Discover',
  eftpos_au: 'eftpos Australia',
  jcb: 'JCB',
  mastercard: 'Mastercard',
  unionpay: 'UnionPay',
  visa: 'Visa',
};
