import { documentationUrl, type ErrorBody } from './errors.ts';
import type { TestCard } from './cards.ts';
import type { Step } from './scripts.ts';

/** A card as its issuer knows it: how it behaves, and how far its script has come. */
export interface IssuerCard extends TestCard {
  /** The PaymentMethod's id. */
  id: string;
  created: number;
  scriptPosition: number;
  /** Whether the customer once agreed (authenticated) to later charges without them. */
  isSetUp: boolean;
}

/** Why a charge was refused, in Stripe's and in the network's words. */
export interface Decline {
  code: string;
  declineCode: string | null;
  message: string;
  adviceCode: string | null;
  networkDeclineCode: string | null;
  networkAdviceCode: string | null;
  isBlocked: boolean;
}

export type Verdict =
  | { kind: 'authorized' }
  | { kind: 'declined'; decline: Decline }
  | { kind: 'authentication' }
  | { kind: 'processing' };

export interface Circumstances {
  isOffSession: boolean;
  isAuthenticated: boolean;
  nowSeconds: number;
}

interface DeclineWords {
  code?: string;
  message?: string;
  advice?: string;
  network: string;
  /** Where Stripe's error has the code alone and no decline_code. */
  codeOnly?: true;
}

const plainMessage = 'Your card was declined.';

/** What is special about a decline code; any other is `card_declined`, "Your card was declined." */
const declineWords: Record<string, DeclineWords> = {
  generic_decline: { advice: 'try_again_later', network: '05' },
  insufficient_funds: {
    message: 'Your card has insufficient funds.',
    advice: 'try_again_later',
    network: '51',
  },
  lost_card: { advice: 'do_not_try_again', network: '41' },
  stolen_card: { advice: 'do_not_try_again', network: '43' },
  pickup_card: { advice: 'do_not_try_again', network: '04' },
  fraudulent: { advice: 'do_not_try_again', network: '59' },
  do_not_try_again: { advice: 'do_not_try_again', network: 'R0' },
  revocation_of_authorization: { advice: 'do_not_try_again', network: 'R1' },
  revocation_of_all_authorizations: { advice: 'do_not_try_again', network: 'R3' },
  stop_payment_order: { advice: 'do_not_try_again', network: 'R0' },
  card_velocity_exceeded: {
    message: 'Your card was declined for making repeated attempts too frequently.',
    advice: 'try_again_later',
    network: '65',
  },
  withdrawal_count_limit_exceeded: { advice: 'try_again_later', network: '61' },
  issuer_not_available: { advice: 'try_again_later', network: '91' },
  try_again_later: { advice: 'try_again_later', network: '19' },
  incorrect_number: {
    code: 'incorrect_number',
    message: 'Your card number is incorrect.',
    network: '14',
    codeOnly: true,
  },
  expired_card: {
    code: 'expired_card',
    message: 'Your card has expired.',
    advice: 'confirm_card_data',
    network: '54',
    codeOnly: true,
  },
  incorrect_cvc: {
    code: 'incorrect_cvc',
    message: "Your card's security code is incorrect.",
    advice: 'confirm_card_data',
    network: 'N7',
    codeOnly: true,
  },
  processing_error: {
    code: 'processing_error',
    message: 'An error occurred while processing your card. Try again in a little bit.',
    advice: 'try_again_later',
    network: '96',
    codeOnly: true,
  },
  authentication_required: {
    code: 'authentication_required',
    message: 'Your card was declined. This transaction requires authentication.',
    network: '1A',
  },
};

/** Visa's codes that mean "never again" (category 1). */
const visaNever = ['04', '07', '12', '14', '15', '41', '43', '46', '57', 'R0', 'R1', 'R3'];

export function declineOf(declineCode: string): Decline {
  const words: DeclineWords = declineWords[declineCode] ?? { network: '05' };
  return {
    code: words.code ?? 'card_declined',
    declineCode: words.codeOnly === true ? null : declineCode,
    message: words.message ?? plainMessage,
    adviceCode: words.advice ?? null,
    networkDeclineCode: words.network,
    networkAdviceCode: null,
    isBlocked: false,
  };
}

function networkDecline(networkCode: string, networkAdviceCode: string | null): Decline {
  const never =
    networkAdviceCode === null
      ? visaNever.includes(networkCode)
      : ['03', '21'].includes(networkAdviceCode);
  return {
    code: 'card_declined',
    declineCode: 'generic_decline',
    message: plainMessage,
    adviceCode: never ? 'do_not_try_again' : 'try_again_later',
    networkDeclineCode: networkCode,
    networkAdviceCode,
    isBlocked: false,
  };
}

const blocked: Decline = {
  code: 'card_declined',
  declineCode: 'fraudulent',
  message: plainMessage,
  adviceCode: null,
  networkDeclineCode: null,
  networkAdviceCode: null,
  isBlocked: true,
};

/** What the issuer says to a charge of the card now. Does not move the script: `afterVerdict` does. */
export function decideCharge(card: IssuerCard, circumstances: Circumstances): Verdict {
  const { isOffSession, isAuthenticated, nowSeconds } = circumstances;
  if (card.expiresOn !== null && nowSeconds >= card.expiresOn) {
    return { kind: 'declined', decline: declineOf('expired_card') };
  }
  const step = currentStep(card);
  if (step.kind === 'block') return { kind: 'declined', decline: blocked };
  const asks =
    step.kind === 'authenticate' ||
    card.authentication === 'always' ||
    (card.authentication === 'unless_set_up' && !card.isSetUp);
  if (asks && !isAuthenticated) {
    return isOffSession
      ? { kind: 'declined', decline: declineOf('authentication_required') }
      : { kind: 'authentication' };
  }
  switch (step.kind) {
    case 'succeed':
    case 'authenticate':
      return { kind: 'authorized' };
    case 'decline':
      return { kind: 'declined', decline: declineOf(step.declineCode) };
    case 'network':
      return { kind: 'declined', decline: networkDecline(step.networkCode, step.adviceCode) };
    case 'process':
      return { kind: 'processing' };
  }
}

/** What the issuer says to saving the card for later (a SetupIntent). */
export function decideSetup(card: IssuerCard, isAuthenticated: boolean): Verdict {
  const step = card.script[0];
  if (card.refusesSetup && step?.kind === 'decline') {
    return { kind: 'declined', decline: declineOf(step.declineCode) };
  }
  if (card.refusesSetup && step?.kind === 'block') return { kind: 'declined', decline: blocked };
  if (card.authentication !== 'never' && !isAuthenticated) return { kind: 'authentication' };
  return { kind: 'authorized' };
}

/**
 * The card after a verdict: its script moved on, except where the answer is still to come (the
 * customer's authentication) or will be asked for again (refused off-session for lack of it).
 */
export function afterVerdict(card: IssuerCard, verdict: Verdict): IssuerCard {
  const isWaiting =
    verdict.kind === 'authentication' ||
    (verdict.kind === 'declined' && verdict.decline.code === 'authentication_required');
  const last = card.script.length - 1;
  if (isWaiting || card.scriptPosition >= last) return card;
  return { ...card, scriptPosition: card.scriptPosition + 1 };
}

/** The error of a declined charge, as it stands in the 402 body and in `last_payment_error`. */
export function declineError(decline: Decline): ErrorBody {
  return {
    ...(decline.adviceCode === null ? {} : { advice_code: decline.adviceCode }),
    code: decline.code,
    ...(decline.declineCode === null ? {} : { decline_code: decline.declineCode }),
    doc_url: documentationUrl(decline.code),
    message: decline.message,
    ...(decline.networkAdviceCode === null
      ? {}
      : { network_advice_code: decline.networkAdviceCode }),
    ...(decline.networkDeclineCode === null
      ? {}
      : { network_decline_code: decline.networkDeclineCode }),
    ...(decline.code === 'incorrect_cvc' ? { param: 'cvc' } : {}),
    type: 'card_error',
  };
}

function currentStep(card: IssuerCard): Step {
  const step = card.script[card.scriptPosition];
  if (step === undefined) throw new Error(`${card.id} has no step ${card.scriptPosition}`);
  return step;
}
