/**
 * Declines as data (STRIPE.md, section 3): what each code means, who can fix it, what to do. Codes
 * are an open list: one we do not know is treated as a plain decline.
 */
export type DeclineClass =
  | 'soft'
  | 'soft_weak'
  | 'technical'
  | 'authentication'
  | 'data'
  | 'hard'
  | 'consent_gone'
  | 'check'
  | 'configuration'
  | 'throttle'
  | 'blocked';

export type WhoCanFix = 'customer' | 'bank' | 'operator' | 'nobody';

interface DeclineReaction {
  readonly class: DeclineClass;
  readonly whoCanFix: WhoCanFix;
  readonly reason: string;
  readonly whatToDo: string;
  /** True where the reason is never told to the customer: lost, stolen, fraud (R14). */
  readonly secret?: true;
}

/** What the customer is told. It never carries the code of a secret reason. */
export interface DeclineExplanation {
  /** Stripe's decline code, or "generic_decline" where the reason is secret. */
  readonly code: string;
  readonly class: DeclineClass;
  readonly whoCanFix: WhoCanFix;
  readonly reason: string;
  readonly whatToDo: string;
}

/** What Stripe and the networks said, for the operator and for collection's history. */
export interface DeclineCodes {
  /** Stripe's `decline_code`, or its `code` where there is none. */
  readonly declineCode: string;
  readonly adviceCode: string | null;
  readonly networkDeclineCode: string | null;
  readonly networkAdviceCode: string | null;
}

const soft: DeclineReaction = {
  class: 'soft',
  whoCanFix: 'customer',
  reason: 'The card has not enough money, or is over a limit, at the moment.',
  whatToDo: 'Use another card, or try again tomorrow.',
};
const softWeak: DeclineReaction = {
  class: 'soft_weak',
  whoCanFix: 'bank',
  reason: 'The bank declined the payment and gave no reason.',
  whatToDo: 'Call the bank at the number on the card, or use another card.',
};
const technical: DeclineReaction = {
  class: 'technical',
  whoCanFix: 'nobody',
  reason: 'The bank could not be reached, or could not process the payment.',
  whatToDo: 'Try again in an hour.',
};
const authentication: DeclineReaction = {
  class: 'authentication',
  whoCanFix: 'customer',
  reason: 'The bank asks you to confirm the payment.',
  whatToDo: 'Pay again on the billing page and follow your bank’s steps.',
};
const data: DeclineReaction = {
  class: 'data',
  whoCanFix: 'customer',
  reason: 'A detail of the card is wrong or out of date.',
  whatToDo: 'Check the expiry date, the security code and the address, or use another card.',
};
const hard: DeclineReaction = {
  class: 'hard',
  whoCanFix: 'customer',
  reason: 'This card cannot be used for this payment.',
  whatToDo: 'Use another card.',
};
const secret: DeclineReaction = {
  class: 'hard',
  whoCanFix: 'customer',
  reason: 'The bank declined the payment.',
  whatToDo: 'Use another card.',
  secret: true,
};
const consentGone: DeclineReaction = {
  class: 'consent_gone',
  whoCanFix: 'customer',
  reason: 'The card’s holder told the bank to stop payments to us.',
  whatToDo: 'Use another card.',
};
const unusable: DeclineReaction = { ...hard, reason: 'The card number is not valid.' };
const blocked: DeclineReaction = {
  class: 'blocked',
  whoCanFix: 'operator',
  reason: 'The payment was stopped before it reached the bank.',
  whatToDo: 'Use another card, or write to us.',
  secret: true,
};
const needsPin: DeclineReaction = {
  ...hard,
  reason: 'The card can only be used with its PIN, which is not possible online.',
};

const reactions: Readonly<Record<string, DeclineReaction>> = {
  ...rows(soft, [
    'insufficient_funds',
    'card_velocity_exceeded',
    'withdrawal_count_limit_exceeded',
  ]),
  ...rows(softWeak, ['generic_decline', 'do_not_honor', 'call_issuer', 'no_action_taken']),
  ...rows(technical, [
    'try_again_later',
    'issuer_not_available',
    'processing_error',
    'reenter_transaction',
    'approve_with_id',
  ]),
  ...rows(authentication, [
    'authentication_required',
    'authentication_not_handled',
    'payment_intent_authentication_failure',
    'setup_intent_authentication_failure',
  ]),
  ...rows(data, [
    'expired_card',
    'incorrect_cvc',
    'incorrect_zip',
    'incorrect_address',
    'invalid_cvc',
    'invalid_expiry_month',
    'invalid_expiry_year',
    'new_account_information_available',
  ]),
  ...rows(unusable, ['incorrect_number', 'invalid_number', 'invalid_account']),
  ...rows(secret, [
    'lost_card',
    'stolen_card',
    'pickup_card',
    'fraudulent',
    'merchant_blacklist',
    'security_violation',
  ]),
  ...rows(hard, [
    'restricted_card',
    'transaction_not_allowed',
    'not_permitted',
    'service_not_allowed',
    'card_not_supported',
    'currency_not_supported',
    'invalid_amount',
  ]),
  ...rows(consentGone, [
    'revocation_of_authorization',
    'revocation_of_all_authorizations',
    'stop_payment_order',
    'do_not_try_again',
  ]),
  ...rows({ ...technical, class: 'check', whoCanFix: 'operator' }, ['duplicate_transaction']),
  ...rows(needsPin, [
    'invalid_pin',
    'incorrect_pin',
    'pin_try_exceeded',
    'offline_pin_required',
    'online_or_offline_pin_required',
  ]),
  ...rows({ ...hard, class: 'configuration', whoCanFix: 'operator' }, ['testmode_decline']),
  ...rows({ ...soft, class: 'throttle', whatToDo: 'Try again in a day, or use another card.' }, [
    'card_decline_rate_limit_exceeded',
  ]),
  // The reasons that Stripe gives for a block of its own; `blocked`, ours, for any other.
  ...rows(blocked, ['highest_risk_level', 'rule', 'low_probability_of_authorization', 'blocked']),
};

function rows(reaction: DeclineReaction, codes: readonly string[]) {
  return Object.fromEntries(codes.map((code) => [code, reaction]));
}

/** Said with every decline (R14, [core]): the likeliest reason that the customer can see. */
const prepaidHint = 'Please also check that it is not a prepaid card: those are not supported.';

/** Codes with a row of their own, for the documentation and its test. */
export const knownDeclineCodes = Object.keys(reactions);

/** What Stripe's decline code alone says; a code we do not know is a plain decline. */
export function classOfCode(declineCode: string): DeclineClass {
  return reactionTo(declineCode).class;
}

function reactionTo(declineCode: string): DeclineReaction {
  const known = Object.hasOwn(reactions, declineCode) ? reactions[declineCode] : undefined;
  return known ?? softWeak;
}

/** Explains a decline to the customer; a lost, stolen or fraud reason is not revealed (R14). */
export function explainDecline({ declineCode }: Pick<DeclineCodes, 'declineCode'>) {
  const { secret: isSecret, ...shown } = reactionTo(declineCode);
  // A secret reason reads exactly as a plain decline: its class or code would give it away.
  const told = isSecret ? softWeak : shown;
  const explanation: DeclineExplanation = {
    code: isSecret ? 'generic_decline' : declineCode,
    class: told.class,
    whoCanFix: told.whoCanFix,
    reason: told.reason,
    whatToDo: `${told.whatToDo} ${prepaidHint}`,
  };
  return explanation;
}

/**
 * Mastercard advice 40 (non-reloadable prepaid) and 41 (single-use virtual number) say that the
 * card is prepaid, whatever its funding field said (R10).
 */
export function saysPrepaid({ networkAdviceCode }: Pick<DeclineCodes, 'networkAdviceCode'>) {
  return networkAdviceCode === '40' || networkAdviceCode === '41';
}
