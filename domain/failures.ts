/** A way a request can fail: who can act on it, and the rule behind it where there is one. */
interface FailureRow {
  readonly whoCanAct: 'customer' | 'developer' | 'operator' | 'nobody';
  /** True where the same call may pass later. */
  readonly retryable: boolean;
  readonly rule?: `R${number}`;
  /** The words a person reads. */
  readonly title: string;
}

type Fails = (title: string, rule?: `R${number}`) => FailureRow;

const rowFor = (whoCanAct: FailureRow['whoCanAct']): Fails => {
  return (title, rule) => ({ whoCanAct, retryable: false, title, ...(rule && { rule }) });
};

const customer = rowFor('customer');
const developer = rowFor('developer');
const operator = rowFor('operator');
const nobody = rowFor('nobody');

function passing(row: FailureRow): FailureRow {
  return { ...row, retryable: true };
}

/**
 * Every way a request can fail, in one table: who can act on it, the words a person reads and the
 * rule; `passing` where the same call may pass later. `http/failures.ts` adds the status.
 */
export const failures = {
  // What was sent cannot be read, may not be asked, or names what is not there.
  invalid_request: developer('The request has a field that is missing or wrong.'),
  body_malformed: developer('The body is not the JSON this call takes.'),
  body_too_large: developer('The body is larger than this call takes.'),
  api_key_invalid: developer('The API key is missing, unknown or revoked.', 'R64'),
  permission_denied: operator('This key’s role may not do this.', 'R64'),
  portal_session_expired: customer(
    'This link has expired. Open the billing page again from your account.',
  ),
  operator_session_expired: operator('You are not signed in, or no longer.', 'R64'),
  operator_link_expired: operator(
    'This link was used before, or is too old: each signs in once, within minutes.',
    'R64',
  ),
  resource_not_found: developer('There is nothing at this address.'),
  account_not_found: developer('There is no such account.'),
  purchase_not_found: developer('There is no such purchase.'),
  receipt_not_available: nobody(
    'This purchase has no receipt: only one that was paid and credited has.',
    'R42',
  ),
  payment_method_not_found: customer('This account has no such card.'),
  webhook_endpoint_not_found: developer('There is no such webhook endpoint.'),
  webhook_message_not_found: developer(
    'This endpoint has no such message; messages are kept for 30 days.',
  ),
  webhook_signature_invalid: operator('The webhook’s signature does not fit any of our secrets.'),
  idempotency_key_required: developer(
    'Send an Idempotency-Key header, so that a repeat cannot act twice.',
    'R5',
  ),
  idempotency_key_reused: developer(
    'This idempotency key was used before with other input. Use a new key.',
    'R5',
  ),

  // Amounts, and settings of an account.
  currency_not_supported: developer('This currency is not supported.', 'R69'),
  currency_mismatch: developer('The account is kept in another currency.', 'R69'),
  amount_below_minimum: customer('The amount is below the smallest purchase.', 'R4'),
  amount_above_maximum: customer('The amount is above the largest purchase.', 'R4'),
  amount_not_chargeable: developer(
    'A card cannot be charged a fraction of the smallest coin.',
    'R69',
  ),
  balance_limit_out_of_range: customer(
    'The balance limit can be set from zero up to the account’s ceiling.',
    'R18',
  ),
  balance_limit_ceiling_fixed: operator(
    'Only accounts from Build Tier 5, Scale and Enterprise can have a ceiling of their own.',
    'R17',
  ),
  balance_limit_ceiling_out_of_range: operator(
    'The ceiling is above the most that the policy allows.',
    'R17',
  ),
  time_zone_unknown: customer(
    'No time zone has this name. Names are those of IANA, as Europe/Berlin.',
  ),
  net_days_without_contract: operator(
    'Only Scale and Enterprise have days of their own to pay an invoice.',
    'R67',
  ),

  // Why a request may not run (R54); 402 is for money, 403 for what the account may do.
  credits_exhausted: passing(customer('The credits this request may use are used up.', 'R18')),
  balance_limit_reached: passing(customer('The balance limit is reached.', 'R19')),
  past_due_invoice: passing(
    customer('An invoice is past due. It is paid by card, whatever the credit balance.', 'R50'),
  ),
  holds_full: passing(
    developer(
      'Running requests have reserved all that could be spent. Try again when one has ended.',
      'R20',
    ),
  ),
  tier_too_low: passing(customer('This model needs a higher tier.', 'R31')),
  account_limited: passing(
    customer(
      'This model needs an account that has bought credits. Free credits do not count.',
      'R26',
    ),
  ),
  account_on_hold: passing(operator('The account is on hold. Please write to us.', 'R54')),

  // Holds and usage.
  hold_not_found: developer('The account has no such hold.', 'R20'),
  hold_ended: developer('The hold was given back already, or settled with another cost.', 'R20'),
  hold_too_long: developer(
    'A hold lasts at most a day at a time. Extend it while the request runs.',
    'R23',
  ),
  hold_reused: developer(
    'This hold id was used before with other input. Use a new id for each request.',
    'R20',
  ),
  usage_conflict: developer(
    'A usage event of this id was told before with another time, model or quantity.',
    'R66',
  ),
  usage_not_priced: passing(operator('The price book has no price for this usage.', 'R69')),
  usage_time_out_of_range: developer(
    'The usage happened too long ago, or has not happened yet.',
    'R43',
  ),
  usage_quantity_too_large: developer(
    'The month’s total would be more than can be counted exactly.',
    'R69',
  ),

  // Purchases, cards and their payments.
  duplicate_purchase_pending: passing(
    customer(
      'A purchase of the same amount is still pending. Confirm if you want a second one.',
      'R5',
    ),
  ),
  account_erased: nobody('The account’s personal data were erased, and no new ones are kept.'),
  business_profile_invalid: customer(
    'The business data have a field that is missing or wrong.',
    'R44',
  ),
  account_closed: operator('The account is closed.', 'R70'),
  payment_method_required: customer(
    'The account has no card on file. Add one, or pay with a new card.',
    'R11',
  ),
  payment_method_in_use: customer(
    'The last card cannot be removed while anything is owed or the balance limit is above zero.',
    'R12',
  ),
  card_prepaid_not_supported: customer(
    'Prepaid cards are not supported. Please use a standard credit or debit card tied to a bank account.',
    'R9',
  ),
  card_funding_unknown: customer(
    'We could not tell that this is a credit or debit card tied to a bank account. Please use another card.',
    'R9',
  ),
  card_wallet_not_supported: customer(
    'This wallet does not show a credit or debit card behind it. Please enter the card itself.',
    'R9',
  ),
  card_brand_not_supported: customer(
    'Link is not supported. Please enter a credit or debit card.',
    'R9',
  ),
  payment_method_not_card: customer('Only credit and debit cards are supported.', 'R9'),
  card_expired: customer('This card has expired. Please use another card.', 'R11'),
  card_declined: customer('The card was declined.', 'R14'),
  payment_rejected: operator(
    'The payment processor did not accept this payment. Nothing was charged.',
  ),
  payment_not_completed: customer(
    'The payment could not be completed and was called off. Nothing was charged.',
    'R6',
  ),
  authentication_failed: customer(
    'The bank did not confirm that it was you. Nothing was charged.',
    'R13',
  ),
  authentication_not_awaited: developer(
    'This purchase does not wait for its customer’s confirmation.',
    'R13',
  ),
  authentication_link_unknown: customer(
    'This link is not known. Open the one in the newest mail, or your billing page.',
    'R13',
  ),
  authentication_expired: customer(
    'The bank’s confirmation was not given in time. Nothing was charged.',
    'R13',
  ),

  // Webhook endpoints.
  webhook_url_not_allowed: developer('Webhooks cannot be sent to this address.', 'R63'),
  webhook_endpoint_disabled: developer(
    'This webhook endpoint is disabled. Enable it first.',
    'R63',
  ),
  webhook_endpoints_too_many: developer(
    'There are as many webhook endpoints as there may be. Remove one first.',
    'R63',
  ),

  // Grants and policies.
  grant_not_found: operator('There is no such grant of free credits.'),
  grant_not_possible: operator('Free credits cannot be given like this.', 'R28'),
  grant_needs_second_person: operator(
    'Somebody else than who asked for this grant has to approve it.',
    'R64',
  ),
  grant_decided: operator('This grant was decided before.', 'R64'),
  policy_not_found: operator('There is no such policy.', 'R68'),
  policy_invalid: operator('The policy cannot be put in force as it is.', 'R68'),
  policy_version_reused: operator(
    'This version is recorded with other values, which never change. Use a new version.',
    'R68',
  ),
  policy_effective_too_soon: operator(
    'A policy takes effect one minute after it is recorded at the earliest.',
    'R68',
  ),
  policy_notice_missing: operator(
    'An expiry of purchased credits needs a notice to every open account, 90 days before it takes effect.',
    'R2',
  ),

  // Invoices and their collection.
  invoice_month_not_over: operator(
    'This month is not over: its invoices are issued from the 1st of the next month on.',
    'R38',
  ),
  invoice_run_not_found: operator('This month was never run.'),
  invoice_run_not_running: operator('This month’s run is not under way.'),
  invoice_run_not_canceled: operator('Only a run that was canceled can be resumed.'),
  invoice_not_found: developer('There is no such invoice.'),
  invoice_document_not_available: nobody(
    'This invoice was issued elsewhere: its document is there.',
  ),
  credit_note_not_found: developer('There is no such credit note.'),
  invoice_not_open: operator(
    'This invoice is void or written off; nothing about it changes any more.',
    'R46',
  ),
  invoice_not_ours: operator('This invoice was issued elsewhere: correct it with a credit note.'),
  invoice_paid: operator(
    'Something of this invoice was paid or credited: correct it with a credit note.',
    'R43',
  ),
  invoice_nothing_due: nobody('Nothing is due of this invoice: nothing was charged.', 'R47'),
  invoice_due_changed: customer(
    'Less is due of the invoice than your bank was asked for. Nothing was charged: pay what is due now.',
    'R52',
  ),
  invoice_payment_too_large: customer(
    'This is more than is due of the invoice. Pay what is due, or a part of it.',
    'R52',
  ),
  invoice_due_not_chargeable: customer(
    'No card can be charged so much, or so little, at once: nothing was charged.',
    'R52',
  ),
  invoice_payment_too_small: customer(
    'This part of the invoice is too small to be charged, or leaves too little to charge.',
    'R52',
  ),
  invoice_payment_under_way: passing(
    customer(
      'Another payment of this invoice is under way. Wait for its end before paying again.',
      'R47',
    ),
  ),
  invoice_payment_not_found: developer('There is no such payment of an invoice.'),
  collection_not_open: operator(
    'This invoice is not being collected: it is paid, void, forgiven or written off.',
    'R50',
  ),
  collection_not_paused: operator('Collection of this invoice is not paused.'),
  payment_not_bookable: operator(
    'At Stripe this is no payment that took money for the invoice.',
    'R59',
  ),
  collection_pause_not_operators: operator(
    'Collection waits for the end of a dispute or for a difference in the books to be mended.',
    'R50',
  ),
  promise_not_in_future: operator(
    'The date of a promise is to be in the future, and at most 90 days away.',
  ),
  credit_note_too_large: operator('Credit notes cannot take back more than the invoice asked for.'),
  credit_note_leaves_too_little: operator(
    'This credit note would leave less to pay than a card can be charged.',
  ),

  // Corrections of usage.
  usage_not_found: operator('The account has no such charge of usage.'),
  usage_already_corrected: nobody('This charge of usage was taken back already.', 'R43'),
  usage_already_invoiced: operator(
    'What was owed for this usage is invoiced or paid: correct it with a credit note, or replace the invoice.',
    'R43',
  ),

  test_clock_unavailable: nobody('Time cannot be moved in live mode.'),

  // Something of ours, or of Stripe's, does not answer.
  temporarily_unavailable: passing(
    nobody('A part of the system does not answer. Repeat the call with the same key.'),
  ),
  rate_limited: passing(
    developer('Too many requests. Repeat the call a little later with the same key.'),
  ),
  internal_error: passing(
    operator('Something went wrong on our side. Repeat the call with the same key.'),
  ),
} satisfies Record<string, FailureRow>;

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

/** A failure to be thrown at an edge; `detail` follows the table's sentence. */
export function failure(code: FailureCode, detail?: string): SolventError {
  return new SolventError(refusal(code, detail));
}
