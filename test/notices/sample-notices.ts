import { explainDecline } from '../../domain/declines.ts';
import { refusal } from '../../domain/failures.ts';
import { micros } from '../../domain/money.ts';
import type { Notice, NoticeKind } from '../../domain/notices.ts';
import { period } from '../../domain/period.ts';
import type { NoticeContext } from '../../notices/templates.ts';

const ofInvoice = {
  invoiceId: 'inv_01k5h8example00000000000000_202611',
  number: 'INV-000042',
} as const;
const paymentId = 'ipay_01k5h8example0000000000000_0123456789abcdef';
const purchaseId = 'pur_01k5h8example0000000000000_0123456789abcdef';

/** One notice of every kind; the compiler asks for the missing one when a kind is added. */
export const sampleNotices: { readonly [Kind in NoticeKind]: Extract<Notice, { kind: Kind }> } = {
  purchase_succeeded: {
    kind: 'purchase_succeeded',
    purchaseId,
    receiptNumber: 'R-000001',
    credits: micros(25_000_000),
    tax: micros(1_630_000),
    paidUnbilled: micros(4_120_000),
  },
  purchase_declined: {
    kind: 'purchase_declined',
    purchaseId,
    credits: micros(25_000_000),
    decline: explainDecline({ declineCode: 'insufficient_funds' }),
  },
  purchase_refused: {
    kind: 'purchase_refused',
    purchaseId,
    credits: micros(25_000_000),
    refusal: refusal('card_prepaid_not_supported'),
  },
  authentication_needed: {
    kind: 'authentication_needed',
    purchaseId,
    credits: micros(25_000_000),
    reminder: 0,
  },
  authentication_renewed: {
    kind: 'authentication_renewed',
    purchaseId,
    credits: micros(25_000_000),
    renewal: 0,
  },
  payment_returned: {
    kind: 'payment_returned',
    purchaseId,
    amount: micros(26_630_000),
    refusal: refusal('card_prepaid_not_supported'),
  },
  webhook_endpoint_disabled: {
    kind: 'webhook_endpoint_disabled',
    endpointId: 'whe_01k5h8example0000000000000_0123456789abcdef',
    reason: 'failing',
    disabledAtMs: Date.UTC(2026, 10, 22),
  },
  credits_expiry_announced: {
    kind: 'credits_expiry_announced',
    version: 'credits-expire-2027',
    effectiveAtMs: Date.UTC(2027, 3, 1),
    expireAfterMs: 365 * 86_400_000,
  },
  credits_granted: {
    ...{ kind: 'credits_granted', lotId: 7, amount: micros(20_000_000), endsSoon: false },
    ...{ scope: ['chat', 'embeddings'], expiresAtMs: Date.UTC(2027, 0, 31) },
  },
  credits_expiring: {
    ...{ kind: 'credits_expiring', lotId: 7, lotKind: 'free', remaining: micros(3_500_000) },
    ...{ scope: ['chat'], expiresAtMs: Date.UTC(2026, 10, 29) },
  },
  low_balance: {
    ...{ kind: 'low_balance', version: 9, threshold: micros(10_000_000) },
    remaining: micros(9_400_000),
  },
  free_credits_used_up: {
    ...{ kind: 'free_credits_used_up', version: 9, cause: 'use', purchased: micros(4_000_000) },
  },
  balance_limit_share_reached: {
    ...{ kind: 'balance_limit_share_reached', version: 9, percent: 80 },
    ...{ owed: micros(81_250_000), limit: micros(100_000_000) },
  },
  balance_limit_lowered: {
    ...{ kind: 'balance_limit_lowered', version: 9 },
    ...{ owed: micros(60_000_000), limit: micros(40_000_000) },
  },
  invoice_issued: {
    kind: 'invoice_issued',
    invoiceId: 'inv_01k5h8example00000000000000_202611',
    number: 'INV-000042',
    period: period('2026-11'),
    replaces: null,
    credits: micros(12_000_000),
    net: micros(30_500_000),
    tax: micros(1_980_000),
    carriedForward: micros(4_321),
    chargeAtMs: Date.UTC(2026, 11, 3),
    hasCard: true,
  },
  credit_note_issued: {
    ...{ kind: 'credit_note_issued', creditNoteId: 'cn_01k5h8example00000000000000_0a1b2c3d' },
    ...{ number: 'CN-000007', invoiceId: 'inv_01k5h8example00000000000000_202611' },
    ...{ invoiceNumber: 'INV-000042', net: micros(10_000_000), tax: micros(650_000) },
    ...{ fromDue: micros(8_000_000), due: micros(0) },
    reason: 'The image model was away on 12 November.',
  },
  invoice_paid: {
    ...{ kind: 'invoice_paid', ...ofInvoice, paymentId, amount: micros(32_480_000) },
    ...{ due: micros(0), excess: micros(0) },
  },
  invoice_payment_declined: {
    ...{ kind: 'invoice_payment_declined', ...ofInvoice, paymentId, amount: micros(32_480_000) },
    decline: explainDecline({ declineCode: 'insufficient_funds' }),
    nextChargeAtMs: Date.UTC(2026, 11, 4, 9, 12),
  },
  invoice_card_refused: {
    ...{ kind: 'invoice_card_refused', ...ofInvoice, paymentId, amount: micros(32_480_000) },
    refusal: refusal('card_prepaid_not_supported'),
  },
  invoice_card_needed: { kind: 'invoice_card_needed', ...ofInvoice, due: micros(32_480_000) },
  invoice_authentication_needed: {
    ...{ kind: 'invoice_authentication_needed', ...ofInvoice, paymentId },
    ...{ amount: micros(32_480_000), reminder: 0 },
  },
  invoice_due_changed: {
    ...{ kind: 'invoice_due_changed', ...ofInvoice, paymentId },
    ...{ amount: micros(32_480_000), due: micros(21_830_000) },
  },
  invoice_link_renewed: {
    ...{ kind: 'invoice_link_renewed', ...ofInvoice, due: micros(32_480_000), renewal: 3 },
  },
  invoice_past_due: {
    ...{ kind: 'invoice_past_due', ...ofInvoice, due: micros(32_480_000) },
    graceEndsAtMs: Date.UTC(2026, 11, 10),
  },
  service_suspended: { kind: 'service_suspended', ...ofInvoice, due: micros(32_480_000) },
  service_restored: { kind: 'service_restored', ...ofInvoice, paymentId },
  tier_reached: {
    ...{ kind: 'tier_reached', version: 9, tier: 'build_2', limit: micros(100_000_000) },
  },
};

export const sampleContext: NoticeContext = {
  currency: 'usd',
  accountName: 'Ada Ltd',
  billingPageUrl: 'https://billing.example.com/billing?purchase=1&from=mail',
  occurredAtMs: Date.UTC(2026, 10, 22, 19, 38, 59),
};
