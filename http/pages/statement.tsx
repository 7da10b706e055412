import { sum, type Micros } from '../../domain/money.ts';
import type { Purchase } from '../../domain/purchase.ts';
import {
  movementsOf,
  type StatementBalances,
  type StatementBook,
  type StatementEntry,
} from '../../domain/statement.ts';
import type { UsageChart } from '../../domain/usage-chart.ts';
import type { AccountView } from './account-view.ts';
import { Headings } from './headings.tsx';
import { LatestPurchases } from './history.tsx';
import { Instant } from './layout.tsx';
import { UsageOverTime } from './usage-chart.tsx';

export const chartRanges = [7, 30, 90] as const;

interface StatementProperties {
  readonly view: AccountView;
  readonly entries: readonly StatementEntry[];
  readonly nextCursor: string | null;
  readonly isFirstPage: boolean;
  readonly chart: UsageChart;
  readonly latest: readonly Purchase[];
}

/** What was used, what moved, and what was bought. */
export function Statement(properties: StatementProperties) {
  const { view, entries, nextCursor, isFirstPage, chart, latest } = properties;
  return (
    <>
      <h1>History</h1>
      {isFirstPage && <UsageSection chart={chart} view={view} />}
      <section class="box stack">
        <div class="row">
          <h2>Statement</h2>
          <p class="links-row">
            <a href="/billing/statement.csv">Statement (CSV)</a>
            <a href="/billing/statement/lots.csv">Credits by lot (CSV)</a>
          </p>
        </div>
        {entries.length === 0 ? (
          <p class="soft">Nothing has happened yet.</p>
        ) : (
          <EntryTable entries={entries} view={view} />
        )}
        <div class="actions">
          {!isFirstPage && <a href="/billing/history">Newest</a>}
          {nextCursor !== null && (
            <a href={`/billing/history?cursor=${encodeURIComponent(nextCursor)}`}>Older</a>
          )}
        </div>
      </section>
      {isFirstPage && <LatestPurchases latest={latest} view={view} />}
    </>
  );
}

function UsageSection({ chart, view }: Pick<StatementProperties, 'chart' | 'view'>) {
  const shown = chart.days.length;
  return (
    <section class="box stack" id="usage">
      <div class="row">
        <h2>Usage of the last {shown} days</h2>
        <nav class="links-row" aria-label="Time shown">
          {chartRanges.map((days) => (
            <a
              href={`/billing/history?days=${days}`}
              aria-current={days === shown ? 'true' : undefined}
            >
              {days} days
            </a>
          ))}
          <a href={`/billing/usage.csv?days=${shown}`}>CSV</a>
        </nav>
      </div>
      <UsageOverTime chart={chart} view={view} />
    </section>
  );
}

interface EntryTableProperties {
  readonly entries: readonly StatementEntry[];
  readonly view: AccountView;
}

function EntryTable({ entries, view }: EntryTableProperties) {
  return (
    <table class="entries">
      <Headings words={['What']} numbers={['Change', 'Purchased', 'Free', 'Owed, with tax']} />
      <tbody>
        {entries.map((entry) => (
          <EntryRow entry={entry} view={view} />
        ))}
      </tbody>
    </table>
  );
}

function EntryRow({ entry, view: { show } }: { entry: StatementEntry; view: AccountView }) {
  const { eventId, occurredAtMs, event, words, change, after } = entry;
  return (
    <tr>
      <td class="what">
        <strong>{words}</strong>
        <p class="soft small">
          <Instant ms={occurredAtMs} />
        </p>
        <ul class="soft small plain-list">
          {movementsOf(entry).map((moved) => (
            <li>
              {moved.words}: {show(moved.amount)}
            </li>
          ))}
        </ul>
        {event.kind === 'usage_charged' && (
          <a class="small" href={`/billing/statement/${eventId}/usage.csv`}>
            Its usage (CSV)
          </a>
        )}
      </td>
      <td class="number change">
        {changesOf(change).map(({ name, amount }) => (
          <p>
            {amount > 0 ? '+' : ''}
            {show(amount)} <span class="soft small">{name}</span>
          </p>
        ))}
      </td>
      <td class="number" data-label="Purchased">
        {show(after.purchased)}
      </td>
      <td class="number" data-label="Free">
        {show(after.free)}
      </td>
      <td class="number" data-label="Owed, with tax">
        {show(sum(after.unbilled, after.invoiced, after.invoicedTax))}
      </td>
    </tr>
  );
}

const namesOfBooks: Readonly<Record<StatementBook, string>> = {
  purchased: 'purchased',
  free: 'free',
  unbilled: 'to be invoiced',
  invoiced: 'invoiced',
  invoicedTax: 'tax invoiced',
  refundsDue: 'to your card',
};

function changesOf(change: StatementBalances): { name: string; amount: Micros }[] {
  return Object.entries(namesOfBooks).flatMap(([book, name]) => {
    const amount = change[book as StatementBook];
    return amount === 0 ? [] : [{ name, amount }];
  });
}
