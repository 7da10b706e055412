import type { AccountId } from './account.ts';
import { hourMs, minuteMs, secondMs } from './durations.ts';
import { refusal, type Refusal } from './failures.ts';
import { addressKind, type AddressKind } from './network-addresses.ts';
import type { WebhookType } from './webhook-messages.ts';

/** Where a customer, or the operator, wants messages sent. Its secrets are kept apart. */
export interface WebhookEndpoint {
  readonly endpointId: string;
  /** The account whose facts it is told; the house's id: those of all accounts. */
  readonly accountId: AccountId;
  readonly url: string;
  /** Types it wants; null: all, also those still to come. */
  readonly types: readonly WebhookType[] | null;
  readonly createdAtMs: number;
  readonly disabledAtMs: number | null;
  readonly disabledReason: DisabledReason | null;
}

/** `gone`: it answered 410; `failing`: nothing was delivered for days; `asked`: its owner did it. */
export type DisabledReason = 'gone' | 'failing' | 'asked';

/** Each is written and signed for on its own: more of them are rather a mistake than a wish. */
export const mostWebhookEndpoints = 16;

/** Signatures of the secret before are sent for as long, so that receivers can change over (R63). */
export const secretOverlapMs = 24 * 3_600_000;

/** Waits between attempts, as the Standard Webhooks specification proposes: three days in all. */
export const retryDelaysMs = [
  5 * secondMs,
  5 * minuteMs,
  30 * minuteMs,
  2 * hourMs,
  5 * hourMs,
  10 * hourMs,
  14 * hourMs,
  20 * hourMs,
  24 * hourMs,
] as const;

/** An endpoint that took nothing for as long is disabled. */
export const mostFailingMs = 5 * 24 * hourMs;

/** The longest wait that a receiver's Retry-After is followed for. */
const mostRetryAfterMs = 24 * hourMs;

/** How one attempt ended. */
export interface WebhookAnswer {
  /** HTTP status; null where none came. */
  readonly status: number | null;
  /** What went wrong, in few words; null where nothing did. */
  readonly error: string | null;
  /** What the receiver asks to wait for (Retry-After). */
  readonly retryAfterMs: number | null;
}

/** Where a delivery goes from here: done, again later, or given up. */
export type DeliveryStep =
  | { readonly state: 'delivered' }
  | { readonly state: 'waiting'; readonly nextAttemptAtMs: number }
  | { readonly state: 'failed' };

/** Decides after an attempt; `attempts` counts this one, since the message or its replay. */
export function nextDeliveryStep(
  answer: WebhookAnswer,
  attempts: number,
  nowMs: number,
): DeliveryStep {
  if (isSuccess(answer)) return { state: 'delivered' };
  const delayMs = retryDelaysMs[attempts - 1];
  if (delayMs === undefined) return { state: 'failed' };
  const askedMs = Math.min(answer.retryAfterMs ?? 0, mostRetryAfterMs);
  return { state: 'waiting', nextAttemptAtMs: nowMs + Math.max(delayMs, askedMs) };
}

/** 2xx and nothing else: redirects are not followed. */
export function isSuccess({ status }: Pick<WebhookAnswer, 'status'>): boolean {
  return status !== null && status >= 200 && status < 300;
}

/** Why an endpoint is disabled after an attempt; null where it stays as it is. */
export function disabledBy(
  answer: WebhookAnswer,
  failingSinceMs: number | null,
  nowMs: number,
): DisabledReason | null {
  if (isSuccess(answer)) return null;
  if (answer.status === 410) return 'gone';
  return failingSinceMs !== null && nowMs - failingSinceMs >= mostFailingMs ? 'failing' : null;
}

/** True where messages may be sent to an address of this kind; loopback only in test mode. */
export function mayConnectTo(
  kind: AddressKind | undefined,
  { protocol, loopbackAllowed }: { readonly protocol: string; readonly loopbackAllowed: boolean },
): boolean {
  if (kind === 'loopback') return loopbackAllowed;
  return kind === 'public' && protocol === 'https:';
}

/**
 * Refuses addresses that must not be called: anything but https to the public internet and, in test
 * mode, loopback. Names are checked again whenever they are resolved, since they may change.
 */
export function refuseWebhookUrl(
  text: string,
  { loopbackAllowed }: { readonly loopbackAllowed: boolean },
): Refusal | null {
  const no = (why: string) => refusal('webhook_url_not_allowed', why);
  if (text.length > 2_000 || !URL.canParse(text))
    return no('It must be an address of a web server.');
  const { protocol, hostname, username, password, hash } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return no('It must begin with https://.');
  if (username !== '' || password !== '') return no('It must not hold a user name or password.');
  if (hash !== '') return no('It must not hold a #fragment.');
  const isLocalName = /(^|\.)localhost$/.test(hostname);
  const kind = isLocalName ? 'loopback' : addressKind(hostname.replace(/^\[|\]$/g, ''));
  if (kind === 'loopback' && loopbackAllowed) return null;
  if (protocol === 'http:') return no('It must begin with https://.');
  const isInternalName = !hostname.includes('.') || /\.(local|internal)\.?$/.test(hostname);
  if (kind === undefined ? isInternalName : kind !== 'public') {
    return no('It must be on the public internet.');
  }
  return null;
}
