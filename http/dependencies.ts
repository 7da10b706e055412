import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Logger } from 'pino';
import type { ProcessorClock } from '../client/test-clock.ts';
import type { SolventClient } from '../client/solvent-client.ts';
import type { Seller } from '../domain/documents.ts';
import type { ProcessorEvent } from '../gateway/webhooks.ts';
import type { ApiKeys } from '../ledger/api-keys.ts';
import type { Ledger } from '../ledger/database.ts';
import type { HoldDesk } from '../ledger/holds.ts';
import type { Policies } from '../ledger/policies.ts';
import type { RefusalCounter } from '../ledger/refusals.ts';
import type { UsageDesk } from '../ledger/usage.ts';
import type { Caller } from './access.ts';
import type { AfterAnswer } from './after-answer.ts';

/** How a new card reaches the billing page. */
export type CardEntry =
  /** Stripe's own form; the card never touches our server (R15). */
  | { readonly kind: 'elements'; readonly publishableKey: string }
  /** A list of Stripe's test cards, where no real card can be charged. */
  | { readonly kind: 'test_cards' }
  /** Real cards, and no publishable key to take them with. */
  | { readonly kind: 'unavailable' };

export interface HttpSettings {
  /** How browsers reach us, without a trailing slash. */
  readonly publicUrl: string;
  readonly cardEntry: CardEntry;
  /** How long a portal link and its session are good. */
  readonly portalSessionMs: number;
  /** How long a purchase's first outcome is waited for, by callers of the API. */
  readonly firstOutcomeWaitMs: number;
  /** Who sells, as invoices and receipts show it. */
  readonly seller: Seller;
  /** True in test mode: webhooks may be sent to this machine. */
  readonly loopbackWebhooksAllowed: boolean;
  /** Absent: operators' pages name workflows without leading to them. */
  readonly temporalUi?: TemporalUi;
}

/** Where the Temporal UI is, without a trailing slash, and the namespace our workflows are in. */
export interface TemporalUi {
  readonly url: string;
  readonly namespace: string;
}

/** All that the routes stand on; made once by `main.ts`, or by a test. */
export interface HttpDependencies {
  readonly ledger: Ledger;
  readonly apiKeys: ApiKeys;
  /** On connections of its own: requests ask it thousands of times a second. */
  readonly holds: HoldDesk;
  readonly usage: UsageDesk;
  readonly refusals: RefusalCounter;
  readonly client: SolventClient;
  /** Checks a webhook's signature; undefined where it fits none of our secrets. */
  readonly verifyWebhook: (rawBody: string, signature: string) => ProcessorEvent | undefined;
  readonly settings: HttpSettings;
  readonly policies: Policies;
  /** The clock, milliseconds since 1970. An account's own time adds its test clock's offset. */
  readonly nowMs: () => number;
  /** Stripe's time, for accounts whose clock is moved; null in live mode, where none may be. */
  readonly processorClock: ProcessorClock | null;
  readonly log: Logger;
  readonly afterAnswer: AfterAnswer;
}

/** What middleware leaves for a handler of the API. */
export interface ApiEnvironment {
  Variables: { caller: Caller; requestId: string };
}

/** What became of a card that was to be kept. */
export type CardSetupOutcome = Awaited<ReturnType<SolventClient['setUpCard']>>;

export type Api = OpenAPIHono<ApiEnvironment>;
