import { currency } from '../../domain/currencies.ts';
import { monthText } from '../../domain/date-words.ts';
import { formatMoney } from '../../domain/money.ts';
import type { Period } from '../../domain/period.ts';
import { invoiceRunIdOf, workflowIdOf } from '../../domain/workflow-ids.ts';
import type { WaitingInvoice } from '../../ledger/invoice-deferrals.ts';
import type { InvoiceRunProgress, InvoicesOfMonth } from '../../ledger/invoice-runs.ts';
import type { TemporalUi } from '../dependencies.ts';
import { FormGuard } from '../pages/form-guard.tsx';
import { Badge, Instant, Message } from '../pages/layout.tsx';
import { Records } from '../pages/records.tsx';
import { Bar, toneOf, waitingWords } from './invoice-runs.tsx';
import { count } from './overview.tsx';
import { WorkflowLink } from './workflow-link.tsx';

interface RunProperties {
  readonly period: Period;
  /** Undefined in the moment before the ledger knows of it. */
  readonly run: InvoiceRunProgress | undefined;
  readonly made: readonly InvoicesOfMonth[];
  readonly waiting: readonly WaitingInvoice[];
  readonly csrf: string;
  readonly temporalUi: TemporalUi | undefined;
  readonly done: string | undefined;
  readonly error: string | null;
}

const doneWords: Readonly<Record<string, string>> = {
  start: 'The run was started.',
  cancel: 'The run was canceled. The pages that were under way are written.',
  resume: 'The run goes on where it stood.',
};

/** One month's run: how far it is, what it made, and who waits for what. */
export function InvoiceRunPage(properties: RunProperties) {
  const { period, run, made, waiting, temporalUi, done, error } = properties;
  const words = doneWords[done ?? ''];
  return (
    <>
      {words !== undefined && error === null && <Message tone="good" title={words} />}
      {error !== null && <Message tone="bad" title={error} />}
      <div class="row">
        <h1>Invoices of {monthText(period)}</h1>
        {run !== undefined && <Badge tone={toneOf[run.state]}>{run.state}</Badge>}
      </div>
      <section class="box stack">
        {run === undefined ? <p class="soft">It begins.</p> : <Progress run={run} />}
        <p class="small">
          Workflow <WorkflowLink workflowId={invoiceRunIdOf(period)} temporalUi={temporalUi} />
        </p>
        <Actions {...properties} />
      </section>
      <section class="box stack">
        <h2>Issued</h2>
        {made.length === 0 ? <p class="soft">No invoice yet.</p> : <Totals made={made} />}
      </section>
      <section class="box stack">
        <h2>Waiting for a payment to become known</h2>
        {waiting.length === 0 ? (
          <p class="soft">Nobody.</p>
        ) : (
          <WaitingTable waiting={waiting} temporalUi={temporalUi} />
        )}
      </section>
    </>
  );
}

function Progress({ run }: { readonly run: InvoiceRunProgress }) {
  const { startedAtMs, endedAtMs, overdue, failed } = run;
  return (
    <>
      <div>
        <Bar run={run} />
      </div>
      <dl class="lines">
        <div>
          <dt>Begun</dt>
          <dd>
            <Instant ms={startedAtMs} />
          </dd>
        </div>
        <div>
          <dt>Ended</dt>
          <dd>{endedAtMs === null ? 'not yet' : <Instant ms={endedAtMs} />}</dd>
        </div>
        <div>
          <dt>Waiting</dt>
          <dd>{waitingWords(run)}</dd>
        </div>
      </dl>
      {overdue > 0 && (
        <Message tone="bad" title={`${count(overdue)} wait for longer than 24 hours (R40)`}>
          <p>Look up in Stripe what became of their payments.</p>
        </Message>
      )}
      {failed > 0 && (
        <Message tone="bad" title={`The ledger refused ${count(failed)}: an error of ours`} />
      )}
    </>
  );
}

function Actions({ period, run, csrf }: Pick<RunProperties, 'period' | 'run' | 'csrf'>) {
  if (run === undefined) return null;
  const [action, label] = (() => {
    switch (run.state) {
      case 'running':
        return [`/operator/invoice-runs/${period}/cancel`, 'Cancel the run'];
      case 'canceled':
        return [`/operator/invoice-runs/${period}/resume`, 'Resume the run'];
      case 'done':
        return ['/operator/invoice-runs', 'Run it again'];
    }
  })();
  return (
    <form method="post" action={action} class="actions" data-sends-once>
      <FormGuard csrf={csrf} />
      <input type="hidden" name="month" value={period} />
      <button type="submit" class={run.state === 'running' ? 'danger' : 'quiet'}>
        {label}
      </button>
      <span class="soft small">
        {run.state === 'done' && 'It changes nothing that is there, and finds what came since.'}
        {run.state === 'running' && 'The pages under way are written, no other is begun.'}
      </span>
    </form>
  );
}

function Totals({ made }: Pick<RunProperties, 'made'>) {
  return (
    <Records
      rows={made}
      columns={[
        { heading: 'Currency', cell: ({ currency: code }) => code.toUpperCase() },
        { heading: 'Invoices', kind: 'number', cell: ({ invoices }) => count(invoices) },
        { heading: 'Asking for money', kind: 'number', cell: ({ owing }) => count(owing) },
        {
          heading: 'Amount',
          kind: 'number',
          cell: ({ amount, currency: code }) => formatMoney(amount, currency(code)),
        },
        { heading: 'Not collected yet', kind: 'number', cell: ({ toCollect }) => count(toCollect) },
      ]}
    />
  );
}

const todoWords: Readonly<Record<WaitingInvoice['purchases'][number]['todo'], string>> = {
  read: 'to be read at Stripe',
  settle: 'paid, to be credited',
  wait: 'the bank has not answered',
};

function WaitingTable({ waiting, temporalUi }: Pick<RunProperties, 'waiting' | 'temporalUi'>) {
  return (
    <Records
      rows={waiting}
      columns={[
        {
          heading: 'Account',
          kind: 'long',
          cell: ({ accountId }) => (
            <a href={`/operator/accounts/${accountId}`}>
              <code>{accountId}</code>
            </a>
          ),
        },
        { heading: 'Since', cell: ({ sinceMs }) => <Instant ms={sinceMs} /> },
        {
          heading: 'For',
          kind: 'long',
          cell: (one) => <WaitsFor waiting={one} temporalUi={temporalUi} />,
        },
      ]}
    />
  );
}

interface WaitsForProperties {
  readonly waiting: WaitingInvoice;
  readonly temporalUi: TemporalUi | undefined;
}

/** Each payment, and what is to become of it; or what keeps the invoice back. */
function WaitsFor({ waiting: { purchases, reason }, temporalUi }: WaitsForProperties) {
  return (
    <div class="small">
      {purchases.length === 0 && reason}
      {purchases.map(({ purchaseId, todo }) => (
        <div>
          <WorkflowLink workflowId={workflowIdOf('purchase', purchaseId)} temporalUi={temporalUi} />{' '}
          {todoWords[todo]}
        </div>
      ))}
    </div>
  );
}
