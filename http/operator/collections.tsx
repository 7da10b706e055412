import { agingBuckets, type Aging } from '../../domain/aging.ts';
import { currency } from '../../domain/currencies.ts';
import { dateText } from '../../domain/date-words.ts';
import { formatMoney, type Micros } from '../../domain/money.ts';
import type { DueInvoice } from '../../ledger/aging.ts';
import { Headings } from '../pages/headings.tsx';
import { Badge, Instant, Message } from '../pages/layout.tsx';
import { Records } from '../pages/records.tsx';
import { count } from './overview.tsx';

interface CollectionsProperties {
  readonly aging: readonly Aging[];
  /** The age that is listed; null: any. */
  readonly bucket: number | null;
  readonly invoices: readonly DueInvoice[];
  /** Where the next page is; null on the last one. */
  readonly next: string | null;
}

/** What is owed by invoices, by age, and the invoices themselves, the oldest first. */
export function Collections({ aging, bucket, invoices, next }: CollectionsProperties) {
  const owing = aging.filter(({ total, booked }) => total.invoices > 0 || booked > 0);
  return (
    <>
      <h1>Collections</h1>
      {owing.length === 0 && (
        <section class="box">
          <p class="soft">No invoice is to be paid.</p>
        </section>
      )}
      {owing.map((one) => (
        <AgingTable aging={one} />
      ))}
      {owing.length > 0 && (
        <section class="box stack" id="invoices">
          <h2>To be paid</h2>
          <nav class="links-row" aria-label="Age">
            <a
              href="/operator/collections#invoices"
              aria-current={bucket === null ? 'true' : undefined}
            >
              all
            </a>
            {agingBuckets.map((name, place) => (
              <a
                href={`/operator/collections?age=${place}#invoices`}
                aria-current={bucket === place ? 'true' : undefined}
              >
                {name}
              </a>
            ))}
          </nav>
          {invoices.length === 0 ? (
            <p class="soft">None of this age.</p>
          ) : (
            <DueTable invoices={invoices} />
          )}
          {next !== null && <a href={next}>More</a>}
        </section>
      )}
    </>
  );
}

function AgingTable({ aging }: { readonly aging: Aging }) {
  const { currency: code, buckets, total, booked } = aging;
  const show = (amount: Micros) => formatMoney(amount, currency(code));
  const row = (name: string, { invoices, amount, uncollectible }: Aging['total']) => (
    <>
      <th scope="row">{name}</th>
      <td class="number" data-label="Invoices">
        {count(invoices)}
      </td>
      <td class="number" data-label="Amount">
        {show(amount)}
      </td>
      <td class="number" data-label="Uncollectible">
        {show(uncollectible)}
      </td>
    </>
  );
  return (
    <section class="box stack">
      <h2>Owed in {code.toUpperCase()}, by days past the due date</h2>
      {booked !== total.amount && (
        <Message tone="bad" title={`The books say ${show(booked)}: an error of ours`}>
          <p>
            Run <code>npx solvent ledger verify</code>
          </p>
        </Message>
      )}
      <div class="scroll">
        <table class="records">
          <Headings words={['Age']} numbers={['Invoices', 'Amount', 'Uncollectible']} />
          <tbody>
            {buckets.map((one, place) => (
              <tr>{row(agingBuckets[place] ?? '', one)}</tr>
            ))}
            <tr class="total">{row('All', total)}</tr>
          </tbody>
        </table>
      </div>
      {booked === total.amount && (
        <p class="soft small">The books of invoiced usage and its tax say the same.</p>
      )}
    </section>
  );
}

function DueTable({ invoices }: Pick<CollectionsProperties, 'invoices'>) {
  return (
    <Records
      rows={invoices}
      columns={[
        {
          heading: 'Invoice',
          kind: 'whole',
          cell: ({ invoiceId, number }) => (
            <a href={`/operator/collections/${invoiceId}`}>{number}</a>
          ),
        },
        {
          heading: 'Account',
          kind: 'long',
          cell: ({ accountId, name }) => (
            <a href={`/operator/accounts/${accountId}`}>
              <bdi>{name ?? accountId}</bdi>
            </a>
          ),
        },
        { heading: 'Due by', kind: 'whole', cell: (invoice) => <DueBy invoice={invoice} /> },
        { heading: 'Next', cell: (invoice) => <Next invoice={invoice} /> },
        {
          heading: 'Still due',
          kind: 'number',
          cell: ({ due, currency: code }) => formatMoney(due, currency(code)),
        },
      ]}
    />
  );
}

function DueBy({ invoice: { bucket, dueAtMs } }: { readonly invoice: DueInvoice }) {
  return (
    <>
      {dateText(dueAtMs - 1)}
      <div>
        <Badge tone={bucket === 0 ? 'wait' : 'bad'}>{agingBuckets[bucket] ?? ''}</Badge>
      </div>
    </>
  );
}

/** What is planned, as it was recorded last; the invoice's own page decides it anew. */
function Next({ invoice: { state, step, nextChargeAtMs } }: { readonly invoice: DueInvoice }) {
  if (state === 'uncollectible') return <>Uncollectible; it may still be paid</>;
  if (nextChargeAtMs !== null) {
    return (
      <>
        Charge planned for <Instant ms={nextChargeAtMs} />
      </>
    );
  }
  return <>{step === null ? 'Nothing so far' : stepWords[step]}</>;
}

const stepWords: Readonly<Record<NonNullable<DueInvoice['step']>, string>> = {
  charge: 'Being charged',
  wait: 'Waits for the next charge',
  paused: 'Paused',
  needs_card: 'Waits for another card',
  needs_authentication: 'Waits for the customer to confirm',
  needs_operator: 'Needs you',
  give_up: 'Is given up',
  over: 'Over',
};
