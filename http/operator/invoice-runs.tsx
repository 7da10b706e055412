import { monthText } from '../../domain/date-words.ts';
import type { Period } from '../../domain/period.ts';
import type { InvoiceRunProgress, InvoiceRunState } from '../../ledger/invoice-runs.ts';
import { FormGuard } from '../pages/form-guard.tsx';
import { Badge, Instant, type Tone } from '../pages/layout.tsx';
import { Records } from '../pages/records.tsx';
import { count, counted } from './overview.tsx';

/** The colour of a run's state. */
export const toneOf: Readonly<Record<InvoiceRunState, Tone>> = {
  running: 'wait',
  canceled: 'bad',
  done: 'good',
};

interface RunsProperties {
  readonly runs: readonly InvoiceRunProgress[];
  /** The last month shown, where there are older ones. */
  readonly older: Period | null;
  /** What was typed, or the last month that is over. */
  readonly month: string;
  readonly csrf: string;
  readonly error: string | null;
}

/** All months that were run, and the way to run another. */
export function InvoiceRuns({ runs, older, month, csrf, error }: RunsProperties) {
  return (
    <>
      <h1>Invoice runs</h1>
      <section class="box stack">
        {runs.length === 0 ? <p class="soft">No month was run yet.</p> : <RunTable runs={runs} />}
        {older !== null && <a href={`/operator/invoice-runs?before=${older}`}>Older</a>}
      </section>
      <form method="post" action="/operator/invoice-runs" class="box stack" data-sends-once>
        <FormGuard csrf={csrf} />
        <div>
          <label class="field-label" for="month">
            Issue the invoices of a month that is over
          </label>
          <p class="soft">
            The Schedule does it on the 1st. A month that was run before is looked at again, and no
            invoice is issued twice.
          </p>
        </div>
        <div class="actions">
          <input
            class="grows"
            type="text"
            id="month"
            name="month"
            value={month}
            autocomplete="off"
            aria-invalid={error === null ? undefined : 'true'}
          />
          <button type="submit">Start the run</button>
        </div>
        {error !== null && (
          <p class="field-error" role="alert">
            {error}
          </p>
        )}
      </form>
    </>
  );
}

function RunTable({ runs }: Pick<RunsProperties, 'runs'>) {
  return (
    <Records
      rows={runs}
      columns={[
        {
          heading: 'Month',
          cell: ({ period }) => (
            <a href={`/operator/invoice-runs/${period}`}>{monthText(period)}</a>
          ),
        },
        { heading: 'State', cell: ({ state }) => <Badge tone={toneOf[state]}>{state}</Badge> },
        { heading: 'Looked at', cell: (run) => <Bar run={run} /> },
        { heading: 'Waiting', cell: waitingWords },
        {
          heading: 'Begun',
          kind: 'whole',
          cell: ({ startedAtMs }) => (
            <span class="soft small">
              <Instant ms={startedAtMs} />
            </span>
          ),
        },
      ]}
    />
  );
}

/** How much of all accounts was looked at; accounts made meanwhile are not in the total. */
export function Bar({ run }: { readonly run: InvoiceRunProgress }) {
  const { accounts, walked, isWalked } = run;
  const share = isWalked || accounts === 0 ? Number(isWalked) : Math.min(1, walked / accounts);
  return (
    <>
      <progress max={1} value={share} aria-label="Accounts looked at" />
      <span class="small">
        {count(walked)} of {counted(accounts, 'account')}
      </span>
    </>
  );
}

export function waitingWords({ waiting, overdue, failed }: InvoiceRunProgress): string {
  const parts = [
    waiting === 0 ? 'nobody' : count(waiting),
    ...(overdue > 0 ? [`${count(overdue)} for longer than 24 hours`] : []),
    ...(failed > 0 ? [`${count(failed)} refused by the ledger`] : []),
  ];
  return parts.join(', ');
}
