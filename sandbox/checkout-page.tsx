import { tokens } from './cards.ts';
import type { CheckoutSession } from './checkout-session.ts';
import { document } from './layout.tsx';

/** Checkout's hosted page, as far as a card is chosen on it. */
export function checkoutPage(session: CheckoutSession, problem: string | null): string {
  const isPayment = session.mode === 'payment';
  return document(
    'Checkout',
    <main>
      <h1>{isPayment ? 'Pay' : 'Save a card'}</h1>
      {isPayment ? (
        <p>
          {session.amount_total} minor units of {session.currency}
        </p>
      ) : (
        ''
      )}
      {problem === null ? '' : <p class="bad">{problem}</p>}
      {session.status === 'open' ? (
        <form method="post">
          <select name="payment_method">
            {tokens().map((token) => (
              <option>{token}</option>
            ))}
          </select>{' '}
          <button>{isPayment ? 'Pay' : 'Save'}</button>
        </form>
      ) : (
        <p>This session is {session.status}.</p>
      )}
    </main>,
  );
}
