import { currency, isCurrencyCode } from '../../domain/currencies.ts';
import { formatMoney, sum } from '../../domain/money.ts';
import type { Purchase } from '../../domain/purchase.ts';
import { Message } from './layout.tsx';
import { PayEnded, PayPage, staleTitles, type PaymentEnd, type StaleState } from './pay-page.tsx';

/** Shown instead of the bank's page at once where a program, not a person, may be looking. */
export function GoOn({ purchase, action }: { purchase: Purchase; action: string }) {
  return (
    <PayPage title="Confirm your payment">
      <Message tone="wait" title="Your bank asks you to confirm">
        <p>
          You asked for {creditsOf(purchase)} of credits; {totalOf(purchase)} will be charged. Until
          you confirm, nothing is charged. This link works once.
        </p>
        <form method="post" action={action} class="actions">
          <button class="button">Confirm with your bank</button>
        </form>
      </Message>
    </PayPage>
  );
}

interface StaleProperties {
  readonly purchase: Purchase;
  readonly state: StaleState;
  /** Where a new link is asked for. */
  readonly renewal: string;
}

/** The link leads nowhere any more, but the bank still waits. */
export function StaleLink({ purchase, state, renewal }: StaleProperties) {
  return (
    <PayPage title="Link no longer valid">
      <Message tone="wait" title={staleTitles[state]}>
        <p>
          Your purchase of {creditsOf(purchase)} of credits still waits for your bank’s
          confirmation. Nothing was charged yet.
        </p>
        {state !== 'expired' && (
          <form method="post" action={renewal} class="actions">
            <button class="button">Send me a new link</button>
          </form>
        )}
        <p class="soft small">
          {state === 'expired'
            ? 'The time for it is over: the purchase is being canceled. Buy again from your billing page.'
            : 'It goes to the mail address of the account. You can also confirm on your billing page.'}
        </p>
      </Message>
    </PayPage>
  );
}

export function NewLinkSent({ to }: { readonly to: string }) {
  return (
    <PayPage title="New link">
      <Message tone="good" title="A new link is on its way">
        <p>
          It goes to {to}, at most once every few minutes. Older links no longer work once it is
          there.
        </p>
      </Message>
    </PayPage>
  );
}

/** Between the bank's page and the final word: Stripe has not told yet. */
export function StillPending({ address }: { address: string }) {
  return (
    <PayPage title="Payment under way">
      <Message tone="wait" title="We are waiting for the bank’s answer">
        <p>It usually takes seconds. You also get a mail when it is final.</p>
        <div class="actions">
          <a class="button" href={address}>
            Look again
          </a>
        </div>
      </Message>
    </PayPage>
  );
}

/** A final purchase: its links are dead, and this says why and what comes next (R13). */
export function Ended({ purchase }: { purchase: Purchase }) {
  return <PayEnded {...endingOf(purchase)} />;
}

function endingOf(purchase: Purchase): PaymentEnd {
  const { state, decline, refusal } = purchase;
  const credits = creditsOf(purchase);
  switch (state) {
    case 'succeeded':
      return {
        tone: 'good',
        title: 'Already paid',
        words: `${credits} of credits are in the account; the receipt came by mail. There is nothing left to do.`,
      };
    case 'returned':
      return {
        tone: 'bad',
        title: 'The payment goes back to the card',
        words: `${refusal?.message ?? ''} Banks usually show it after 5 to 10 working days. There is nothing left to do.`,
      };
    case 'declined':
      return {
        tone: 'bad',
        title: 'The payment was declined',
        words: `Nothing was charged. ${decline?.whatToDo ?? ''} You can buy again from the billing page.`,
      };
    case 'refused':
    case 'canceled':
    case 'pending':
    case 'requires_action':
      return {
        tone: 'bad',
        title: 'The purchase was canceled',
        words: `${refusal?.message ?? ''} You can buy again from the billing page.`,
      };
  }
}

function creditsOf({ credits, currency: code }: Purchase): string {
  return isCurrencyCode(code) ? formatMoney(credits, currency(code)) : code;
}

function totalOf({ credits, tax, currency: code }: Purchase): string {
  return isCurrencyCode(code) ? formatMoney(sum(credits, tax), currency(code)) : code;
}
