import { sum } from '../../domain/money.ts';
import type { Purchase, PurchaseState } from '../../domain/purchase.ts';
import { currency, isCurrencyCode } from '../../domain/currencies.ts';
import { formatMoney, type Micros } from '../../domain/money.ts';
import type { AccountView } from './account-view.ts';
import { Headings } from './headings.tsx';
import { Badge, Instant, type Tone } from './layout.tsx';
import { PdfLink } from './pdf-link.tsx';

/** A purchase's state in a word, and the colour that goes with it. */
export const stateWords: Record<PurchaseState, { readonly word: string; readonly tone: Tone }> = {
  pending: { word: 'Pending', tone: 'wait' },
  requires_action: { word: 'Waits for you', tone: 'wait' },
  succeeded: { word: 'Paid', tone: 'good' },
  declined: { word: 'Declined', tone: 'bad' },
  refused: { word: 'Refused', tone: 'bad' },
  canceled: { word: 'Canceled', tone: 'plain' },
  returned: { word: 'Returned', tone: 'bad' },
};

/** An amount of a purchase, which may name another currency than the account's. */
export function showOf(purchase: Pick<Purchase, 'currency'>, view: AccountView) {
  const { currency: code } = purchase;
  const money = isCurrencyCode(code) ? currency(code) : view.money;
  return (amount: Micros): string => formatMoney(amount, money);
}

interface TableProperties {
  readonly purchases: readonly Purchase[];
  readonly view: AccountView;
}

export function PurchaseTable({ purchases, view }: TableProperties) {
  return (
    <table class="folds">
      <Headings words={['When', 'Receipt', 'State']} numbers={['Credits', 'With tax']} />
      <tbody>
        {purchases.map((purchase) => (
          <PurchaseRow purchase={purchase} view={view} />
        ))}
      </tbody>
    </table>
  );
}

function PurchaseRow({ purchase, view }: { purchase: Purchase; view: AccountView }) {
  const { purchaseId, openedAtMs, receipt, state, credits, tax } = purchase;
  const show = showOf(purchase, view);
  const { word, tone } = stateWords[state];
  return (
    <tr>
      <td class="when">
        <Instant ms={openedAtMs} />
      </td>
      <td class="receipt">
        <a href={`/billing/purchases/${purchaseId}`}>{receipt?.receiptNumber ?? 'Details'}</a>
        {receipt !== null && (
          <>
            {' '}
            <PdfLink
              href={`/billing/purchases/${purchaseId}/receipt.pdf`}
              name={`Receipt ${receipt.receiptNumber}`}
            />
          </>
        )}
      </td>
      <td class="state">
        <Badge tone={tone}>{word}</Badge>
      </td>
      <td class="number credits">{show(credits)}</td>
      <td class="number total">{show(sum(credits, tax))}</td>
    </tr>
  );
}

interface LatestProperties {
  readonly latest: readonly Purchase[];
  readonly view: AccountView;
}

/** The last few purchases, with the way to all of them. */
export function LatestPurchases({ latest, view }: LatestProperties) {
  return (
    <section class="box stack">
      <div class="row">
        <h2>Latest purchases</h2>
        {latest.length > 0 && <a href="/billing/purchases">All purchases</a>}
      </div>
      {latest.length === 0 ? (
        <p class="soft">Nothing has been bought yet.</p>
      ) : (
        <PurchaseTable purchases={latest} view={view} />
      )}
    </section>
  );
}

interface HistoryProperties extends TableProperties {
  readonly nextCursor: string | null;
  readonly isFirstPage: boolean;
}

export function History({ purchases, view, nextCursor, isFirstPage }: HistoryProperties) {
  return (
    <>
      <h1>Purchases</h1>
      <section class="box stack">
        {purchases.length === 0 ? (
          <p class="soft">Nothing has been bought yet.</p>
        ) : (
          <PurchaseTable purchases={purchases} view={view} />
        )}
        <div class="actions">
          {!isFirstPage && <a href="/billing/purchases">Newest</a>}
          {nextCursor !== null && (
            <a href={`/billing/purchases?cursor=${encodeURIComponent(nextCursor)}`}>Older</a>
          )}
        </div>
      </section>
    </>
  );
}
