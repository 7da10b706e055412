import type { ChargeAttempt } from './charge-attempt.ts';
import { dayMs, hourMs } from './durations.ts';
import { classOfCode, saysPrepaid, type DeclineClass } from './declines.ts';

/** What a decline means for the charges that may follow (STRIPE.md, section 3). */
export interface DeclineReading {
  readonly class: DeclineClass;
  /** The network forbids any further charge of this card, whatever it pays, for 30 days. */
  readonly isNever: boolean;
  /** The card is not charged again, whatever it pays, before so long has gone by. */
  readonly waitMs: number;
}

type Declined = Pick<
  ChargeAttempt,
  'cardBrand' | 'declineCode' | 'adviceCode' | 'networkDeclineCode' | 'networkAdviceCode'
>;

/** Visa's category 1: the bank will never approve. */
export const visaNever: readonly string[] = [
  ...['04', '07', '12', '14', '15', '41', '43', '46', '57', 'R0', 'R1', 'R3'],
];

/** What the other categories say of the class; a code that is missing leaves it to the rest. */
export const visaClasses: Readonly<Record<string, DeclineClass>> = {
  // Category 2: the bank cannot approve at the moment.
  ...rows('soft', ['03', '39', '51', '52', '53', '59', '61', '62', '65', '75', '78', '83', '86']),
  ...rows('soft', ['93', '5C', '9G', 'N3', 'N4', 'Z5']),
  ...rows('technical', ['19', '91', '96']),
  // Category 3: the data is wrong; in Europe 70 and 1A ask for authentication.
  ...rows('data', ['54', '55', '82', '6P', 'N7']),
  ...rows('authentication', ['70', '1A']),
  // Category 4: a plain no.
  ...rows('soft_weak', ['05']),
};

/** Mastercard's advice: never again. */
export const mastercardNever: readonly string[] = ['03', '21'];

export const mastercardClasses: Readonly<Record<string, DeclineClass>> = {
  ...rows('data', ['01', '04']),
  ...rows('soft', ['02']),
};

/** Mastercard's advice: not before so long. */
export const mastercardWaitsMs: Readonly<Record<string, number>> = {
  '24': hourMs,
  '25': dayMs,
  '26': 2 * dayMs,
  '27': 4 * dayMs,
  '28': 6 * dayMs,
  '29': 8 * dayMs,
  '30': 10 * dayMs,
};

/** Stripe lets no charge of a card through that was declined too often for it (our own wait). */
const throttleWaitMs = dayMs;

/**
 * Classes of decline codes that are charged again by themselves. Networks and advice may say more
 * about such a code, but they never make one charged again that is not (R49).
 */
const retried: readonly DeclineClass[] = ['soft', 'soft_weak', 'technical'];

/** Reads all the codes of a decline together; the first source that says something wins. */
export function readDecline(declined: Declined): DeclineReading {
  const { networkAdviceCode, declineCode } = declined;
  const isNever =
    isAmong(visaNever, visaCodeOf(declined)) || isAmong(mastercardNever, networkAdviceCode);
  const byCode = classOfCode(declineCode ?? '');
  // Stripe's advice about a block of its own is what a block means: an operator looks at it first.
  const isAdvisedAgainst = declined.adviceCode === 'do_not_try_again' && byCode !== 'blocked';
  const isHard = isNever || isAdvisedAgainst || saysPrepaid(declined);
  const waits = [
    byCode === 'throttle' ? throttleWaitMs : 0,
    rowOf(mastercardWaitsMs, networkAdviceCode) ?? 0,
  ];
  return {
    class: isHard ? 'hard' : retried.includes(byCode) ? classOfRetried(declined, byCode) : byCode,
    isNever,
    waitMs: Math.max(...waits),
  };
}

function classOfRetried(declined: Declined, byCode: DeclineClass): DeclineClass {
  const { networkAdviceCode, adviceCode } = declined;
  const byNetwork =
    rowOf(visaClasses, visaCodeOf(declined)) ?? rowOf(mastercardClasses, networkAdviceCode);
  if (byNetwork !== undefined) return byNetwork;
  if (adviceCode === 'confirm_card_data') return 'data';
  return adviceCode === 'try_again_later' && byCode === 'soft_weak' ? 'soft' : byCode;
}

/** Other networks use the same numbers for other things. */
function visaCodeOf({ cardBrand, networkDeclineCode }: Declined): string | null {
  return cardBrand === 'visa' || cardBrand === null ? networkDeclineCode : null;
}

function rowOf<Row>(table: Readonly<Record<string, Row>>, code: string | null): Row | undefined {
  return code !== null && Object.hasOwn(table, code) ? table[code] : undefined;
}

function isAmong(codes: readonly string[], code: string | null): boolean {
  return code !== null && codes.includes(code);
}

function rows(declineClass: DeclineClass, codes: readonly string[]) {
  return Object.fromEntries(codes.map((code) => [code, declineClass]));
}
