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
import { lastDay } from '../pages/invoices.tsx';
import { Headings } from '../pages/headings.tsx';
import { Badge, Instant } from '../pages/layout.tsx';
import { invoiceStateOf } from './invoice-state.ts';
import { WorkflowLink } from './workflow-link.tsx';

interface TableProperties {
  readonly view: AccountView;
  readonly temporalUi: TemporalUi | undefined;
}

/** What running requests keep from others (R20). */
export function HoldTable({
  holds,
  view,
}: {
  readonly holds: readonly Hold[];
  readonly view: AccountView;
}) {
  return (
    <div class="scroll">
      <table>
        <Headings words={['Hold', 'Model', 'Until']} numbers={['Reserved']} />
        <tbody>
          {holds.map(({ holdId, model, expiresAtMs, cost }) => (
            <tr>
              <td class="what">
                <code>{holdId}</code>
              </td>
              <td class="what">{model ?? 'not said'}</td>
              <td>
                <Instant ms={expiresAtMs} />
              </td>
              <td class="number">{view.show(cost)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function InvoiceTable({
  invoices,
  view,
}: TableProperties & { readonly invoices: readonly Invoice[] }) {
  const { show } = view;
  return (
    <div class="scroll">
      <table>
        <Headings
          words={['Invoice', 'Month', 'State', 'Due by']}
          numbers={['Amount', 'Still due']}
        />
        <tbody>
          {invoices.map((invoice) => {
            const { invoiceId, number, period, amount, due } = invoice;
            const { word, tone } = invoiceStateOf(invoice, isPastDue(invoice, view));
            return (
              <tr>
                <td>
                  <a href={`/operator/collections/${invoiceId}`}>{number}</a>{' '}
                  {period !== null && (
                    <a
                      href={`/operator/invoices/${invoiceId}/invoice.pdf`}
                      aria-label={`Invoice ${number} as PDF`}
                    >
                      PDF
                    </a>
                  )}
                </td>
                <td>{period === null ? 'brought in' : monthText(period)}</td>
                <td>
                  <Badge tone={tone}>{word}</Badge>
                </td>
                <td>{lastDay(invoice)}</td>
                <td class="number">{show(amount)}</td>
                <td class="number">{show(due)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

export function PurchaseTable({
  purchases,
  view,
  temporalUi,
}: TableProperties & { readonly purchases: readonly Purchase[] }) {
  return (
    <div class="scroll">
      <table>
        <Headings words={['When', 'State', 'Workflow']} numbers={['With tax']} />
        <tbody>
          {purchases.map((purchase) => {
            const { purchaseId, openedAtMs, state, credits, tax } = purchase;
            const why = purchase.decline?.reason ?? purchase.refusal?.message;
            return (
              <tr>
                <td>
                  <Instant ms={openedAtMs} />
                  {purchase.receipt !== null && (
                    <div class="soft small">{purchase.receipt.receiptNumber}</div>
                  )}
                </td>
                <td>
                  <Badge tone={stateWords[state].tone}>{state.replace('_', ' ')}</Badge>
                  {why !== undefined && <div class="soft small">{why}</div>}
                </td>
                <td class="what small">
                  <WorkflowLink
                    workflowId={workflowIdOf('purchase', purchaseId)}
                    temporalUi={temporalUi}
                  />
                </td>
                <td class="number">{showOf(purchase, view)(sum(credits, tax))}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
