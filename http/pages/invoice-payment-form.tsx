import type { Invoice } from '../../domain/invoices.ts';
import type { CardEntry } from '../dependencies.ts';
import type { AccountView } from './account-view.ts';
import { FormGuard } from './form-guard.tsx';
import { dueWords } from './invoices.tsx';
import { PayWith } from './pay-with.tsx';
import { TextField } from './text-field.tsx';

interface FormProperties {
  readonly view: AccountView;
  readonly invoice: Invoice;
  readonly entry: CardEntry;
  readonly csrf: string;
  readonly idempotencyKey: string;
  readonly returnUrl: string;
  /** What was typed as a part before, where it was refused, and why. */
  readonly refused: { readonly typed: string; readonly message: string } | null;
}

/** A charge for this invoice, all or a part of it: nothing else pays it (R47, R52). */
export function InvoicePaymentForm(properties: FormProperties) {
  const { view, invoice, entry, csrf, idempotencyKey, returnUrl, refused } = properties;
  const { show, money, cards } = view;
  const { invoiceId, number, due } = invoice;
  const payable = cards.length > 0 || entry.kind !== 'unavailable';
  return (
    <>
      <h1>Pay invoice {number}</h1>
      <form
        method="post"
        action={`/billing/invoices/${invoiceId}/payments`}
        class="stack narrow"
        data-sends-once
      >
        <FormGuard csrf={csrf} idempotencyKey={idempotencyKey} />
        <fieldset class="box stack">
          <legend>How much?</legend>
          <p>
            <strong>{dueWords(invoice, view)}</strong>, tax included. This charge pays the invoice
            and buys no credits.
          </p>
          <label class="choice">
            <input type="radio" name="share" value="all" checked={refused === null} />
            All of it: {show(due)}
          </label>
          <label class="choice">
            <input type="radio" name="share" value="part" checked={refused !== null} />A part of it
          </label>
          <div class="part">
            <TextField
              id="part"
              label="The part"
              symbol={money.symbol}
              value={refused?.typed ?? ''}
              error={refused?.message ?? null}
              hint="It lowers what is due. The rest stays due, and is paid by a charge of its own."
            />
          </div>
        </fieldset>
        <PayWith
          view={view}
          entry={entry}
          total={due}
          returnUrl={returnUrl}
          newCardLabel="Another card, for this payment only"
        />
        <div class="actions">
          {payable && <button type="submit">Pay invoice {number}</button>}
          <a href={`/billing/invoices/${invoiceId}`}>Cancel</a>
        </div>
      </form>
    </>
  );
}
