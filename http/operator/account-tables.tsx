import { monthText } from '../../domain/date-words.ts';
import type { Hold } from '../../domain/holds.ts';
import type { Invoice } from '../../domain/invoices.ts';
import { sum } from '../../domain/money.ts';
import type { Purchase } from '../../domain/purchase.ts';
import { isPastDue } from '../../domain/still-due.ts';
import { workflowIdOf } from '../../domain/workflow-ids.ts';
import type { TemporalUi } from '../dependencies.ts';
import type { AccountView } from '../pages/account-view.ts';
import { showOf, stateWords } from '../pages/history.tsx';
import { Badge, Instant } from '../pages/layout.tsx';
import { PdfLink } from '../pages/pdf-link.tsx';
import { Records } from '../pages/records.tsx';
import { invoiceStateOf, lastDay } from './invoice-state.ts';
import { WorkflowLink } from './workflow-link.tsx';

interface HoldTableProperties {
  readonly view: AccountView;
  readonly holds: readonly Hold[];
}

/** What running requests keep from others (R20). */
export function HoldTable({ holds, view }: HoldTableProperties) {
  return (
    <Records
      rows={holds}
      columns={[
        { heading: 'Hold', kind: 'long', cell: ({ holdId }) => <code>{holdId}</code> },
        { heading: 'Model', kind: 'long', cell: ({ model }) => model ?? 'not said' },
        { heading: 'Until', cell: ({ expiresAtMs }) => <Instant ms={expiresAtMs} /> },
        { heading: 'Reserved', kind: 'number', cell: ({ cost }) => view.show(cost) },
      ]}
    />
  );
}

interface InvoiceTableProperties {
  readonly view: AccountView;
  readonly invoices: readonly Invoice[];
}

export function InvoiceTable({ invoices, view }: InvoiceTableProperties) {
  const { show } = view;
  return (
    <Records
      rows={invoices}
      columns={[
        { heading: 'Invoice', kind: 'whole', cell: (invoice) => <InvoiceName invoice={invoice} /> },
        {
          heading: 'Month',
          cell: ({ period }) => (period === null ? 'brought in' : monthText(period)),
        },
        {
          heading: 'State',
          cell(invoice) {
            const { word, tone } = invoiceStateOf(invoice, isPastDue(invoice, view));
            return <Badge tone={tone}>{word}</Badge>;
          },
        },
        { heading: 'Due by', cell: lastDay },
        { heading: 'Amount', kind: 'number', cell: ({ amount }) => show(amount) },
        { heading: 'Still due', kind: 'number', cell: ({ due }) => show(due) },
      ]}
    />
  );
}

function InvoiceName({ invoice }: { readonly invoice: Invoice }) {
  const { invoiceId, number, period } = invoice;
  return (
    <>
      <a href={`/operator/collections/${invoiceId}`}>{number}</a>{' '}
      {period !== null && (
        <PdfLink href={`/operator/invoices/${invoiceId}/invoice.pdf`} name={`Invoice ${number}`} />
      )}
    </>
  );
}

interface PurchaseTableProperties {
  readonly view: AccountView;
  readonly purchases: readonly Purchase[];
  readonly temporalUi: TemporalUi | undefined;
}

export function PurchaseTable({ purchases, view, temporalUi }: PurchaseTableProperties) {
  return (
    <Records
      rows={purchases}
      columns={[
        {
          heading: 'When',
          cell: ({ openedAtMs, receipt }) => (
            <>
              <Instant ms={openedAtMs} />
              {receipt !== null && <div class="soft small">{receipt.receiptNumber}</div>}
            </>
          ),
        },
        { heading: 'State', cell: (purchase) => <PurchaseState purchase={purchase} /> },
        {
          heading: 'Workflow',
          kind: 'long',
          cell: ({ purchaseId }) => (
            <span class="small">
              <WorkflowLink
                workflowId={workflowIdOf('purchase', purchaseId)}
                temporalUi={temporalUi}
              />
            </span>
          ),
        },
        {
          heading: 'With tax',
          kind: 'number',
          cell: (purchase) => showOf(purchase, view)(sum(purchase.credits, purchase.tax)),
        },
      ]}
    />
  );
}

function PurchaseState({ purchase }: { readonly purchase: Purchase }) {
  const { state, decline, refusal } = purchase;
  const why = decline?.reason ?? refusal?.message;
  return (
    <>
      <Badge tone={stateWords[state].tone}>{state.replace('_', ' ')}</Badge>
      {why !== undefined && <div class="soft small">{why}</div>}
    </>
  );
}
