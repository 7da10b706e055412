import { cardName, isExpired } from '../../domain/cards.ts';
import { monthText } from '../../domain/date-words.ts';
import type { DeclineExplanation } from '../../domain/declines.ts';
import type { Refusal } from '../../domain/failures.ts';
import type { Invoice } from '../../domain/invoices.ts';
import type { Micros } from '../../domain/money.ts';
import type { SavedCard } from '../../domain/payment-methods.ts';
import { Message } from './layout.tsx';
import { declinedHeading } from './payment-progress.tsx';
import { PayEnded, PayPage, staleTitles, type PaymentEnd, type StaleState } from './pay-page.tsx';

interface LinkProperties {
  readonly invoice: Invoice;
  /** Writes an amount of the invoice's currency. */
  readonly money: (amount: Micros) => string;
}

interface PayInvoiceProperties extends LinkProperties {
  /** The default card on file; null: there is none. */
  readonly card: SavedCard | null;
  /** The account's own time. */
  readonly nowMs: number;
  readonly action: string;
}

/** What a mailed link opens: the invoice, and the card it would be charged to (R47). */
export function PayInvoice({ invoice, money, card, nowMs, action }: PayInvoiceProperties) {
  const { number, period, due } = invoice;
  const amount = money(due);
  const canCharge = card !== null && !isExpired(card.card, nowMs);
  return (
    <PayPage title={`Pay invoice ${number}`}>
      <section class="box stack">
        <h2>Invoice {number}</h2>
        <p>
          <strong>{amount}</strong> is to be paid
          {period === null ? '' : ` for usage in ${monthText(period)}`}. Only a card pays an
          invoice: credits do not, neither those you have nor new ones.
        </p>
        {card !== null && !canCharge && <p>{cardName(card.card)} has expired.</p>}
        {card === null && <p>There is no card on file.</p>}
        <div class="actions">
          {canCharge && (
            <form method="post" action={action}>
              <input type="hidden" name="paymentMethod" value={card.paymentMethodId} />
              <button class="button">
                Pay {amount} with {cardName(card.card)}
              </button>
            </form>
          )}
          <AnotherCard invoice={invoice} />
        </div>
        <p class="soft small">
          This link works once. Your bank may ask you to confirm. Prepaid cards are not supported.
        </p>
      </section>
    </PayPage>
  );
}

function AnotherCard({ invoice: { invoiceId } }: Pick<LinkProperties, 'invoice'>) {
  return (
    <a class="button quiet" href={`/billing/invoices/${invoiceId}`}>
      Use another card
    </a>
  );
}

export function GoToBank({ actionUrl }: { readonly actionUrl: string }) {
  return (
    <PayPage title="Confirm with your bank">
      <Message tone="wait" title="Your bank asks you to confirm">
        <p>You are being sent to your bank’s page. Until you confirm there, nothing is charged.</p>
        <div class="actions">
          <a class="button" href={actionUrl}>
            Go on to your bank
          </a>
        </div>
      </Message>
    </PayPage>
  );
}

interface StaleProperties extends LinkProperties {
  readonly state: StaleState;
  /** Where a new link is asked for. */
  readonly renewal: string;
}

/** The link leads nowhere any more, but the invoice is still to be paid. */
export function StaleInvoiceLink({ invoice, money, state, renewal }: StaleProperties) {
  return (
    <PayPage title="Link no longer valid">
      <Message tone="wait" title={staleTitles[state]}>
        <p>
          {money(invoice.due)} of invoice {invoice.number} is still to be paid.
        </p>
        <PayAgain invoice={invoice} renewal={renewal} />
      </Message>
    </PayPage>
  );
}

function PayAgain({ invoice, renewal }: Pick<StaleProperties, 'invoice' | 'renewal'>) {
  return (
    <>
      <div class="actions">
        <form method="post" action={renewal}>
          <button class="button">Send me a new link</button>
        </form>
        <AnotherCard invoice={invoice} />
      </div>
      <p class="soft small">
        The new link goes to the address that gets the invoices. You can also pay on your billing
        page, with the card on file or another one.
      </p>
    </>
  );
}

interface NotPaidProperties extends LinkProperties {
  readonly why: DeclineExplanation | Refusal;
  readonly renewal: string;
}

/** Nothing was charged: why, and the ways that are left (R14). */
export function NotPaid({ invoice, money, why, renewal }: NotPaidProperties) {
  const isDecline = 'whatToDo' in why;
  return (
    <PayPage title="Not paid">
      <Message tone="bad" title={isDecline ? declinedHeading(why) : 'Nothing was charged'}>
        <p>
          {isDecline ? `${why.reason} Nothing was charged. ${why.whatToDo}` : why.message}{' '}
          {money(invoice.due)} of invoice {invoice.number} is still to be paid.
        </p>
        <PayAgain invoice={invoice} renewal={renewal} />
      </Message>
    </PayPage>
  );
}

/** Nothing is to be paid any more: its links are dead, and this says why (R13). */
export function InvoiceEnded({ invoice }: Pick<LinkProperties, 'invoice'>) {
  return <PayEnded tone="good" {...endingOf(invoice)} />;
}

function endingOf({ state, number }: Invoice): Omit<PaymentEnd, 'tone'> {
  const nothing = 'Nothing is to be paid on it, and nothing will be charged.';
  switch (state) {
    case 'void':
      return {
        title: 'This invoice is void',
        words: `Invoice ${number} was taken back. ${nothing}`,
      };
    case 'forgiven':
      return {
        title: 'Nothing is to be paid any more',
        words: `The rest of invoice ${number} is no longer asked for. ${nothing}`,
      };
    case 'paid':
    case 'open':
    case 'uncollectible':
      return {
        title: 'This invoice is paid',
        words: `Nothing more is to be paid on invoice ${number}. There is nothing left to do.`,
      };
  }
}
