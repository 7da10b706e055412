import {
  aCard,
  chargeAtMs,
  mastercard,
  otherDeclines,
  type Said,
  type Situation,
} from './collection-situations.ts';
import { dollars } from './samples.ts';

/** Codes that lead to the same charges, whatever else is known of the card. */
export interface CodeRow {
  readonly codes: readonly string[];
  readonly charges: readonly string[];
  readonly end: string;
}

const once = ['0 00:00'];
const usual = ['0 00:00', '1 08:00', '3 08:00', '5 08:00', '7 08:00'];
const apart = ['0 00:00', '3 08:00', '7 08:00'];
const technical = ['0 00:00', '0 08:00', ...usual.slice(1)];
const usedUp = 'needs_card: retries_used_up';
const refused = 'needs_card: card_refused';

/** Stripe's decline codes (STRIPE.md, section 3), each answered every time. */
export const declineRows: readonly CodeRow[] = [
  {
    codes: ['insufficient_funds', 'card_velocity_exceeded', 'withdrawal_count_limit_exceeded'],
    ...{ charges: usual, end: usedUp },
  },
  {
    codes: ['generic_decline', 'do_not_honor', 'call_issuer', 'no_action_taken'],
    ...{ charges: apart, end: usedUp },
  },
  { codes: ['a_code_of_tomorrow', 'constructor'], charges: apart, end: usedUp },
  {
    codes: [
      ...['try_again_later', 'issuer_not_available', 'processing_error', 'reenter_transaction'],
      'approve_with_id',
    ],
    ...{ charges: technical, end: usedUp },
  },
  {
    codes: [
      ...['authentication_required', 'authentication_not_handled'],
      ...['payment_intent_authentication_failure', 'setup_intent_authentication_failure'],
    ],
    ...{ charges: once, end: 'needs_authentication' },
  },
  {
    codes: [
      ...['expired_card', 'incorrect_cvc', 'incorrect_zip', 'incorrect_address', 'invalid_cvc'],
      ...['invalid_expiry_month', 'invalid_expiry_year', 'new_account_information_available'],
    ],
    ...{ charges: once, end: refused },
  },
  {
    codes: ['incorrect_number', 'invalid_number', 'invalid_account'],
    ...{ charges: once, end: refused },
  },
  {
    codes: [
      ...['lost_card', 'stolen_card', 'pickup_card', 'fraudulent', 'merchant_blacklist'],
      'security_violation',
    ],
    ...{ charges: once, end: refused },
  },
  {
    codes: [
      ...['restricted_card', 'transaction_not_allowed', 'not_permitted', 'service_not_allowed'],
      ...['card_not_supported', 'currency_not_supported', 'invalid_amount'],
    ],
    ...{ charges: once, end: refused },
  },
  {
    codes: [
      ...['revocation_of_authorization', 'revocation_of_all_authorizations'],
      ...['stop_payment_order', 'do_not_try_again'],
    ],
    ...{ charges: once, end: refused },
  },
  {
    codes: [
      ...['invalid_pin', 'incorrect_pin', 'pin_try_exceeded', 'offline_pin_required'],
      'online_or_offline_pin_required',
    ],
    ...{ charges: once, end: refused },
  },
  { codes: ['card_decline_rate_limit_exceeded'], charges: usual, end: usedUp },
  { codes: ['duplicate_transaction'], charges: once, end: 'needs_operator: duplicate' },
  { codes: ['testmode_decline'], charges: once, end: 'needs_operator: configuration' },
  {
    codes: ['highest_risk_level', 'rule', 'low_probability_of_authorization', 'blocked'],
    ...{ charges: once, end: 'needs_operator: blocked' },
  },
];

/** Visa's own codes, beside the decline code "generic_decline". */
export const visaRows: readonly CodeRow[] = [
  {
    codes: ['04', '07', '12', '14', '15', '41', '43', '46', '57', 'R0', 'R1', 'R3'],
    ...{ charges: once, end: refused },
  },
  {
    codes: [
      ...['03', '39', '51', '52', '53', '59', '61', '62', '65', '75', '78', '83', '86', '93'],
      ...['5C', '9G', 'N3', 'N4', 'Z5'],
    ],
    ...{ charges: usual, end: usedUp },
  },
  { codes: ['19', '91', '96'], charges: technical, end: usedUp },
  { codes: ['54', '55', '82', '6P', 'N7'], charges: once, end: refused },
  { codes: ['70', '1A'], charges: once, end: 'needs_authentication' },
  { codes: ['05', '00'], charges: apart, end: usedUp },
];

export interface AdviceRow {
  /** What is beside the decline code that is said once; then a plain "insufficient_funds". */
  readonly said: Exclude<Said, string>;
  readonly charges: readonly string[];
  readonly end: string;
}

const soft = 'insufficient_funds';
const plain = 'generic_decline';
const later = (advice: string) => ({ declineCode: soft, networkAdviceCode: advice });

/** Mastercard's advice, then Stripe's, and which of several wins; the later answers are plain. */
export const adviceRows: readonly AdviceRow[] = [
  { said: later('03'), charges: once, end: refused },
  { said: later('21'), charges: once, end: refused },
  { said: later('40'), charges: once, end: refused },
  { said: later('41'), charges: once, end: refused },
  { said: later('01'), charges: once, end: refused },
  { said: later('04'), charges: once, end: refused },
  { said: { declineCode: plain, networkAdviceCode: '02' }, charges: usual, end: usedUp },
  { said: later('24'), charges: usual, end: usedUp },
  { said: later('25'), charges: usual, end: usedUp },
  { said: later('26'), charges: ['0 00:00', '2 08:00', ...usual.slice(2)], end: usedUp },
  { said: later('27'), charges: ['0 00:00', '4 08:00', '5 08:00', '7 08:00'], end: usedUp },
  { said: later('28'), charges: ['0 00:00', '6 08:00', '7 08:00'], end: usedUp },
  { said: later('29'), charges: ['0 00:00', '8 08:00'], end: usedUp },
  { said: later('30'), charges: ['0 00:00', '10 08:00'], end: usedUp },
  {
    said: { declineCode: soft, adviceCode: 'do_not_try_again' },
    ...{ charges: once, end: refused },
  },
  {
    said: { declineCode: plain, adviceCode: 'confirm_card_data' },
    ...{ charges: once, end: refused },
  },
  { said: { declineCode: plain, adviceCode: 'try_again_later' }, charges: usual, end: usedUp },
  // The network's code comes before the advice, and neither helps a code that is never retried.
  {
    said: { declineCode: plain, adviceCode: 'confirm_card_data', networkAdviceCode: '02' },
    ...{ charges: usual, end: usedUp },
  },
  {
    said: { declineCode: soft, adviceCode: 'try_again_later', networkAdviceCode: '03' },
    ...{ charges: once, end: refused },
  },
  {
    said: { declineCode: 'stolen_card', adviceCode: 'try_again_later', networkAdviceCode: '02' },
    ...{ charges: once, end: refused },
  },
  {
    said: { declineCode: 'highest_risk_level', adviceCode: 'do_not_try_again' },
    ...{ charges: once, end: 'needs_operator: blocked' },
  },
  {
    said: { declineCode: 'authentication_required', adviceCode: 'try_again_later' },
    ...{ charges: once, end: 'needs_authentication' },
  },
];

/** Hours before the charge day: the first of so many, and each of the rest a step later. */
const hourly = (count: number, fromHours: number, stepHours = 1) =>
  Array.from({ length: count }, (_, index) => fromHours - index * stepHours);
const cent = dollars(0.01);
const onMastercard = { cardFingerprint: 'fp_master', cardBrand: 'mastercard' };
const amex = aCard('pm_amex', { brand: 'amex' });
const paid = { banks: ['paid'], end: 'over' } as const;
const visaDeclines = (count: number, changes = {}) =>
  otherDeclines(hourly(count, 240), { networkDeclineCode: '51', ...changes });

/** Declines of the card before the charge day, for other things. */
export const budgetRows: readonly Situation[] = [
  {
    name: 'Visa: 19 declines of the same amount ten days before, and one more now',
    ...{ rule: 'R49', banks: [soft, 'paid'], facts: { cardAttempts: visaDeclines(19) } },
    ...{ charges: ['0 00:00', '20 08:00'], end: 'over' },
  },
  {
    name: 'Visa: 20 declines of the same amount ten days before',
    ...{ rule: 'R49', ...paid, facts: { cardAttempts: visaDeclines(20) }, charges: ['20 08:00'] },
  },
  {
    ...{ name: 'Visa: 20 declines of another amount', rule: 'R49', ...paid, charges: once },
    facts: { cardAttempts: visaDeclines(20).map((one) => ({ ...one, amount: cent })) },
  },
  {
    ...{ name: 'Visa: 20 declines of the same amount in euros', rule: 'R49', ...paid },
    ...{ facts: { cardAttempts: visaDeclines(20, { currency: 'eur' }) }, charges: once },
  },
  {
    ...{ name: 'Visa: 20 declines that the customer began', rule: 'R49', ...paid, charges: once },
    facts: { cardAttempts: visaDeclines(20, { origin: 'customer' }) },
  },
  {
    ...{ name: 'Visa: 20 charges that were paid', rule: 'R49', ...paid, charges: once },
    facts: { cardAttempts: visaDeclines(20, { outcome: 'succeeded', declineCode: null }) },
  },
  {
    ...{ name: 'Mastercard: 9 declines within 24 hours', rule: 'R49', card: mastercard, ...paid },
    facts: { cardAttempts: otherDeclines(hourly(9, 19), onMastercard) },
    charges: once,
  },
  {
    name: 'Mastercard: 10 declines within 24 hours, of any amount and whoever began them',
    ...{ rule: 'R49', card: mastercard, ...paid, charges: ['0 08:00'] },
    facts: {
      cardAttempts: otherDeclines(hourly(10, 19), onMastercard).map((one, index) => ({
        ...one,
        ...(index % 2 === 0 ? { amount: cent, origin: 'customer' as const } : {}),
      })),
    },
  },
  {
    name: 'Mastercard: 35 declines within 30 days, the first one 20 days ago',
    ...{ rule: 'R49', card: mastercard, ...paid, charges: ['10 08:00'] },
    facts: { cardAttempts: otherDeclines(hourly(35, 20 * 24, 12), onMastercard) },
  },
  {
    ...{ name: 'American Express: no budget', rule: 'R49', card: amex, ...paid, charges: once },
    facts: { cardAttempts: otherDeclines(hourly(40, 40), { cardBrand: 'amex' }) },
  },
  {
    name: 'An operator’s wish waits for the budget, too, and then not for the day',
    ...{ rule: 'R49', card: mastercard, ...paid, charges: ['0 05:00'] },
    facts: {
      ...{ retryAskedAtMs: chargeAtMs - 1 },
      cardAttempts: otherDeclines(hourly(10, 19), onMastercard),
    },
  },
];
