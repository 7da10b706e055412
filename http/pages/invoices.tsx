import { dateText, monthText } from '../../domain/date-words.ts';
import { isPastDue } from '../../domain/invoice-answer.ts';
import {
  hasCardOn,
  howToPay,
  netOf,
  usageLineOf,
  type PostedLine,
} from '../../domain/invoice-document.ts';
import type { Invoice } from '../../domain/invoices.ts';
import type { Reckoning } from '../../domain/invoicing.ts';
import { sum, type Micros } from '../../domain/money.ts';
import type { Period } from '../../domain/period.ts';
import type { ShownInvoice } from '../../ledger/shown-invoices.ts';
import type { AccountView } from './account-view.ts';
import { Badge, Message, type Tone } from './layout.tsx';

/** More are in the CSV: a page of ten thousand rows helps nobody. */
const linesShown = 200;

/** An invoice's state in a word, and the colour that goes with it. */
export function stateOf(
  invoice: Invoice,
  nowMs: number,
): { readonly word: string; readonly tone: Tone } {
  if (isPastDue(invoice, nowMs)) return { word: 'Past due', tone: 'bad' };
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

/** The due date is the instant that the last day ends. */
export function lastDay({ dueAtMs }: Pick<Invoice, 'dueAtMs'>): string {
  return dateText(dueAtMs - 1);
}

interface ListProperties {
  readonly view: AccountView;
  readonly invoices: readonly Invoice[];
  readonly nextBefore: number | null;
  /** The month so far; only on the first page. */
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
          <Lines lines={preview.lines} period={preview.period} view={view} csvPath={null} />
          <Sums
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
  const { show, nowMs } = view;
  return (
    <table class="folds">
      <thead>
        <tr>
          <th scope="col">Month</th>
          <th scope="col">Invoice</th>
          <th scope="col">State</th>
          <th scope="col" class="number">
            Amount
          </th>
          <th scope="col" class="number">
            Still due
          </th>
        </tr>
      </thead>
      <tbody>
        {invoices.map((invoice) => {
          const { invoiceId, number, period, amount, due } = invoice;
          const { word, tone } = stateOf(invoice, nowMs);
          return (
            <tr>
              <td class="when">
                {period === null ? dateText(invoice.issuedAtMs) : monthText(period)}
              </td>
              <td class="receipt">
                <a href={`/billing/invoices/${invoiceId}`}>{number}</a>
                {period !== null && (
                  <>
                    {' '}
                    <a
                      href={`/billing/invoices/${invoiceId}/invoice.pdf`}
                      aria-label={`Invoice ${number} as PDF`}
                    >
                      PDF
                    </a>
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

/** One invoice: what it asks for, how it is paid, and what it is made of (R42). */
export function InvoicePage({ view, shown }: { view: AccountView; shown: ShownInvoice }) {
  const { invoice, lines, credits, creditNotes, replacedBy, replacesNumber } = shown;
  const { invoiceId, number, period, replaces } = invoice;
  const path = `/billing/invoices/${invoiceId}`;
  return (
    <>
      <h1>
        {invoice.kind === 'final' ? 'Final invoice' : 'Invoice'} {number}
      </h1>
      <Standing view={view} invoice={invoice} />
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
          <Lines lines={lines} period={period} view={view} csvPath={`${path}/lines.csv`} />
          <Sums
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
  const { due, state, amount, voidedAtMs } = invoice;
  const { tone } = stateOf(invoice, nowMs);
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
      <Message tone={tone} title={amount === 0 ? 'There is nothing to pay' : 'It is settled'}>
        {amount === 0 && <p>It records what you used and what paid for it.</p>}
      </Message>
    );
  }
  if (isPastDue(invoice, nowMs)) {
    return (
      <Message tone="bad" title={`${show(due)} is past due since ${lastDay(invoice)}`}>
        <p>It is paid by a charge to a card for this invoice. Credits never pay it.</p>
        {!hasCardOn(view, nowMs) && <NoCard />}
      </Message>
    );
  }
  return (
    <Message tone="wait" title={`${show(due)} to be paid by ${lastDay(invoice)}`}>
      {howToPay(invoice, view).map((sentence) => (
        <p>{sentence}</p>
      ))}
      {!hasCardOn(view, invoice.chargeAtMs ?? nowMs) && <NoCard />}
    </Message>
  );
}

function NoCard() {
  return (
    <p>
      <a href="/billing/cards">Add a card</a>
    </p>
  );
}

interface LinesProperties {
  readonly view: AccountView;
  readonly lines: readonly PostedLine[];
  readonly period: Period;
  /** Where all lines are; null: nowhere else. */
  readonly csvPath: string | null;
}

function Lines({ view, lines, period, csvPath }: LinesProperties) {
  const { show, account } = view;
  if (lines.length === 0) return <></>;
  const more = lines.length - linesShown;
  return (
    <>
      <div class="scroll" tabindex={0} role="region" aria-label="Usage">
        <table class="usage-lines">
          <thead>
            <tr>
              <th scope="col">Usage</th>
              {['Quantity', 'Cost', 'Free', 'Purchased', 'To pay'].map((heading) => (
                <th scope="col" class="number">
                  {heading}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.slice(0, linesShown).map((posted) => {
              const line = usageLineOf(posted);
              return (
                <tr>
                  <td>
                    <span class="model-name">{line.model}</span>
                    <span class="soft small">
                      {line.price === null
                        ? line.meter
                        : `${account.currency.toUpperCase()} ${line.price}`}
                      {line.usagePeriod !== period && ` · used in ${monthText(line.usagePeriod)}`}
                      {line.writtenOff !== 0 && ` · ${show(line.writtenOff)} not charged`}
                    </span>
                  </td>
                  <td class="number">{line.quantity ?? ''}</td>
                  <td class="number">{show(line.cost)}</td>
                  <td class="number">{show(line.free)}</td>
                  <td class="number">{show(line.purchased)}</td>
                  <td class="number">{show(line.unbilled)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {more > 0 && (
        <p class="soft small">
          {more} more lines
          {csvPath !== null && (
            <>
              {' '}
              are in the <a href={csvPath}>CSV</a>
            </>
          )}
          . The sums below count all of them.
        </p>
      )}
    </>
  );
}

interface SumsProperties {
  readonly view: AccountView;
  readonly lines: readonly PostedLine[];
  readonly broughtForward: Micros;
  readonly credits: Micros;
  readonly carriedForward: Micros;
  readonly carriedTo: Period | null;
  readonly net: Micros;
  readonly tax: Invoice['tax'];
}

/** From what was used to what is asked for; tax apart (R45), what is carried forward in words (R38). */
function Sums(properties: SumsProperties) {
  const { view, lines, broughtForward, credits, carriedForward, carriedTo, net, tax } = properties;
  const { show } = view;
  const total = (part: 'cost' | 'free' | 'purchased' | 'writtenOff') =>
    sum(...lines.map((line) => line[part]));
  const rows: [name: string, amount: Micros, sign: string, always?: true][] = [
    ['Usage', total('cost'), '', true],
    ['Paid with free credits', total('free'), '−'],
    ['Paid with purchased credits', total('purchased'), '−'],
    ['Not charged', total('writtenOff'), '−'],
    ['Brought forward from before', broughtForward, ''],
    ['Credits bought before the month ended', credits, '−'],
    [
      carriedTo === null ? 'Not asked for' : `Carried forward to ${monthText(carriedTo)}`,
      carriedForward,
      '−',
    ],
    ['To pay, without tax', net, '', true],
    [
      tax.name === null ? 'Tax' : `${tax.name}, ${tax.partsPerMillion / 10_000} %`,
      tax.amount,
      '',
      true,
    ],
  ];
  return (
    <>
      <dl class="lines">
        {rows
          .filter(([, amount, , always]) => amount !== 0 || always === true)
          .map(([name, amount, sign]) => (
            <div>
              <dt>{name}</dt>
              <dd class="amount">
                {sign}
                {show(amount)}
              </dd>
            </div>
          ))}
        <div class="total">
          <dt>Total</dt>
          <dd class="amount">{show(sum(net, tax.amount))}</dd>
        </div>
      </dl>
      {carriedForward > 0 && carriedTo !== null && (
        <p class="soft small">
          {show(carriedForward)} is less than a card can be charged. It counts in{' '}
          {monthText(carriedTo)}, and is shown on that month’s invoice.
        </p>
      )}
    </>
  );
}
