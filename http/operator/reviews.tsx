import type { Review } from '../../client/reviews.ts';
import { currency, isCurrencyCode } from '../../domain/currencies.ts';
import { formatMoney, sum } from '../../domain/money.ts';
import { isFinal, type Purchase } from '../../domain/purchase.ts';
import { parseWorkflowId } from '../../domain/workflow-ids.ts';
import type { TemporalUi } from '../dependencies.ts';
import { FormGuard } from '../pages/form-guard.tsx';
import { stateWords } from '../pages/history.tsx';
import { Badge, Instant, Message } from '../pages/layout.tsx';
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
        <Resolution purchaseId={purchase.purchaseId} csrf={csrf} />
      )}
    </section>
  );
}

function titleOf({ workflowType, workflowId }: Review): string {
  switch (workflowType) {
    case 'purchase':
      return 'A payment whose outcome is not known';
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

/** The update `resolve`, from here or from a terminal. */
function Resolution({ purchaseId, csrf }: { readonly purchaseId: string; readonly csrf: string }) {
  const command =
    `temporal workflow update execute --workflow-id purchase/${purchaseId} --name resolve ` +
    `--input '{"decision":"look_again"}'`;
  const choices = [
    { decision: 'look_again', label: 'Look again', style: '' },
    { decision: 'call_off', label: 'Call it off', style: 'danger' },
  ];
  return (
    <div class="stack tight">
      <p>
        Look the payment up in the Stripe dashboard first. Calling it off has it canceled if it was
        not taken; it is never charged a second time.
      </p>
      <div class="inline-forms">
        {choices.map(({ decision, label, style }) => (
          <form method="post" action={`/operator/reviews/${purchaseId}`} data-sends-once>
            <FormGuard csrf={csrf} />
            <input type="hidden" name="decision" value={decision} />
            <button type="submit" class={style}>
              {label}
            </button>
          </form>
        ))}
      </div>
      <details>
        <summary>From a terminal</summary>
        <code>{command}</code>
      </details>
    </div>
  );
}
