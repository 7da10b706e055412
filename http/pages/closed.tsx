import { unusedCreditsWords } from '../../domain/account-closing.ts';
import type { AccountView } from './account-view.ts';
import { Message } from './layout.tsx';
import { dueOf } from './pots.tsx';

/** What is still open, and what is left, of a closed account (R70). */
export function Closed({ view }: { readonly view: AccountView }) {
  const { account, balances, show } = view;
  const due = dueOf(view);
  return (
    <Message tone="plain" title="This account is closed">
      {unusedCreditsWords(balances.purchased, account.currency).map((sentence) => (
        <p>{sentence}</p>
      ))}
      {due > 0 && (
        <p>
          {show(due)} of its invoices is still to be paid: <a href="/billing/invoices">Invoices</a>
        </p>
      )}
    </Message>
  );
}

/** In place of what could be bought: nobody fills in a form that is refused at its end. */
export function ClosedForPurchases({ view }: { readonly view: AccountView }) {
  return (
    <>
      <h1>Buy credits</h1>
      <Closed view={view} />
      <p>No credits can be bought any more.</p>
    </>
  );
}
