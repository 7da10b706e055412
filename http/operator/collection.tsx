import { serviceStopsAtMs } from '../../domain/collection-times.ts';
import { collectionStepWords } from '../../domain/collection-words.ts';
import type { InvoiceAttempt } from '../../domain/collection.ts';
import { currency } from '../../domain/currencies.ts';
import { dateText } from '../../domain/date-words.ts';
import { isPaymentFinal, type InvoicePayment } from '../../domain/invoice-payments.ts';
import { formatMoney, type Micros } from '../../domain/money.ts';
import { brandName, cardName } from '../../domain/cards.ts';
import { methodNameOf, type SavedCard } from '../../domain/payment-methods.ts';
import { workflowIdOf } from '../../domain/workflow-ids.ts';
import type { CollectionAudit, CollectionStory } from '../../ledger/collection-story.ts';
import type { TemporalUi } from '../dependencies.ts';
import { Badge, Instant, Message, type Tone } from '../pages/layout.tsx';
import { CollectionForms, type RefusedForm } from './collection-forms.tsx';
import { invoiceStateOf, lastDay } from './invoice-state.ts';
import { Resolution } from './resolution.tsx';
import { WorkflowLink } from './workflow-link.tsx';

interface CollectionProperties {
  readonly story: CollectionStory;
  /** The account's, as people know it. */
  readonly name: string;
  readonly csrf: string;
  readonly operationId: string;
  readonly temporalUi: TemporalUi | undefined;
  /** True right after something was done. */
  readonly wasDone: boolean;
  readonly refused: RefusedForm | null;
  /** What could not be done, where no form of {@link CollectionForms} asked for it. */
  readonly error: string | null;
}

/** Stripe mostly answers within seconds: before that nobody has to look. */
const usualWaitMs = 2 * 60_000;

/** One invoice that is, or was, to be paid: what happened, what happens next, what can be done. */
export function CollectionPage(properties: CollectionProperties) {
  const { story, wasDone, csrf, operationId, refused, error } = properties;
  const isUnknown = story.payments.some(
    ({ state, openedAtMs }) => state === 'pending' && story.nowMs - openedAtMs > usualWaitMs,
  );
  return (
    <>
      {wasDone && <Message tone="good" title="It is done." />}
      {error !== null && <Message tone="bad" title={error} />}
      <Head {...properties} />
      <NextStep story={story} />
      <Story story={story} />
      {isUnknown && (
        <section class="box">
          <Resolution
            address={`/operator/collections/${story.invoice.invoiceId}/resolve`}
            csrf={csrf}
          />
        </section>
      )}
      <CollectionForms story={story} csrf={csrf} operationId={operationId} refused={refused} />
    </>
  );
}

function Head({ story, name, temporalUi }: CollectionProperties) {
  const { account, invoice, stored, payments, audit, times, nowMs } = story;
  // One that an operator or the customer began is not on the starter's list.
  const hasRun = stored?.startedAtMs != null || payments.length + audit.length > 0;
  const { invoiceId, number, due, amount } = invoice;
  const isLate = due > 0 && times.pastDueAtMs !== null && nowMs >= times.pastDueAtMs;
  const { word, tone } = invoiceStateOf(invoice, isLate);
  const show = (value: Micros) => formatMoney(value, currency(account.currency));
  return (
    <div class="stack tight">
      <div class="row">
        <h1>
          Invoice <span class="whole">{number}</span>
        </h1>
        <Badge tone={tone}>{word}</Badge>
      </div>
      <p>
        <strong>{show(due)}</strong> of {show(amount)} is still due, to be paid by{' '}
        {lastDay({ dueAtMs: times.pastDueAtMs ?? invoice.dueAtMs })}. Account:{' '}
        <a href={`/operator/accounts/${account.accountId}`}>
          <bdi>{name}</bdi>
        </a>
      </p>
      <p class="small">
        {hasRun ? (
          <WorkflowLink
            workflowId={workflowIdOf('collection', invoiceId)}
            temporalUi={temporalUi}
          />
        ) : (
          <span class="soft">No workflow collects it so far.</span>
        )}
      </p>
    </div>
  );
}

function NextStep({ story }: { readonly story: CollectionStory }) {
  const { step, times, cards, nowMs } = story;
  const card = cards.find(({ isDefault }) => isDefault);
  return (
    <section class="box stack">
      <h2>What happens next</h2>
      <p>{collectionStepWords(step)}</p>
      {step.step !== 'over' && (
        <dl class="lines">
          <div>
            <dt>Card that is charged</dt>
            <dd>{card === undefined ? 'none is on file' : cardName(card.card)}</dd>
          </div>
          <Time name="Past due" atMs={times.pastDueAtMs} nowMs={nowMs} />
          <Time name="It refuses service" atMs={serviceStopsAtMs(times, nowMs)} nowMs={nowMs} />
          <Time name="It is given up" atMs={times.giveUpAtMs} nowMs={nowMs} />
        </dl>
      )}
    </section>
  );
}

interface TimeProperties {
  readonly name: string;
  readonly atMs: number | null;
  readonly nowMs: number;
}

function Time({ name, atMs, nowMs }: TimeProperties) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {atMs === null ? (
          'not while it is paused'
        ) : (
          <>
            {atMs <= nowMs ? 'since ' : 'from '}
            <Instant ms={atMs} />
          </>
        )}
      </dd>
    </div>
  );
}

interface Line {
  readonly atMs: number;
  readonly tone: Tone;
  readonly word: string;
  readonly words: string;
}

/** All that happened, oldest first. */
function Story({ story }: { readonly story: CollectionStory }) {
  const lines = linesOf(story);
  return (
    <section class="box stack">
      <h2>What happened</h2>
      <ul class="list">
        {lines.map(({ atMs, tone, word, words }) => (
          <li>
            <span class="soft small">
              <Instant ms={atMs} />
            </span>
            <span class="story-words">
              <Badge tone={tone}>{word}</Badge> {words}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function linesOf({ account, invoice, attempts, payments, cards, audit }: CollectionStory): Line[] {
  const show = (value: Micros) => formatMoney(value, currency(account.currency));
  const issued: Line = {
    ...{ atMs: invoice.issuedAtMs, tone: 'plain', word: 'issued' },
    words: `${show(invoice.amount)}, tax included.`,
  };
  return [
    issued,
    ...attempts.map((attempt) => lineOfAttempt(attempt, cards, show)),
    ...payments.flatMap((payment) => lineOfPayment(payment, attempts, show)),
    ...audit.map(lineOfAudit),
  ].toSorted((a, b) => a.atMs - b.atMs);
}

/** Codes stand here as they came: what a customer may not be told, an operator has to know. */
function lineOfAttempt(
  attempt: InvoiceAttempt,
  cards: readonly SavedCard[],
  show: (amount: Micros) => string,
): Line {
  const { attemptedAtMs: atMs, amount, method, outcome, origin } = attempt;
  const saved = cards.find((card) => methodNameOf(card) === method);
  const by = saved === undefined ? unknownCard(attempt) : cardName(saved.card);
  const who = { scheduled: 'by itself', customer: 'by the customer', operator: 'by an operator' };
  const words = `${show(amount)} to ${by}, ${who[origin]}`;
  if (outcome === 'succeeded') return { atMs, tone: 'good', word: 'paid', words: `${words}.` };
  if (outcome === 'authentication_failed') {
    return { atMs, tone: 'bad', word: 'not confirmed', words: `${words}.` };
  }
  const { declineCode, adviceCode, networkDeclineCode, networkAdviceCode } = attempt;
  const codes = [
    declineCode,
    ...(adviceCode === null ? [] : [`advice ${adviceCode}`]),
    ...(networkDeclineCode === null ? [] : [`network ${networkDeclineCode}`]),
    ...(networkAdviceCode === null ? [] : [`network’s advice ${networkAdviceCode}`]),
  ];
  return { atMs, tone: 'bad', word: 'declined', words: `${words}: ${codes.join(', ')}.` };
}

function unknownCard({ cardBrand }: InvoiceAttempt): string {
  return cardBrand === null ? 'another card' : `a ${brandName(cardBrand)} that is not on file`;
}

/** Of payments only what no charge tells: one under way, and one that ended without a charge. */
function lineOfPayment(
  payment: InvoicePayment,
  attempts: readonly InvoiceAttempt[],
  show: (amount: Micros) => string,
): Line[] {
  const { state, amount, openedAtMs, finalAtMs, chargeId } = payment;
  const words = show(amount);
  if (!isPaymentFinal(state)) {
    const word = state === 'pending' ? 'under way' : 'waits for the customer';
    return [{ atMs: openedAtMs, tone: 'wait', word, words: `${words}.` }];
  }
  // One that ended with a charge is told by its attempt.
  const isTold = chargeId !== null && attempts.some((attempt) => attempt.chargeId === chargeId);
  if (isTold || state === 'succeeded' || state === 'declined') return [];
  const why = payment.refusal?.message ?? payment.decline?.reason ?? '';
  return [{ atMs: finalAtMs ?? openedAtMs, tone: 'bad', word: state, words: `${words}. ${why}` }];
}

function lineOfAudit({ actor, action, detail, occurredAtMs }: CollectionAudit): Line {
  const { reason, untilMs, retryAfterDays } = detail;
  const parts = [
    `by ${actor.replace('operator:', '')}`,
    ...(typeof untilMs === 'number' ? [`until the end of ${dateText(untilMs - 1)}`] : []),
    ...(Array.isArray(retryAfterDays) ? [`days ${retryAfterDays.join(', ')}`] : []),
    ...(typeof reason === 'string' ? [`“${reason}”`] : []),
  ];
  const word = action.replace('collection.', '').replace('_', ' ');
  return { atMs: occurredAtMs, tone: 'plain', word, words: `${parts.join(', ')}.` };
}
