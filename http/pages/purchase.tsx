import { formatDecimal, subtract, sum, type Micros } from '../../domain/money.ts';
import type { Purchase } from '../../domain/purchase.ts';
import type { AccountView } from './account-view.ts';
import { FormGuard } from './form-guard.tsx';
import { showOf } from './history.tsx';
import { Instant, Message } from './layout.tsx';
import { BankAsks, declinedHeading, WaitingForBank, WhyNotPaid } from './payment-progress.tsx';
import { StillDueMessage } from './still-due.tsx';

interface PurchaseProperties {
  readonly view: AccountView;
  /** Undefined in the instant before the ledger has a row of it. */
  readonly purchase: Purchase | undefined;
  readonly purchaseId: string;
  /** The bank's page, while it waits for the customer. */
  readonly actionUrl: string | null;
  readonly csrf: string;
  /** True right after the customer asked for the link by mail. */
  readonly linkWasSent: boolean;
}

/** One purchase: its receipt, or how it stands and what to do. */
export function PurchasePage(properties: PurchaseProperties) {
  const { purchase, purchaseId } = properties;
  return (
    <div
      class="stack narrow"
      data-watch={`/billing/purchases/${purchaseId}/state`}
      data-state={purchase?.state ?? 'pending'}
    >
      <Story {...properties} />
    </div>
  );
}

function Story(properties: PurchaseProperties) {
  const { view, purchase, purchaseId } = properties;
  switch (purchase?.state) {
    case undefined:
    case 'pending':
      return waiting;
    case 'requires_action':
      return <Authentication {...properties} />;
    case 'succeeded':
      return <Receipt purchase={purchase} view={view} />;
    case 'declined':
    case 'refused':
    case 'canceled':
    case 'returned':
      return <Failed purchase={purchase} purchaseId={purchaseId} view={view} />;
  }
}

const waiting = <WaitingForBank heading="Your purchase is being made" />;

function Authentication({ actionUrl, purchaseId, csrf, linkWasSent }: PurchaseProperties) {
  return (
    <>
      <BankAsks title="Nothing was charged yet" actionUrl={actionUrl} />
      {linkWasSent ? (
        <p role="status">A new link is on its way to the mail address of your account.</p>
      ) : (
        <form method="post" action={`/billing/purchases/${purchaseId}/authentication-links`}>
          <FormGuard csrf={csrf} />
          <p class="soft small">
            Not now, or on another device?{' '}
            <button class="quiet small">Send me a new link by mail</button>
          </p>
        </form>
      )}
    </>
  );
}

/** Shows what was paid, tax apart, and both uses of the credits (R22, R45). */
function Receipt({ purchase, view }: { readonly purchase: Purchase; readonly view: AccountView }) {
  const { receipt, credits, tax } = purchase;
  const show = showOf(purchase, view);
  if (receipt === null) return waiting;
  const lot = view.lots.find(
    ({ kind, acquiredAtMs }) => kind === 'purchased' && acquiredAtMs === receipt.capturedAtMs,
  );
  return (
    <>
      <h1>Thank you</h1>
      <Message tone="good" title={`You bought ${show(credits)} of credits`}>
        <p>
          {receipt.paidUnbilled > 0 && `${usedWords(receipt.paidUnbilled, credits, show)} `}
          {receipt.paidUnbilled < credits && <LifeOfCredits endsAtMs={lot?.expiresAtMs ?? null} />}
        </p>
      </Message>
      <section class="box stack">
        <div class="row">
          <h2>Receipt {receipt.receiptNumber}</h2>
          <p class="soft small">
            <Instant ms={receipt.capturedAtMs} />
          </p>
        </div>
        <dl class="lines">
          <Line name="Credits" amount={show(credits)} />
          <Line name="Tax" amount={show(tax)} />
          <div class="total">
            <dt>Charged to your card</dt>
            <dd class="amount">{show(sum(credits, tax))}</dd>
          </div>
        </dl>
        <dl class="lines">
          {receipt.paidUnbilled > 0 && (
            <Line name="Paid this month’s usage" amount={show(receipt.paidUnbilled)} />
          )}
          <Line
            name="Added to purchased credits"
            amount={show(subtract(credits, receipt.paidUnbilled))}
          />
        </dl>
        <p class="soft small">
          For {view.name}. Purchase <code>{purchase.purchaseId}</code>
        </p>
      </section>
      <Pots view={view} />
      <StillDueMessage view={view} />
      <div class="actions">
        <a class="button" href="/billing">
          To the overview
        </a>
        <a href={`/billing/purchases/${purchase.purchaseId}/receipt.pdf`}>Receipt as PDF</a>
      </div>
    </>
  );
}

/** What was used before is paid first (R22): nobody is promised credits that are gone. */
function usedWords(used: Micros, credits: Micros, show: (amount: Micros) => string): string {
  return used === credits
    ? 'All of it paid this month’s usage.'
    : `${show(used)} of it paid this month’s usage.`;
}

function LifeOfCredits({ endsAtMs }: { readonly endsAtMs: number | null }) {
  if (endsAtMs === null) return <>What is left never expires.</>;
  return (
    <>
      What is left expires on <Instant ms={endsAtMs} />.
    </>
  );
}

function Pots({ view: { balances, show } }: { readonly view: AccountView }) {
  return (
    <section class="box stack">
      <h2>Your balance now</h2>
      <dl class="lines">
        <Line name="Purchased credits" amount={show(balances.purchased)} />
        <Line name="Free credits" amount={show(balances.free)} />
      </dl>
    </section>
  );
}

function Line({ name, amount }: { readonly name: string; readonly amount: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="amount">{amount}</dd>
    </div>
  );
}

interface FailedProperties {
  readonly purchase: Purchase;
  readonly purchaseId: string;
  readonly view: AccountView;
}

/** What happened in words, and what helps (R14). */
function Failed({ purchase, view }: FailedProperties) {
  const { state, credits, decline, refusal } = purchase;
  const show = showOf(purchase, view);
  return (
    <>
      <h1>{headingOf(purchase)}</h1>
      <WhyNotPaid
        decline={decline}
        refusal={refusal}
        {...(state === 'returned' && { money: 'What was charged goes back to your card in full.' })}
      />
      <p class="soft">
        You wanted to buy {show(credits)} of credits on <Instant ms={purchase.openedAtMs} />.
      </p>
      <div class="actions">
        <a class="button" href={againAddress(purchase, view)}>
          {refusal?.code === 'duplicate_purchase_pending' ? 'Buy it a second time' : 'Try again'}
        </a>
        <a href="/billing/cards">Manage cards</a>
      </div>
    </>
  );
}

function headingOf({ state, decline }: Purchase): string {
  switch (state) {
    case 'declined':
      return declinedHeading(decline);
    case 'canceled':
      return 'The purchase was canceled';
    case 'returned':
      return 'The payment goes back to you';
    case 'refused':
    case 'pending':
    case 'requires_action':
    case 'succeeded':
      return 'Your purchase was not made';
  }
}

function againAddress({ credits, refusal }: Purchase, { money }: AccountView): string {
  const duplicate = refusal?.code === 'duplicate_purchase_pending' ? '&duplicate=yes' : '';
  const amount: Micros = credits;
  return `/billing/buy/confirm?amount=${formatDecimal(amount, money)}${duplicate}`;
}

/** The same form came twice with different details: which of them counted is shown, not guessed. */
export function FormUsedBefore({ purchaseId }: { readonly purchaseId: string }) {
  return (
    <div class="stack narrow">
      <h1>You sent this page before</h1>
      <Message tone="wait" title="Nothing more was charged">
        <p>
          This page was used for a purchase already, with other details. See how it ended first.
        </p>
      </Message>
      <div class="actions">
        <a class="button" href={`/billing/purchases/${purchaseId}`}>
          See that purchase
        </a>
        <a href="/billing/buy">Make another one</a>
      </div>
    </div>
  );
}
