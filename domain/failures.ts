/**
 * Every way a request can fail, in one table: who can act on it, whether the same call may pass
 * later, the rule behind it, and the words a person reads. `http/failures.ts` adds the status.
 */
interface FailureRow {
  readonly whoCanAct: 'customer' | 'developer' | 'operator' | 'nobody';
  readonly retryable: boolean;
  readonly rule?: string;
  readonly title: string;
}

export const failures = {
  // What was sent cannot be read, or may not be asked.
  invalid_request: {
    whoCanAct: 'developer',
    retryable: false,
    title: 'The request has a field that is missing or wrong.',
  },
  body_malformed: {
    whoCanAct: 'developer',
    retryable: false,
    title: 'The body is not the JSON this call takes.',
  },
  body_too_large: {
    whoCanAct: 'developer',
    retryable: false,
    title: 'The body is larger than this call takes.',
  },
  api_key_invalid: {
    whoCanAct: 'developer',
    retryable: false,
    rule: 'R64',
    title: 'The API key is missing, unknown or revoked.',
  },
  permission_denied: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R64',
    title: 'This key’s role may not do this.',
  },
  portal_session_expired: {
    whoCanAct: 'customer',
    retryable: false,
    title: 'This link has expired. Open the billing page again from your account.',
  },
  operator_session_expired: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R64',
    title: 'You are not signed in, or no longer.',
  },
  operator_link_expired: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R64',
    title: 'This link was used before, or is too old: each signs in once, within minutes.',
  },
  resource_not_found: {
    whoCanAct: 'developer',
    retryable: false,
    title: 'There is nothing at this address.',
  },
  account_not_found: {
    whoCanAct: 'developer',
    retryable: false,
    title: 'There is no such account.',
  },
  purchase_not_found: {
    whoCanAct: 'developer',
    retryable: false,
    title: 'There is no such purchase.',
  },
  receipt_not_available: {
    whoCanAct: 'nobody',
    retryable: false,
    rule: 'R42',
    title: 'This purchase has no receipt: only one that was paid and credited has.',
  },
  payment_method_not_found: {
    whoCanAct: 'customer',
    retryable: false,
    title: 'This account has no such card.',
  },
  webhook_endpoint_not_found: {
    whoCanAct: 'developer',
    retryable: false,
    title: 'There is no such webhook endpoint.',
  },
  webhook_message_not_found: {
    whoCanAct: 'developer',
    retryable: false,
    title: 'This endpoint has no such message; messages are kept for 30 days.',
  },
  webhook_signature_invalid: {
    whoCanAct: 'operator',
    retryable: false,
    title: 'The webhook’s signature does not fit any of our secrets.',
  },
  idempotency_key_required: {
    whoCanAct: 'developer',
    retryable: false,
    rule: 'R5',
    title: 'Send an Idempotency-Key header, so that a repeat cannot act twice.',
  },
  idempotency_key_reused: {
    whoCanAct: 'developer',
    retryable: false,
    rule: 'R5',
    title: 'This idempotency key was used before with other input. Use a new key.',
  },

  // What was asked is refused by a rule.
  currency_not_supported: {
    whoCanAct: 'developer',
    retryable: false,
    rule: 'R69',
    title: 'This currency is not supported.',
  },
  currency_mismatch: {
    whoCanAct: 'developer',
    retryable: false,
    rule: 'R69',
    title: 'The account is kept in another currency.',
  },
  amount_below_minimum: {
    whoCanAct: 'customer',
    retryable: false,
    rule: 'R4',
    title: 'The amount is below the smallest purchase.',
  },
  amount_above_maximum: {
    whoCanAct: 'customer',
    retryable: false,
    rule: 'R4',
    title: 'The amount is above the largest purchase.',
  },
  amount_not_chargeable: {
    whoCanAct: 'developer',
    retryable: false,
    rule: 'R69',
    title: 'A card cannot be charged a fraction of the smallest coin.',
  },
  balance_limit_out_of_range: {
    whoCanAct: 'customer',
    retryable: false,
    rule: 'R18',
    title: 'The balance limit can be set from zero up to the account’s ceiling.',
  },
  balance_limit_ceiling_fixed: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R17',
    title: 'Only accounts from Build Tier 5, Scale and Enterprise can have a ceiling of their own.',
  },
  balance_limit_ceiling_out_of_range: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R17',
    title: 'The ceiling is above the most that the policy allows.',
  },

  time_zone_unknown: {
    whoCanAct: 'customer',
    retryable: false,
    title: 'No time zone has this name. Names are those of IANA, as Europe/Berlin.',
  },
  net_days_without_contract: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R67',
    title: 'Only Scale and Enterprise have days of their own to pay an invoice.',
  },

  // Why a request may not run (R54); 402 is for money, 403 for what the account may do.
  credits_exhausted: {
    whoCanAct: 'customer',
    retryable: true,
    rule: 'R18',
    title: 'The credits this request may use are used up.',
  },
  balance_limit_reached: {
    whoCanAct: 'customer',
    retryable: true,
    rule: 'R19',
    title: 'The balance limit is reached.',
  },
  past_due_invoice: {
    whoCanAct: 'customer',
    retryable: true,
    rule: 'R50',
    title: 'An invoice is past due. It is paid by card, whatever the credit balance.',
  },
  holds_full: {
    whoCanAct: 'developer',
    retryable: true,
    rule: 'R20',
    title: 'Running requests have reserved all that could be spent. Try again when one has ended.',
  },
  tier_too_low: {
    whoCanAct: 'customer',
    retryable: true,
    rule: 'R31',
    title: 'This model needs a higher tier.',
  },
  account_limited: {
    whoCanAct: 'customer',
    retryable: true,
    rule: 'R26',
    title: 'This model needs an account that has bought credits. Free credits do not count.',
  },
  account_on_hold: {
    whoCanAct: 'operator',
    retryable: true,
    rule: 'R54',
    title: 'The account is on hold. Please write to us.',
  },
  hold_not_found: {
    whoCanAct: 'developer',
    retryable: false,
    rule: 'R20',
    title: 'The account has no such hold.',
  },
  hold_ended: {
    whoCanAct: 'developer',
    retryable: false,
    rule: 'R20',
    title: 'The hold was given back already, or settled with another cost.',
  },
  hold_too_long: {
    whoCanAct: 'developer',
    retryable: false,
    rule: 'R23',
    title: 'A hold lasts at most a day at a time. Extend it while the request runs.',
  },
  hold_reused: {
    whoCanAct: 'developer',
    retryable: false,
    rule: 'R20',
    title: 'This hold id was used before with other input. Use a new id for each request.',
  },
  usage_conflict: {
    whoCanAct: 'developer',
    retryable: false,
    rule: 'R66',
    title: 'A usage event of this id was told before with another time, model or quantity.',
  },
  usage_not_priced: {
    whoCanAct: 'operator',
    retryable: true,
    rule: 'R69',
    title: 'The price book has no price for this usage.',
  },
  usage_time_out_of_range: {
    whoCanAct: 'developer',
    retryable: false,
    rule: 'R43',
    title: 'The usage happened too long ago, or has not happened yet.',
  },
  usage_quantity_too_large: {
    whoCanAct: 'developer',
    retryable: false,
    rule: 'R69',
    title: 'The month’s total would be more than can be counted exactly.',
  },
  duplicate_purchase_pending: {
    whoCanAct: 'customer',
    retryable: true,
    rule: 'R5',
    title: 'A purchase of the same amount is still pending. Confirm if you want a second one.',
  },
  account_erased: {
    whoCanAct: 'nobody',
    retryable: false,
    title: 'The account’s personal data were erased, and no new ones are kept.',
  },
  business_profile_invalid: {
    whoCanAct: 'customer',
    retryable: false,
    rule: 'R44',
    title: 'The business data have a field that is missing or wrong.',
  },
  account_closed: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R70',
    title: 'The account is closed.',
  },
  payment_method_required: {
    whoCanAct: 'customer',
    retryable: false,
    rule: 'R11',
    title: 'The account has no card on file. Add one, or pay with a new card.',
  },
  payment_method_in_use: {
    whoCanAct: 'customer',
    retryable: false,
    rule: 'R12',
    title:
      'The last card cannot be removed while anything is owed or the balance limit is above zero.',
  },
  card_prepaid_not_supported: {
    whoCanAct: 'customer',
    retryable: false,
    rule: 'R9',
    title:
      'Prepaid cards are not supported. Please use a standard credit or debit card tied to a bank account.',
  },
  card_funding_unknown: {
    whoCanAct: 'customer',
    retryable: false,
    rule: 'R9',
    title:
      'We could not tell that this is a credit or debit card tied to a bank account. Please use another card.',
  },
  card_wallet_not_supported: {
    whoCanAct: 'customer',
    retryable: false,
    rule: 'R9',
    title:
      'This wallet does not show a credit or debit card behind it. Please enter the card itself.',
  },
  card_brand_not_supported: {
    whoCanAct: 'customer',
    retryable: false,
    rule: 'R9',
    title: 'Link is not supported. Please enter a credit or debit card.',
  },
  payment_method_not_card: {
    whoCanAct: 'customer',
    retryable: false,
    rule: 'R9',
    title: 'Only credit and debit cards are supported.',
  },
  card_expired: {
    whoCanAct: 'customer',
    retryable: false,
    rule: 'R11',
    title: 'This card has expired. Please use another card.',
  },
  card_declined: {
    whoCanAct: 'customer',
    retryable: false,
    rule: 'R14',
    title: 'The card was declined.',
  },
  payment_rejected: {
    whoCanAct: 'operator',
    retryable: false,
    title: 'The payment processor did not accept this payment. Nothing was charged.',
  },
  payment_not_completed: {
    whoCanAct: 'customer',
    retryable: false,
    rule: 'R6',
    title: 'The payment could not be completed and was called off. Nothing was charged.',
  },
  authentication_failed: {
    whoCanAct: 'customer',
    retryable: false,
    rule: 'R13',
    title: 'The bank did not confirm that it was you. Nothing was charged.',
  },
  authentication_not_awaited: {
    whoCanAct: 'developer',
    retryable: false,
    rule: 'R13',
    title: 'This purchase does not wait for its customer’s confirmation.',
  },
  authentication_link_unknown: {
    whoCanAct: 'customer',
    retryable: false,
    rule: 'R13',
    title: 'This link is not known. Open the one in the newest mail, or your billing page.',
  },
  authentication_expired: {
    whoCanAct: 'customer',
    retryable: false,
    rule: 'R13',
    title: 'The bank’s confirmation was not given in time. Nothing was charged.',
  },

  webhook_url_not_allowed: {
    whoCanAct: 'developer',
    retryable: false,
    rule: 'R63',
    title: 'Webhooks cannot be sent to this address.',
  },
  webhook_endpoint_disabled: {
    whoCanAct: 'developer',
    retryable: false,
    rule: 'R63',
    title: 'This webhook endpoint is disabled. Enable it first.',
  },
  webhook_endpoints_too_many: {
    whoCanAct: 'developer',
    retryable: false,
    rule: 'R63',
    title: 'There are as many webhook endpoints as there may be. Remove one first.',
  },
  grant_not_found: {
    whoCanAct: 'operator',
    retryable: false,
    title: 'There is no such grant of free credits.',
  },
  grant_not_possible: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R28',
    title: 'Free credits cannot be given like this.',
  },
  grant_needs_second_person: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R64',
    title: 'Somebody else than who asked for this grant has to approve it.',
  },
  grant_decided: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R64',
    title: 'This grant was decided before.',
  },
  policy_not_found: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R68',
    title: 'There is no such policy.',
  },
  policy_invalid: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R68',
    title: 'The policy cannot be put in force as it is.',
  },
  policy_version_reused: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R68',
    title: 'This version is recorded with other values, which never change. Use a new version.',
  },
  policy_effective_too_soon: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R68',
    title: 'A policy takes effect one minute after it is recorded at the earliest.',
  },
  policy_notice_missing: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R2',
    title:
      'An expiry of purchased credits needs a notice to every open account, 90 days before it takes effect.',
  },

  invoice_month_not_over: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R38',
    title: 'This month is not over: its invoices are issued from the 1st of the next month on.',
  },
  invoice_run_not_found: {
    whoCanAct: 'operator',
    retryable: false,
    title: 'This month was never run.',
  },
  invoice_run_not_running: {
    whoCanAct: 'operator',
    retryable: false,
    title: 'This month’s run is not under way.',
  },
  invoice_run_not_canceled: {
    whoCanAct: 'operator',
    retryable: false,
    title: 'Only a run that was canceled can be resumed.',
  },
  invoice_not_found: {
    whoCanAct: 'developer',
    retryable: false,
    title: 'There is no such invoice.',
  },
  invoice_document_not_available: {
    whoCanAct: 'nobody',
    retryable: false,
    title: 'This invoice was issued elsewhere: its document is there.',
  },
  credit_note_not_found: {
    whoCanAct: 'developer',
    retryable: false,
    title: 'There is no such credit note.',
  },
  invoice_not_open: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R46',
    title: 'This invoice is void or written off; nothing about it changes any more.',
  },
  invoice_not_ours: {
    whoCanAct: 'operator',
    retryable: false,
    title: 'This invoice was issued elsewhere: correct it with a credit note.',
  },
  invoice_paid: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R43',
    title: 'Something of this invoice was paid or credited: correct it with a credit note.',
  },
  invoice_nothing_due: {
    whoCanAct: 'nobody',
    retryable: false,
    rule: 'R47',
    title: 'Nothing is due of this invoice: nothing was charged.',
  },
  invoice_payment_too_large: {
    whoCanAct: 'customer',
    retryable: false,
    rule: 'R52',
    title: 'This is more than is due of the invoice. Pay what is due, or a part of it.',
  },
  invoice_due_not_chargeable: {
    whoCanAct: 'customer',
    retryable: false,
    rule: 'R52',
    title: 'No card can be charged so much, or so little, at once: nothing was charged.',
  },
  invoice_payment_too_small: {
    whoCanAct: 'customer',
    retryable: false,
    rule: 'R52',
    title: 'This part of the invoice is too small to be charged, or leaves too little to charge.',
  },
  invoice_payment_under_way: {
    whoCanAct: 'customer',
    retryable: true,
    rule: 'R47',
    title: 'Another payment of this invoice is under way. Wait for its end before paying again.',
  },
  invoice_payment_not_found: {
    whoCanAct: 'developer',
    retryable: false,
    title: 'There is no such payment of an invoice.',
  },
  collection_not_open: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R50',
    title: 'This invoice is not being collected: it is paid, void, forgiven or written off.',
  },
  collection_not_paused: {
    whoCanAct: 'operator',
    retryable: false,
    title: 'Collection of this invoice is not paused.',
  },
  payment_not_bookable: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R59',
    title: 'At Stripe this is no payment that took money for the invoice.',
  },
  collection_pause_not_operators: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R50',
    title:
      'Collection waits for the end of a dispute or for a difference in the books to be mended.',
  },
  promise_not_in_future: {
    whoCanAct: 'operator',
    retryable: false,
    title: 'The date of a promise is to be in the future, and at most 90 days away.',
  },
  credit_note_too_large: {
    whoCanAct: 'operator',
    retryable: false,
    title: 'Credit notes cannot take back more than the invoice asked for.',
  },
  credit_note_leaves_too_little: {
    whoCanAct: 'operator',
    retryable: false,
    title: 'This credit note would leave less to pay than a card can be charged.',
  },
  usage_not_found: {
    whoCanAct: 'operator',
    retryable: false,
    title: 'The account has no such charge of usage.',
  },
  usage_already_corrected: {
    whoCanAct: 'nobody',
    retryable: false,
    rule: 'R43',
    title: 'This charge of usage was taken back already.',
  },
  usage_already_invoiced: {
    whoCanAct: 'operator',
    retryable: false,
    rule: 'R43',
    title:
      'What was owed for this usage is invoiced or paid: correct it with a credit note, or replace the invoice.',
  },

  test_clock_unavailable: {
    whoCanAct: 'nobody',
    retryable: false,
    title: 'Time cannot be moved in live mode.',
  },

  // Something of ours, or of Stripe's, does not answer.
  temporarily_unavailable: {
    whoCanAct: 'nobody',
    retryable: true,
    title: 'A part of the system does not answer. Repeat the call with the same key.',
  },
  rate_limited: {
    whoCanAct: 'developer',
    retryable: true,
    title: 'Too many requests. Repeat the call a little later with the same key.',
  },
  internal_error: {
    whoCanAct: 'operator',
    retryable: true,
    title: 'Something went wrong on our side. Repeat the call with the same key.',
  },
} as const satisfies Record<string, FailureRow>;

export type FailureCode = keyof typeof failures;

/** What a rule refuses, as a value: the code, the sentence for a person, the amounts compared. */
export interface Refusal {
  readonly code: FailureCode;
  readonly message: string;
  /** Micro-units of the account's currency, by name ("minimum", "asked"). */
  readonly amounts?: Readonly<Record<string, number>>;
}

/** Makes a refusal; `detail` follows the table's sentence where there is more to say. */
export function refusal(
  code: FailureCode,
  detail?: string,
  amounts?: Readonly<Record<string, number>>,
): Refusal {
  const message = detail === undefined ? failures[code].title : `${failures[code].title} ${detail}`;
  return amounts === undefined ? { code, message } : { code, message, amounts };
}

/** A refusal as an exception, for the edges (HTTP, command line) where a value cannot be returned. */
export class SolventError extends Error {
  override readonly name = 'SolventError';
  readonly refusal: Refusal;

  constructor(reason: Refusal) {
    super(reason.message);
    this.refusal = reason;
  }

  get code(): FailureCode {
    return this.refusal.code;
  }
}

export function failure(code: FailureCode, detail?: string): SolventError {
  return new SolventError(refusal(code, detail));
}
