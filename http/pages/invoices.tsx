import { dateText, monthText } from '../../domain/date-words.ts';
import { hasCardOn, netOf, type PostedLine } from '../../domain/invoice-document.ts';
import type { Invoice } from '../../domain/invoices.ts';
import type { Reckoning } from '../../domain/invoice-reckoning.ts';
import { sum } from '../../domain/money.ts';
import { howToPayNow, lastDayToPay, pastDueSince } from '../../domain/payment-plan.ts';
import type { Period } from '../../domain/period.ts';
import type { InvoicePayment } from '../../domain/invoice-payments.ts';
import { isPastDue, serviceNote, stillDueOf } from '../../domain/still-due.ts';
import type { ShownInvoice } from '../../ledger/shown-invoices.ts';
import type { AccountView } from './account-view.ts';
import { Headings } from './headings.tsx';
import { InvoicePayments } from './invoice-payment.tsx';
import { InvoiceLines, InvoiceSums } from './invoice-lines.tsx';
import { Badge, Message, type Tone } from './layout.tsx';
import { PdfLink } from './pdf-link.tsx';

/** An invoice's state in a word, and the colour that goes with it. */
export function stateOf(
  invoice: Pick<Invoice, 'state' | 'amount'>,
  isLate: boolean,
): { readonly word: string; readonly tone: Tone } {
  if (isLate) return { word: 'Past due', tone: 'bad' };
  switch (invoice.state) {
    case 'open':
      return { word: 'To be paid', tone: 'wait' };
    case 'paid':
      return { word: invoice.amount === 0 ? 'Nothing to pay' : 'Paid', tone: 'good' };
    case 'void':
      return { word: 'Void', tone: 'plain' };
    case 'uncollectible':
      return { word: 'Not collected', tone: 'bad' };
    case 'forgiven':
      return { word: 'Forgiven', tone: 'plain' };
  }
}

interface ListProperties {
  readonly view: AccountView;
  readonly invoices: readonly Invoice[];
  readonly nextBefore: number | null;
  /** The month so far; only on the first page, and of an account that is open. */
  readonly preview: (Reckoning & { period: Period; lines: readonly PostedLine[] }) | null;
}

/** All invoices, newest first, and what the next one would be (R63). */
export function Invoices({ view, invoices, nextBefore, preview }: ListProperties) {
  return (
    <>
      <h1>Invoices</h1>
      {preview !== null && (
        <section class="box stack" id="preview">
          <div class="row">
            <h2>{monthText(preview.period)} so far</h2>
            <p class="soft small">
              The invoice as it would be now. It changes until the month ends.
            </p>
          </div>
          {preview.lines.length === 0 && <p class="soft">Nothing was used yet.</p>}
          <InvoiceLines lines={preview.lines} period={preview.period} view={view} csvPath={null} />
          <InvoiceSums
            view={view}
            lines={preview.lines}
            broughtForward={preview.broughtForward}
            credits={sum(
              ...[...preview.packCredits, ...preview.credits].map(({ amount }) => amount),
            )}
            carriedForward={sum(...preview.carried.map(({ amount }) => amount))}
            carriedTo={preview.carriedTo}
            net={sum(...preview.net.map(({ amount }) => amount))}
            tax={preview.tax}
          />
          {preview.amount > 0 && (
            <p class="soft small">
              It would be charged to {hasCardOn(view, preview.chargeAtMs) ? 'your' : 'a'} card on
              file on {dateText(preview.chargeAtMs)}.
            </p>
          )}
        </section>
      )}
      <section class="box stack">
        <h2>Issued</h2>
        {invoices.length === 0 ? (
          <p class="soft">
            No invoice yet. Each month with usage gets one, on the 1st of the next month.
          </p>
        ) : (
          <InvoiceTable view={view} invoices={invoices} />
        )}
        {nextBefore !== null && (
          <div class="actions">
            <a href={`/billing/invoices?before=${nextBefore}`}>Older</a>
          </div>
        )}
      </section>
    </>
  );
}

function InvoiceTable({ view, invoices }: Pick<ListProperties, 'view' | 'invoices'>) {
  const { show } = view;
  return (
    <table class="folds">
      <Headings words={['Month', 'Invoice', 'State']} numbers={['Amount', 'Still due']} />
      <tbody>
        {invoices.map((invoice) => {
          const { invoiceId, number, kind, period, amount, due } = invoice;
          const { word, tone } = stateOf(invoice, isPastDue(invoice, view));
          return (
            <tr>
              <td class="when">
                {period === null ? dateText(invoice.issuedAtMs) : monthText(period)}
                {kind === 'final' && ', final'}
              </td>
              <td class="receipt">
                <a href={`/billing/invoices/${invoiceId}`}>{number}</a>
                {period !== null && (
                  <>
                    {' '}
                    <PdfLink
                      href={`/billing/invoices/${invoiceId}/invoice.pdf`}
                      name={`Invoice ${number}`}
                    />
                  </>
                )}
              </td>
              <td class="state">
                <Badge tone={tone}>{word}</Badge>
              </td>
              <td class="number credits">{show(amount)}</td>
              <td class="number due">{show(due)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

interface InvoiceProperties {
  readonly view: AccountView;
  readonly shown: ShownInvoice;
  /** The latest of them, newest first. */
  readonly payments: readonly InvoicePayment[];
}

/** One invoice: what it asks for, how it is paid, and what it is made of (R42). */
export function InvoicePage({ view, shown, payments }: InvoiceProperties) {
  const { invoice, lines, credits, creditNotes, replacedBy, replacesNumber } = shown;
  const { invoiceId, number, period, replaces } = invoice;
  const path = `/billing/invoices/${invoiceId}`;
  const { word, tone } = stateOf(invoice, isPastDue(invoice, view));
  return (
    <>
      <div class="row">
        <h1>
          {invoice.kind === 'final' ? 'Final invoice' : 'Invoice'}{' '}
          <span class="whole">{number}</span>
        </h1>
        <Badge tone={tone}>{word}</Badge>
      </div>
      <Standing view={view} invoice={invoice} />
      <InvoicePayments view={view} invoice={invoice} payments={payments} />
      {replacedBy !== null && (
        <p>
          In its place:{' '}
          <a href={`/billing/invoices/${replacedBy.invoiceId}`}>{replacedBy.number}</a>
        </p>
      )}
      {replaces !== null && (
        <p class="soft">
          It takes the place of <a href={`/billing/invoices/${replaces}`}>{replacesNumber}</a>.
        </p>
      )}
      {period === null ? (
        <p class="soft">It was issued before your account came here; its document is there.</p>
      ) : (
        <section class="box stack">
          <div class="row">
            <h2>Usage in {monthText(period)}</h2>
            <p class="actions">
              <a href={`${path}/invoice.pdf`}>PDF</a>
              <a href={`${path}/lines.csv`}>CSV</a>
            </p>
          </div>
          <InvoiceLines lines={lines} period={period} view={view} csvPath={`${path}/lines.csv`} />
          <InvoiceSums
            {...invoice}
            view={view}
            lines={lines}
            credits={sum(...credits.map(({ amount }) => amount))}
            net={netOf(invoice)}
          />
        </section>
      )}
      {creditNotes.length > 0 && (
        <section class="box stack">
          <h2>Credit notes</h2>
          <dl class="lines">
            {creditNotes.map(({ creditNoteId, number: note, net, tax, reason }) => (
              <div>
                <dt>
                  <a href={`/billing/credit-notes/${creditNoteId}/credit-note.pdf`}>{note}</a>:{' '}
                  {reason}
                </dt>
                <dd class="amount">−{view.show(sum(net, tax))}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      <p>
        <a href="/billing/invoices">To all invoices</a>
      </p>
    </>
  );
}

function Standing({ view, invoice }: { view: AccountView; invoice: Invoice }) {
  const { show, nowMs } = view;
  const { due, state, amount, voidedAtMs, paid } = invoice;
  const isLate = isPastDue(invoice, view);
  const { tone } = stateOf(invoice, isLate);
  if (state === 'void') {
    return (
      <Message tone="plain" title="This invoice is void">
        <p>
          It was taken back{voidedAtMs === null ? '' : ` on ${dateText(voidedAtMs)}`}. Nothing is to
          be paid on it.
        </p>
      </Message>
    );
  }
  if (due === 0) {
    return (
      <Message
        tone={tone}
        title={amount === 0 ? 'There is nothing to pay' : 'Nothing more is to be paid'}
      >
        {amount === 0 && <p>It records what you used and what paid for it.</p>}
        {paid > 0 && <p>{show(paid)} of it was paid by card.</p>}
        {state === 'forgiven' && <p>What was left of it is no longer asked for.</p>}
      </Message>
    );
  }
  const open = view.openInvoices.find(({ invoiceId }) => invoiceId === invoice.invoiceId);
  const service = serviceNoteOf(invoice, view);
  return (
    <Message tone={isLate ? 'bad' : 'wait'} title={dueWords(invoice, view)}>
      {paid > 0 && <p>{show(paid)} of it is paid.</p>}
      {service !== null && <p>{service}</p>}
      {open !== undefined && howToPayNow(open, view).map((sentence) => <p>{sentence}</p>)}
      <p class="actions">
        <a class="button" href={`/billing/invoices/${invoice.invoiceId}/pay`}>
          Pay now
        </a>
        {!hasCardOn(view, isLate ? nowMs : (invoice.chargeAtMs ?? nowMs)) && (
          <a href="/billing/cards">Add a card</a>
        )}
      </p>
    </Message>
  );
}

/** How much, and by or since when: a pause moves that day (R50). */
export function dueWords({ invoiceId, due }: Invoice, view: AccountView): string {
  const { openInvoices, policy, show } = view;
  const open = openInvoices.find((one) => one.invoiceId === invoiceId);
  if (open === undefined) return `${show(due)} to be paid`;
  if (isPastDue(open, view)) {
    return `${show(due)} is past due since ${pastDueSince(open, policy) ?? ''}`;
  }
  const lastDay = lastDayToPay(open, policy);
  return `${show(due)} to be paid${lastDay === null ? '' : ` by ${lastDay}`}`;
}

/** When service stops for this invoice alone; null where it is not past due. */
function serviceNoteOf({ invoiceId }: Invoice, view: AccountView): string | null {
  const openInvoices = view.openInvoices.filter((open) => open.invoiceId === invoiceId);
  const stillDue = stillDueOf({ ...view, openInvoices });
  return stillDue && serviceNote(stillDue, view.nowMs);
}
