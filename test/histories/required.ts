import type { CollectionStep } from '../../domain/collection.ts';
import type * as workflows from '../../workflows/index.ts';

type Workflows = typeof workflows;
export type WorkflowType = keyof Workflows;

/** The statuses that a workflow's result can have; `completed` where it tells none. */
type StatusOf<Result> = Result extends { outcome: { status: infer Status extends string } }
  ? Status
  : Result extends { status: infer Status extends string }
    ? Status
    : Result extends { state: infer State extends string }
      ? // An invoice that is still asked for is none whose collection ended.
        Exclude<State, 'open'>
      : 'completed';

type Names = readonly [string, ...string[]];

/** Every workflow and every status it can have: the compiler asks for a recording of a new one. */
type Required = {
  readonly [Type in WorkflowType]: {
    readonly [Status in StatusOf<Awaited<ReturnType<Workflows[Type]>>>]: Names;
  } & { readonly continued?: Names } & OpenOnes<Type>;
};

/** What a collection that goes on waits for. */
type OpenOnes<Type> = Type extends 'collection'
  ? { readonly [Step in CollectionStep['step']]?: Names }
  : unknown;

/**
 * The histories to record, by workflow and by the status the history ends with. One that is still
 * open ends with the status it last told: `pending` and `requires_action` are such.
 */
export const required = {
  purchase: {
    succeeded: [
      'purchase-new-card',
      'purchase-card-on-file',
      'purchase-authenticated',
      'purchase-authenticated-by-webhook',
      'purchase-authenticated-by-new-link',
      'purchase-unknown-then-succeeded',
      'purchase-processing-then-succeeded',
      'purchase-found-final',
      'purchase-resumed',
      'purchase-followed-up',
    ],
    declined: ['purchase-declined', 'purchase-failed-at-the-bank'],
    refused: [
      'purchase-refused-amount',
      'purchase-refused-without-card',
      'purchase-refused-duplicate',
      'purchase-refused-prepaid',
      'purchase-refused-prepaid-by-advice',
      'purchase-refused-prepaid-on-file',
    ],
    canceled: [
      'purchase-canceled',
      'purchase-called-off-by-operator',
      'purchase-authentication-expired',
      'purchase-confirm-never-done',
      'purchase-rejected-by-stripe',
      'purchase-given-up-before-payment',
      'purchase-followed-up-without-payment',
      'purchase-followed-up-unconfirmed',
      'purchase-followed-up-unrecorded',
    ],
    returned: ['purchase-returned-account-closed', 'purchase-returned-prepaid'],
    requires_action: ['purchase-open-at-the-bank', 'purchase-open-reminded'],
    pending: ['purchase-open-processing', 'purchase-open-unknown', 'purchase-open-alarmed'],
  },
  cardSetup: {
    saved: ['card-setup-saved', 'card-setup-second-card', 'card-setup-authenticated'],
    refused: [
      'card-setup-refused-prepaid',
      'card-setup-refused-unknown-card',
      'card-setup-refused-after-set-up',
      'card-setup-canceled',
      'card-setup-expired',
    ],
    declined: ['card-setup-declined', 'card-setup-failed-at-the-bank'],
    requires_action: ['card-setup-open-at-the-bank'],
    pending: ['card-setup-open-before-answer'],
  },
  cardRemoval: {
    removed: ['card-removal-removed'],
    refused: ['card-removal-refused'],
  },
  cardUpdate: {
    completed: ['card-update-updated', 'card-update-prepaid', 'card-update-not-on-file'],
  },
  sweep: {
    completed: [
      'sweep-nothing-left-over',
      'sweep-webhooks-and-mails',
      'sweep-mail-server-away',
      'sweep-starts-webhook-delivery',
      'sweep-starts-collections',
    ],
  },
  creditExpiry: {
    completed: [
      'credit-expiry-nothing-due',
      'credit-expiry-expired-and-announced',
      'credit-expiry-went-on',
    ],
    continued: ['credit-expiry-continued'],
  },
  paymentWatch: {
    completed: [
      'payment-watch-all-well',
      'payment-watch-cancels',
      'payment-watch-follows',
      'payment-watch-collects',
      'payment-watch-calls-operator',
      'payment-watch-went-on',
    ],
    continued: ['payment-watch-continued'],
  },
  webhookDelivery: {
    completed: [
      'webhook-delivery-delivered',
      'webhook-delivery-retried',
      'webhook-delivery-disabled',
      'webhook-delivery-told-twice',
    ],
  },
  invoiceRun: {
    done: [
      'invoice-run-issued',
      'invoice-run-waited',
      'invoice-run-of-account-waited',
      'invoice-run-went-on',
    ],
    canceled: ['invoice-run-canceled'],
    continued: ['invoice-run-continued'],
  },
  collection: {
    paid: [
      'collection-paid-on-the-day',
      'collection-paid-after-retry',
      'collection-paid-by-customer',
      'collection-paid-with-another-card',
      'collection-paid-in-parts',
      'collection-paid-after-authentication',
      'collection-paid-by-webhook',
      'collection-paid-by-booking',
      'collection-unknown-then-paid',
      'collection-processing-then-paid',
      'collection-resumed',
      'collection-found-over',
    ],
    void: ['collection-void'],
    uncollectible: ['collection-written-off', 'collection-given-up'],
    forgiven: ['collection-forgiven', 'collection-forgiven-after-payment-came-late'],
    wait: [
      'collection-open-before-charge-day',
      'collection-open-declined',
      'collection-open-called-off',
      'collection-open-stripe-away',
    ],
    paused: ['collection-open-operated'],
    needs_card: [
      'collection-open-card-expired',
      'collection-open-card-prepaid',
      'collection-open-prepaid-by-advice',
    ],
    needs_authentication: ['collection-open-asks-customer'],
    needs_operator: ['collection-open-needs-operator'],
  },
  collectionStarter: {
    completed: [
      'collection-starter-started',
      'collection-starter-found-running',
      'collection-starter-nothing-to-start',
    ],
  },
  invoiceCalendar: {
    started: ['invoice-calendar-started'],
    already_started: ['invoice-calendar-already-started'],
  },
} as const satisfies Required;

type Lists<Type> = Type extends unknown ? Type[keyof Type] : never;
export type RecordingName = Extract<Lists<(typeof required)[WorkflowType]>, Names>[number];

export interface RequiredRecording {
  readonly name: RecordingName;
  readonly type: WorkflowType;
  readonly status: string;
}

export const requiredRecordings: readonly RequiredRecording[] = Object.entries(required).flatMap(
  ([type, byStatus]) =>
    Object.entries(byStatus as Readonly<Record<string, readonly RecordingName[]>>).flatMap(
      ([status, names]) => names.map((name) => ({ name, type: type as WorkflowType, status })),
    ),
);
