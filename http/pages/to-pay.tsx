import type { InvoicePayment } from '../../domain/invoice-payments.ts';
import { lastDayToPay, paymentPlanOf, planWords } from '../../domain/payment-plan.ts';
import { stillDueOf, type StillDue } from '../../domain/still-due.ts';
import type { AccountView } from './account-view.ts';
import { Badge, Instant } from './layout.tsx';

/** More are on the page of invoices. */
export const toPayShown = 5;

interface ToPayProperties {
  readonly view: AccountView;
  /** The last payment of each open invoice that was tried, by the invoice's id. */
  readonly lastPayments: ReadonlyMap<string, InvoicePayment>;
}

/** The invoices that are still to be paid: when, and how the last charge ended (R13, R14). */
export function ToPay({ view, lastPayments }: ToPayProperties) {
  const stillDue = stillDueOf(view);
  if (stillDue === null) return <></>;
  return (
    <section class="box stack" id="to-pay">
      <div class="row">
        <h2>To be paid</h2>
        <a href="/billing/invoices">All invoices</a>
      </div>
      <ul class="list">
        {stillDue.invoices.slice(0, toPayShown).map((invoice) => (
          <li>
            <div class="stack tight grows">
              <p class="card-name">
                <a class="whole" href={`/billing/invoices/${invoice.invoiceId}`}>
                  {invoice.number}
                </a>
                {invoice.isPastDue ? (
                  <Badge tone="bad">Past due</Badge>
                ) : (
                  <Badge tone="wait">To be paid</Badge>
                )}
              </p>
              <p class="soft small">
                <Plan invoice={invoice} payment={lastPayments.get(invoice.invoiceId)} view={view} />
              </p>
            </div>
            <a class="button quiet" href={`/billing/invoices/${invoice.invoiceId}/pay`}>
              Pay {view.show(invoice.due)}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface PlanProperties {
  readonly invoice: StillDue['invoices'][number];
  readonly payment: InvoicePayment | undefined;
  readonly view: AccountView;
}

/** What happened last, and what happens next. */
function Plan({ invoice, payment, view }: PlanProperties) {
  const why = payment?.decline?.reason ?? payment?.refusal?.message;
  const plan = planWords(paymentPlanOf(invoice, view));
  if (payment !== undefined && why !== undefined) {
    return (
      <>
        Not paid on <Instant ms={payment.openedAtMs} />: {why} {plan}
      </>
    );
  }
  if (payment?.state === 'requires_action') return <>Your bank asks you to confirm the payment.</>;
  if (payment?.state === 'pending') return <>Being paid now.</>;
  if (plan !== null) return <>{plan}</>;
  const lastDay = lastDayToPay(invoice, view.policy);
  return <>{lastDay === null ? 'To be paid.' : `To be paid by ${lastDay}.`}</>;
}
