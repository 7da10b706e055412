import type { Review } from '../../client/reviews.ts';
import { currency, isCurrencyCode } from '../../domain/currencies.ts';
import { formatMoney, sum } from '../../domain/money.ts';
import { isFinal, type Purchase } from '../../domain/purchase.ts';
import { parseWorkflowId } from '../../domain/workflow-ids.ts';
import type { TemporalUi } from '../dependencies.ts';
import { stateWords } from '../pages/history.tsx';
import { Badge, Instant, Message } from '../pages/layout.tsx';
import { Resolution } from './resolution.tsx';
import { WorkflowLink } from './workflow-link.tsx';

interface ReviewsProperties {
  readonly reviews: readonly Review[];
  /** Those the reviews are about, by id. */
  readonly purchases: ReadonlyMap<string, Purchase>;
  /** The purchase that was answered a moment ago. */
  readonly resolved: Purchase | undefined;
  readonly csrf: string;
  readonly temporalUi: TemporalUi | undefined;
  readonly error: string | null;
}

/** What waits for a person, each with its own words on why. */
export function Reviews({ reviews, resolved, error, ...others }: ReviewsProperties) {
  return (
    <>
      {error !== null && <Message tone="bad" title={error} />}
      {resolved !== undefined && (
        <Message tone="good" title={`The purchase is now ${resolved.state.replace('_', ' ')}.`}>
          <p>
            <code>{resolved.purchaseId}</code>
          </p>
        </Message>
      )}
      <h1>Reviews</h1>
      {reviews.length === 0 ? (
        <section class="box">
          <p class="soft">Nothing waits for a person.</p>
        </section>
      ) : (
        reviews.map((review) => <ReviewBox review={review} {...others} />)
      )}
    </>
  );
}

type BoxProperties = Omit<ReviewsProperties, 'reviews' | 'resolved' | 'error'> & {
  readonly review: Review;
};

function ReviewBox({ review, purchases, csrf, temporalUi }: BoxProperties) {
  const { workflowId, workflowType, state, startedAtMs, story } = review;
  const parsed = parseWorkflowId(workflowId);
  const purchase = parsed?.kind === 'purchase' ? purchases.get(parsed.id) : undefined;
  return (
    <section class="box stack">
      <div class="row">
        <h2>{titleOf(review)}</h2>
        <Badge tone={state === 'running' ? 'wait' : 'bad'}>
          {state === 'running' ? 'waits' : 'has ended'}
        </Badge>
      </div>
      <p class="soft small">
        Since <Instant ms={startedAtMs} /> · {workflowType} ·{' '}
        <WorkflowLink workflowId={workflowId} temporalUi={temporalUi} />
      </p>
      {purchase !== undefined && <PurchaseLine purchase={purchase} />}
      {parsed?.kind === 'collection' && (
        <p>
          <a href={`/operator/collections/${parsed.id}`}>The invoice, and what you can do</a>
        </p>
      )}
      {story.length === 0 ? (
        <p class="soft">It cannot tell its story now: no worker answers for it.</p>
      ) : (
        <ul class="points">
          {story.map((line) => (
            <li>{line}</li>
          ))}
        </ul>
      )}
      {purchase !== undefined && !isFinal(purchase.state) && state === 'running' && (
        <Resolution
          address={`/operator/reviews/${purchase.purchaseId}`}
          workflowId={workflowId}
          csrf={csrf}
        />
      )}
    </section>
  );
}

function titleOf({ workflowType, workflowId }: Review): string {
  switch (workflowType) {
    case 'purchase':
      return 'A payment whose outcome is not known';
    case 'collection':
      return 'An invoice that cannot be collected by itself';
    case 'paymentWatch':
      return 'Payments that do not fit the ledger';
    case 'invoiceRun':
      return 'Invoices that cannot be issued';
    case 'webhookDelivery':
      return 'A webhook endpoint that was disabled';
    default:
      return workflowId;
  }
}

function PurchaseLine({ purchase }: { readonly purchase: Purchase }) {
  const { accountId, state, credits, tax, paymentIntentId } = purchase;
  const total = sum(credits, tax);
  const amount = isCurrencyCode(purchase.currency)
    ? formatMoney(total, currency(purchase.currency))
    : String(total);
  return (
    <p>
      <Badge tone={stateWords[state].tone}>{state.replace('_', ' ')}</Badge> {amount}
      {paymentIntentId !== null && (
        <>
          , Stripe’s payment <code>{paymentIntentId}</code>
        </>
      )}
      , of <a href={`/operator/accounts/${accountId}`}>its account</a>
    </p>
  );
}
