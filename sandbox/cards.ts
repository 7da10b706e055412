import { lettersOf } from './randomness.ts';
import { parseScript, type Step } from './scripts.ts';

/** What a test card is, and what its issuer does with it. */
export interface TestCard {
  number: string;
  brand: string;
  funding: 'credit' | 'debit' | 'prepaid' | 'unknown';
  country: string;
  wallet: 'apple_pay' | 'google_pay' | null;
  cvcCheck: 'pass' | 'fail';
  addressCheck: 'fail' | null;
  riskLevel: 'normal' | 'elevated' | 'highest';
  /** Whether saving the card (attach, SetupIntent) is refused as its charges are. */
  refusesSetup: boolean;
  /** `unless_set_up`: asked once, then fine off-session. */
  authentication: 'never' | 'always' | 'unless_set_up';
  /** What happens at each charge in turn; the last step repeats. */
  script: readonly Step[];
  /** Seconds since 1970 from which charges answer `expired_card`. */
  expiresOn: number | null;
}

const ordinary: Omit<TestCard, 'number'> = {
  brand: 'visa',
  funding: 'credit',
  country: 'US',
  wallet: null,
  cvcCheck: 'pass',
  addressCheck: null,
  riskLevel: 'normal',
  refusesSetup: false,
  authentication: 'never',
  script: [{ kind: 'succeed' }],
  expiresOn: null,
};

function card(number: string, differences: Partial<TestCard> = {}): TestCard {
  return { ...ordinary, number, ...differences };
}

function refused(number: string, declineCode: string): TestCard {
  return card(number, { refusesSetup: true, script: [{ kind: 'decline', declineCode }] });
}

/** Stripe's own tokens, without `pm_card_`. The numbers are those of Stripe's testing page. */
const officialCards: Record<string, TestCard> = {
  visa: card('4242424242424242'),
  visa_debit: card('4000056655665556', { funding: 'debit' }),
  mastercard: card('5555555555554444', { brand: 'mastercard' }),
  mastercard_debit: card('5200828282828210', { brand: 'mastercard', funding: 'debit' }),
  mastercard_prepaid: card('5105105105105100', { brand: 'mastercard', funding: 'prepaid' }),
  amex: card('378282246310005', { brand: 'amex' }),
  discover: card('6011111111111117', { brand: 'discover' }),
  diners: card('3056930009020004', { brand: 'diners' }),
  jcb: card('3566002020360505', { brand: 'jcb' }),
  unionpay: card('6200000000000005', { brand: 'unionpay' }),
  chargeDeclined: refused('4000000000000002', 'generic_decline'),
  visa_chargeDeclined: refused('4000000000000002', 'generic_decline'),
  chargeDeclinedInsufficientFunds: refused('4000000000009995', 'insufficient_funds'),
  visa_chargeDeclinedInsufficientFunds: refused('4000000000009995', 'insufficient_funds'),
  chargeDeclinedExpiredCard: refused('4000000000000069', 'expired_card'),
  chargeDeclinedIncorrectCvc: refused('4000000000000127', 'incorrect_cvc'),
  chargeDeclinedProcessingError: refused('4000000000000119', 'processing_error'),
  visa_chargeDeclinedLostCard: refused('4000000000009987', 'lost_card'),
  visa_chargeDeclinedStolenCard: refused('4000000000009979', 'stolen_card'),
  chargeCustomerFail: card('4000000000000341', {
    script: [{ kind: 'decline', declineCode: 'generic_decline' }],
  }),
  cvcCheckFail: card('4000000000000101', { cvcCheck: 'fail' }),
  avsFail: card('4000000000000010', { addressCheck: 'fail' }),
  radarBlock: card('4100000000000019', { riskLevel: 'highest', script: [{ kind: 'block' }] }),
  // An older name of the same card: what Stripe blocks, it declines as `fraudulent`.
  chargeDeclinedFraudulent: card('4100000000000019', {
    riskLevel: 'highest',
    refusesSetup: true,
    script: [{ kind: 'block' }],
  }),
  riskLevelElevated: card('4000000000009235', { riskLevel: 'elevated' }),
  // Stripe's default rules block the highest risk level.
  riskLevelHighest: card('4000000000004954', { riskLevel: 'highest', script: [{ kind: 'block' }] }),
  refundFail: card('4000000000005126'),
  bypassPending: card('4000000000000077'),
  authenticationRequired: card('4000002760003184', { authentication: 'always' }),
  authenticationRequiredOnSetup: card('4000002500003155', { authentication: 'unless_set_up' }),
  authenticationRequiredChargeDeclinedInsufficientFunds: card('4000008260003178', {
    authentication: 'always',
    script: [{ kind: 'decline', declineCode: 'insufficient_funds' }],
  }),
  threeDSecure2Required: card('4000000000003220', { authentication: 'always' }),
  createDispute: card('4000000000000259'),
  createDisputeProductNotReceived: card('4000000000002685'),
  createDisputeInquiry: card('4000000000001976'),
};

/** The sandbox's own tokens, without `pm_sandbox_`, for what Stripe has no token for. */
const privateCards: Record<string, TestCard> = {
  fundingUnknown: card('4000990000000010', { funding: 'unknown' }),
  walletApplePay: card('4000990000000028', { wallet: 'apple_pay' }),
  walletGooglePay: card('4000990000000036', { wallet: 'google_pay' }),
  // A Link payment that comes as a card: type card, brand link, funding unknown.
  brandLink: card('4000990000000044', { brand: 'link', funding: 'unknown' }),
  prepaidVisa: card('4000990000000051', { funding: 'prepaid' }),
  prepaidWalletApplePay: card('4000990000000069', { funding: 'prepaid', wallet: 'apple_pay' }),
  // Mastercard's own word for prepaid, in the decline instead of in `funding`.
  prepaidByAdvice: card('5105990000000010', {
    brand: 'mastercard',
    script: [{ kind: 'network', networkCode: '05', adviceCode: '40' }],
  }),
};

/** The token's name within the lists above and below, and whose it is. */
const tokenPattern = /^(pm_card|tok|pm_sandbox)_(.+)$/;

/**
 * The card of a token, or undefined when there is none: Stripe's `pm_card_…` and `tok_…`, and
 * `pm_sandbox_…`: the names above, `decline_CODE`, `visaCode_14`, `mastercardAdvice_24`,
 * `expires_20270131` and `script_STEP-STEP-STEP` (scripts.ts).
 */
export function cardOfToken(token: string): TestCard | undefined {
  const [, family, name = ''] = tokenPattern.exec(token) ?? [];
  if (family === undefined) return undefined;
  if (family !== 'pm_sandbox') return own(officialCards, name);
  return own(privateCards, name) ?? scriptedCard(name);
}

/** The card of a number as Stripe's testing page lists them, or undefined. */
export function cardOfNumber(number: string): TestCard | undefined {
  const written = number.replaceAll(' ', '');
  return Object.values(officialCards).find((known) => known.number === written);
}

/** Tokens for people to pick from. */
export function tokens(): string[] {
  return [
    ...Object.keys(officialCards).map((name) => `pm_card_${name}`),
    ...Object.keys(privateCards).map((name) => `pm_sandbox_${name}`),
  ];
}

/** One fingerprint per number, as Stripe has it: the same token is the same card again. */
export function fingerprintOf(number: string): string {
  return lettersOf(`fingerprint ${number}`);
}

function scriptedCard(name: string): TestCard | undefined {
  const [, kind, argument = ''] = /^([a-zA-Z]+)_(.+)$/.exec(name) ?? [];
  const number = inventedNumber(name);
  switch (kind) {
    case 'decline':
      return card(number, { script: [{ kind: 'decline', declineCode: argument }] });
    case 'visaCode':
      return card(number, {
        script: [{ kind: 'network', networkCode: argument, adviceCode: null }],
      });
    case 'mastercardAdvice':
      return card(inventedNumber(name, '510599'), {
        brand: 'mastercard',
        script: [{ kind: 'network', networkCode: '05', adviceCode: argument }],
      });
    case 'expires': {
      const day = /^(\d{4})(\d{2})(\d{2})$/.exec(argument);
      if (day === null) return undefined;
      const [, year, month, date] = day.map(Number);
      return card(number, {
        expiresOn: Date.UTC(year ?? 0, (month ?? 1) - 1, date ?? 1) / 1000,
      });
    }
    case 'script': {
      const script = parseScript(argument.split('-'));
      return script === undefined ? undefined : card(number, { script });
    }
    default:
      return undefined;
  }
}

/** A number that no real card has, the same for the same name. */
function inventedNumber(name: string, prefix = '400099'): string {
  const digits = Array.from(lettersOf(name), (letter) => letter.charCodeAt(0) % 10);
  return `${prefix}${digits.slice(0, 10).join('')}`;
}

function own(cards: Record<string, TestCard>, name: string): TestCard | undefined {
  return Object.hasOwn(cards, name) ? cards[name] : undefined;
}
