import type {
  CreditNoteDocument,
  Customer,
  InvoiceDocument,
  ReceiptDocument,
  Seller,
  UsageLine,
} from '../../domain/documents.ts';
import { usageTotalsOf } from '../../domain/documents.ts';
import { micros, subtract, sum, ZERO, type Micros } from '../../domain/money.ts';
import { period } from '../../domain/period.ts';

/** Documents as the ledger's rows would make them; each adds up. */

export const seller: Seller = {
  name: 'Example Inference GmbH',
  addressLines: ['Torstraße 1', '10119 Berlin', 'Germany'],
  taxId: 'DE123456789',
  email: 'billing@inference.example',
};

export const customer: Customer = {
  accountId: 'acct_01jd3fz8xgq4ws7n0v2mkc5e9p',
  name: 'Ada Computing Ltd.',
  addressLines: ['12 Analytical Row', 'London W1J 7NT', 'United Kingdom'],
  country: 'GB',
  taxId: 'GB123456789',
  purchaseOrder: 'PO-2026-0042',
};

/** Major units in millionths. */
export function units(amount: number): Micros {
  return micros(Math.round(amount * 1_000_000));
}

export function usageLine(changes: Partial<UsageLine> = {}): UsageLine {
  const costs = {
    free: units(5),
    purchased: units(40),
    unbilled: units(12.345678),
    writtenOff: ZERO,
    ...changes,
  };
  return {
    model: 'llama-4-maverick-17b-128e-instruct',
    meter: 'input tokens',
    usagePeriod: period('2026-11'),
    quantity: '318,587,100',
    price: '0.18 per 1,000,000 input tokens',
    cost: sum(costs.free, costs.purchased, costs.unbilled, costs.writtenOff),
    ...costs,
  };
}

const day = (text: string): number => Date.parse(`${text}T00:00:00Z`);

/** What is not a whole cent is carried forward. */
export function invoice(changes: Partial<InvoiceDocument> = {}): InvoiceDocument {
  const lines = changes.lines ?? [
    usageLine(),
    usageLine({ meter: 'output tokens', price: '0.60 per 1,000,000 output tokens' }),
    usageLine({
      model: 'flux-1.1-pro',
      meter: 'images',
      quantity: '1,204',
      price: '0.04 per image',
    }),
    usageLine({ usagePeriod: period('2026-10'), free: ZERO, purchased: ZERO }),
    usageLine({ model: 'whisper-large-v3', meter: 'seconds', writtenOff: units(0.25) }),
  ];
  const credits = changes.credits ?? [
    { receiptNumber: 'R-000003', boughtAtMs: day('2026-11-12'), amount: units(20) },
  ];
  const broughtForward = changes.broughtForward ?? units(0.003211);
  const toPay = subtract(
    sum(usageTotalsOf(lines).unbilled, broughtForward),
    sum(...credits.map(({ amount }) => amount)),
  );
  const step = changes.currency === 'jpy' ? 1_000_000 : 10_000;
  const carriedForward = micros(toPay % step);
  const net = subtract(toPay, carriedForward);
  return {
    ...{ seller, customer, currency: 'usd', number: 'INV-000042' },
    ...{ issuedAtMs: day('2026-12-01') + 600_000, period: period('2026-11') },
    ...{ cutoffMs: day('2026-12-01'), dueAtMs: day('2026-12-04'), lines, credits },
    ...{ broughtForward, carriedForward, carriedTo: period('2026-12'), net },
    tax: { amount: units(8.36), name: 'VAT', partsPerMillion: 200_000 },
    reverseCharge: false,
    howToPay: [
      'Your card on file is charged on 3 December 2026. You need not do anything.',
      'Credits bought now pay for usage to come, not for this invoice.',
    ],
    ...{ isFinal: false, replacesNumber: null, voidedAtMs: null },
    ...changes,
  };
}

export function receipt(changes: Partial<ReceiptDocument> = {}): ReceiptDocument {
  return {
    ...{ seller, customer, currency: 'usd', number: 'R-000003' },
    issuedAtMs: day('2026-11-12') + 45_296_000,
    purchaseId: 'pur_01jd3fz8xgq4ws7n0v2mkc5e9p_k7wqz3n5v8x2m4ct',
    credits: units(25),
    tax: { amount: units(4.75), name: null, partsPerMillion: null },
    paidWith: 'Visa ending in 4242',
    paidUnbilled: units(7.5),
    ...{ expireAtMs: null, refunds: [] },
    ...changes,
  };
}

export function creditNote(changes: Partial<CreditNoteDocument> = {}): CreditNoteDocument {
  return {
    ...{ seller, customer, currency: 'usd', number: 'CN-000007' },
    issuedAtMs: day('2026-12-09'),
    ...{ invoiceNumber: 'INV-000042', invoiceIssuedAtMs: day('2026-12-01') },
    reason: 'Requests that failed on our side on 14 November were counted.',
    net: units(10),
    tax: { amount: units(2), name: 'VAT', partsPerMillion: 200_000 },
    ...{ fromDue: units(9), reverseCharge: false },
    ...changes,
  };
}

/** Names whose every character must be printed. */
export const namesOfManyAlphabets = {
  latin: 'Łódź Škoda Ørsted Çelik Ångström Đặng Nguyễn',
  greek: 'Ελληνική Εταιρεία Πληροφορικής',
  cyrillic: 'ООО «Вычислительная техника» Київ',
  japanese: '株式会社計算機センター 東京都渋谷区',
  chinese: '北京云计算有限公司 朝阳区',
  traditional: '臺灣積體電路製造股份有限公司',
  korean: '주식회사 컴퓨터 서울특별시',
  hebrew: 'חברת ענן (ישראל) בע"מ 2026',
  arabic: 'شركة الحوسبة السحابية 2026',
} as const;
