import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { FailureCode } from '../domain/failures.ts';

/**
 * The HTTP status of every failure; a new code in `domain/failures.ts` does not compile without its
 * row here. 402 is for a payment that the bank refused, 409 for a state that forbids the call, 422
 * for input that is well formed and breaks a rule.
 */
export const statusOfFailure = {
  invalid_request: 400,
  body_malformed: 400,
  body_too_large: 413,
  api_key_invalid: 401,
  permission_denied: 403,
  portal_session_expired: 401,
  resource_not_found: 404,
  account_not_found: 404,
  purchase_not_found: 404,
  receipt_not_available: 404,
  payment_method_not_found: 404,
  webhook_endpoint_not_found: 404,
  webhook_message_not_found: 404,
  webhook_signature_invalid: 400,
  idempotency_key_required: 400,
  idempotency_key_reused: 422,

  currency_not_supported: 422,
  currency_mismatch: 422,
  amount_below_minimum: 422,
  amount_above_maximum: 422,
  amount_not_chargeable: 422,
  balance_limit_out_of_range: 422,
  balance_limit_ceiling_fixed: 422,
  balance_limit_ceiling_out_of_range: 422,
  net_days_without_contract: 422,
  credits_exhausted: 402,
  balance_limit_reached: 402,
  past_due_invoice: 402,
  holds_full: 402,
  tier_too_low: 403,
  account_limited: 403,
  account_on_hold: 403,
  hold_not_found: 404,
  hold_ended: 409,
  hold_too_long: 422,
  hold_reused: 422,
  usage_conflict: 409,
  usage_not_priced: 422,
  usage_time_out_of_range: 422,
  usage_quantity_too_large: 422,
  duplicate_purchase_pending: 409,
  account_closed: 409,
  payment_method_required: 409,
  payment_method_in_use: 409,
  card_prepaid_not_supported: 422,
  card_funding_unknown: 422,
  card_wallet_not_supported: 422,
  card_brand_not_supported: 422,
  payment_method_not_card: 422,
  card_expired: 422,
  card_declined: 402,
  authentication_failed: 402,
  authentication_not_awaited: 409,
  authentication_link_unknown: 404,
  grant_not_found: 404,
  grant_not_possible: 422,
  grant_needs_second_person: 403,
  grant_decided: 409,
  policy_not_found: 404,
  policy_invalid: 422,
  policy_version_reused: 409,
  policy_effective_too_soon: 422,
  policy_notice_missing: 409,
  invoice_not_found: 404,
  invoice_not_open: 409,
  invoice_not_ours: 409,
  invoice_paid: 409,
  credit_note_too_large: 422,
  usage_not_found: 404,
  usage_already_invoiced: 409,
  test_clock_unavailable: 403,
  authentication_expired: 402,
  webhook_url_not_allowed: 422,
  webhook_endpoint_disabled: 409,
  webhook_endpoints_too_many: 409,
  payment_rejected: 402,
  payment_not_completed: 402,

  temporarily_unavailable: 503,
  rate_limited: 429,
  internal_error: 500,
} as const satisfies Record<FailureCode, ContentfulStatusCode>;

/** Seconds a caller should wait before the same call again; only where waiting helps. */
export function retryAfterSecondsOf(code: FailureCode): number | undefined {
  const status = statusOfFailure[code];
  // Requests end within seconds, and each gives back what it held (R55).
  if (status === 429 || code === 'holds_full') return 1;
  return status === 503 ? 2 : undefined;
}
