import type { InvoicePayment } from '../../domain/invoice-payments.ts';
import type { Invoice } from '../../domain/invoices.ts';
import type { AccountView } from './account-view.ts';
import { Badge, Instant, Message, type Tone } from './layout.tsx';
import { BankAsks, declinedHeading, WaitingForBank, WhyNotPaid } from './payment-progress.tsx';
import { PastDueBanner } from './still-due.tsx';

interface PaymentProperties {
  readonly view: AccountView;
  readonly invoice: Invoice;
  /** Undefined before the ledger has a row of it, and where it was refused at once. */
  readonly payment: InvoicePayment | undefined;
  readonly paymentId: string;
  /** The bank's page, while it waits for the customer. */
  readonly actionUrl: string | null;
}

/** One payment of an invoice: how it stands, and what to do. */
export function InvoicePaymentPage(properties: PaymentProperties) {
  const { invoice, payment, paymentId } = properties;
  const path = `/billing/invoices/${invoice.invoiceId}`;
  return (
    <div
      class="stack narrow"
      data-watch={`${path}/payments/${paymentId}/state`}
      data-state={payment?.state ?? 'pending'}
    >
      <Story {...properties} />
      <p>
        <a href={path}>To invoice {invoice.number}</a>
      </p>
    </div>
  );
}

function Story({ view, invoice, payment, actionUrl }: PaymentProperties) {
  switch (payment?.state) {
    case undefined:
    case 'pending':
      return <WaitingForBank heading={`Invoice ${invoice.number} is being paid`} />;
    case 'requires_action':
      return <BankAsks title={`Invoice ${invoice.number} is not paid yet`} actionUrl={actionUrl} />;
    case 'succeeded':
      return <Paid view={view} invoice={invoice} payment={payment} />;
    case 'declined':
    case 'refused':
    case 'canceled':
      return <NotPaid invoice={invoice} payment={payment} view={view} />;
  }
}

interface EndedProperties {
  readonly view: AccountView;
  readonly invoice: Invoice;
  readonly payment: InvoicePayment;
}

function Paid({ view, invoice, payment }: EndedProperties) {
  const { show, access } = view;
  const { number, due } = invoice;
  return (
    <>
      <h1>Thank you</h1>
      <Message
        tone="good"
        title={
          due === 0
            ? `Invoice ${number} is paid`
            : `${show(payment.amount)} of invoice ${number} is paid`
        }
      >
        <p>Your card was charged {show(payment.amount)}.</p>
        {due > 0 && <p>{show(due)} of it is still due.</p>}
        {due === 0 && access.allowed && <p>Your requests can run.</p>}
      </Message>
      <PastDueBanner view={view} />
      <div class="actions">
        <a class="button" href="/billing">
          To the overview
        </a>
        {due > 0 && (
          <a href={`/billing/invoices/${invoice.invoiceId}/pay`}>Pay the rest: {show(due)}</a>
        )}
      </div>
    </>
  );
}

/** What happened in words, and what helps (R14). */
function NotPaid({ view, invoice, payment }: EndedProperties) {
  const { state, decline, refusal } = payment;
  const { due } = invoice;
  return (
    <>
      <h1>{state === 'declined' ? declinedHeading(decline) : 'The invoice was not paid'}</h1>
      <WhyNotPaid decline={decline} refusal={refusal} />
      {due > 0 && (
        <>
          <p class="soft">
            {view.show(due)} of invoice {invoice.number} is still due.
          </p>
          <div class="actions">
            <a class="button" href={`/billing/invoices/${invoice.invoiceId}/pay`}>
              Try again, or with another card
            </a>
            <a href="/billing/cards">Manage cards</a>
          </div>
        </>
      )}
    </>
  );
}

const stateWords = {
  pending: { word: 'Pending', tone: 'wait' },
  requires_action: { word: 'Waits for you', tone: 'wait' },
  succeeded: { word: 'Paid', tone: 'good' },
  declined: { word: 'Declined', tone: 'bad' },
  refused: { word: 'Not charged', tone: 'bad' },
  canceled: { word: 'Canceled', tone: 'plain' },
} as const satisfies Record<InvoicePayment['state'], { word: string; tone: Tone }>;

/** A bank that only asks for its customer has declined nothing yet (R13). */
function PaymentState({ state, decline }: Pick<InvoicePayment, 'state' | 'decline'>) {
  const { word, tone } = stateWords[state];
  return <Badge tone={tone}>{decline?.class === 'authentication' ? 'Not confirmed' : word}</Badge>;
}

interface PaymentsProperties {
  readonly view: AccountView;
  readonly invoice: Invoice;
  /** The latest of them, newest first. */
  readonly payments: readonly InvoicePayment[];
}

/** What was charged, or tried, for an invoice. */
export function InvoicePayments({ view, invoice, payments }: PaymentsProperties) {
  if (payments.length === 0) return <></>;
  return (
    <section class="box stack" id="payments">
      <h2>Payments</h2>
      <ul class="list">
        {payments.map(({ paymentId, state, amount, openedAtMs, origin, decline, refusal }) => (
          <li>
            <span class="soft small">
              <Instant ms={openedAtMs} />
              {origin === 'scheduled' && ', automatic'}
            </span>
            <span class="story-words">
              <PaymentState state={state} decline={decline} />{' '}
              <a href={`/billing/invoices/${invoice.invoiceId}/payments/${paymentId}`}>
                {view.show(amount)}
              </a>
              <span class="soft small"> {decline?.reason ?? refusal?.message ?? ''}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
