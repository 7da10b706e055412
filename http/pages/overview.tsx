import type { InvoicePayment } from '../../domain/invoice-payments.ts';
import type { Micros } from '../../domain/money.ts';
import type { Purchase } from '../../domain/purchase.ts';
import { Access } from './access.tsx';
import type { AccountView } from './account-view.ts';
import { CardName } from './cards.tsx';
import { Closed } from './closed.tsx';
import { LatestPurchases } from './history.tsx';
import { Pots, Standing } from './pots.tsx';
import { PastDueBanner } from './still-due.tsx';
import { ToPay } from './to-pay.tsx';

interface OverviewProperties {
  readonly view: AccountView;
  readonly latest: readonly Purchase[];
  /** The last payment of each open invoice that was tried, by the invoice's id. */
  readonly lastPayments: ReadonlyMap<string, InvoicePayment>;
  /** Of this month's usage: what nobody is charged (R21). */
  readonly uncharged: Micros;
}

/** The first page: what there is, what is owed, and the one thing most people come for. */
export function Overview({ view, latest, lastPayments, uncharged }: OverviewProperties) {
  const isOpen = view.account.status === 'open';
  return (
    <>
      <div class="row">
        <h1>Overview</h1>
        {isOpen && (
          <a class="button" href="/billing/buy">
            Buy credits
          </a>
        )}
      </div>
      {!isOpen && <Closed view={view} />}
      <PastDueBanner view={view} />
      <Pots view={view} />
      <Standing view={view} uncharged={uncharged} />
      <ToPay view={view} lastPayments={lastPayments} />
      <Access access={view.access} />
      <section class="box stack">
        <div class="row">
          <h2>Card</h2>
          <a href="/billing/cards">{view.cards.length === 0 ? 'Add a card' : 'Manage cards'}</a>
        </div>
        <DefaultCard view={view} />
      </section>
      <LatestPurchases latest={latest} view={view} />
    </>
  );
}

function DefaultCard({ view: { cards, nowMs } }: { readonly view: AccountView }) {
  const card = cards.find(({ isDefault }) => isDefault);
  if (card === undefined) {
    return <p class="soft">There is no card on file. Add one here, or enter it when you buy.</p>;
  }
  return <CardName saved={card} nowMs={nowMs} />;
}
