import { serviceNote, stillDueNote, stillDueOf, type StillDue } from '../../domain/still-due.ts';
import type { AccountView } from './account-view.ts';
import { Message } from './layout.tsx';
import { toPayShown } from './to-pay.tsx';

interface StillDueProperties {
  readonly view: AccountView;
}

/** What buying credits does not pay, before a purchase and after it: two separate charges (R48). */
export function StillDueMessage({ view }: StillDueProperties) {
  const stillDue = stillDueOf(view);
  if (stillDue === null) return <></>;
  const { pastDue } = stillDue;
  const { nowMs, account } = view;
  const service = serviceNote(stillDue, nowMs);
  return (
    <Message
      tone={pastDue > 0 ? 'bad' : 'wait'}
      title={pastDue > 0 ? 'Credits do not pay what is past due' : 'Credits do not pay invoices'}
    >
      <p>{stillDueNote(stillDue, account.currency)}</p>
      {service !== null && <p>{service}</p>}
      <PayLinks view={view} stillDue={stillDue} />
    </Message>
  );
}

/** On the first page, while anything is past due: until when service goes on, and how to pay. */
export function PastDueBanner({ view }: StillDueProperties) {
  const stillDue = stillDueOf(view);
  if (stillDue === null || stillDue.pastDue === 0) return <></>;
  const { show, nowMs } = view;
  const service = serviceNote(stillDue, nowMs);
  const isStopped = stillDue.serviceStopsAtMs !== null && nowMs >= stillDue.serviceStopsAtMs;
  return (
    <Message
      tone="bad"
      title={
        isStopped
          ? `Service is stopped: ${show(stillDue.pastDue)} is past due`
          : `${show(stillDue.pastDue)} is past due`
      }
    >
      {service !== null && <p>{service}</p>}
      <p>Only a charge to a card for the invoice pays it; credits never do.</p>
      <PayLinks view={view} stillDue={stillDue} />
    </Message>
  );
}

/** Each invoice takes a charge of its own. */
function PayLinks({ view, stillDue }: StillDueProperties & { readonly stillDue: StillDue }) {
  const late = stillDue.invoices.filter(({ isPastDue }) => isPastDue);
  const shown = late.length > 0 ? late : stillDue.invoices;
  return (
    <p class="actions">
      {shown.slice(0, toPayShown).map(({ invoiceId, number, due }) => (
        <a class="button" href={`/billing/invoices/${invoiceId}/pay`}>
          {/* One box of text: a button lays its boxes side by side, without the space between. */}
          <span>
            Pay {view.show(due)}, invoice <span class="whole">{number}</span>
          </span>
        </a>
      ))}
      {shown.length > toPayShown && (
        <a href="/billing/invoices">All {shown.length} of them, under Invoices</a>
      )}
    </p>
  );
}
