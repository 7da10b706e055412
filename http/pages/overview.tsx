import { unusedCreditsWords } from '../../domain/account-closing.ts';
import { subtract, sum, type Micros } from '../../domain/money.ts';
import type { Purchase } from '../../domain/purchase.ts';
import { tierName } from '../../domain/tiers.ts';
import { owedOf } from '../../domain/standing.ts';
import { Access } from './access.tsx';
import type { AccountView } from './account-view.ts';
import { CardName } from './cards.tsx';
import { LatestPurchases } from './history.tsx';
import { Instant, Message } from './layout.tsx';
import { PastDueBanner } from './still-due.tsx';

interface OverviewProperties {
  readonly view: AccountView;
  readonly latest: readonly Purchase[];
}

/** The first page: what there is, what is owed, and the one thing most people come for. */
export function Overview({ view, latest }: OverviewProperties) {
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
      <Standing view={view} />
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

/** What is still open, and what is left, of a closed account (R70). */
function Closed({ view: { account, balances, show } }: { readonly view: AccountView }) {
  const due = sum(balances.invoiced, balances.invoicedTax);
  return (
    <Message tone="plain" title="This account is closed">
      {unusedCreditsWords(balances.purchased, account.currency).map((sentence) => (
        <p>{sentence}</p>
      ))}
      {due > 0 && (
        <p>
          {show(due)} of its invoices is still to be paid: <a href="/billing/invoices">Invoices</a>
        </p>
      )}
    </Message>
  );
}

/** Free and purchased credits are two pots, shown apart (R24). */
function Pots({ view: { balances, lots, show } }: { readonly view: AccountView }) {
  const ends = lots.flatMap(({ kind, remaining, expiresAtMs }) =>
    kind === 'purchased' && remaining > 0 ? (expiresAtMs ?? []) : [],
  );
  return (
    <dl class="pots">
      <div class="box pot">
        <dt>Purchased credits</dt>
        <dd class="figure">{show(balances.purchased)}</dd>
        <dd>
          {ends.length === 0 ? (
            'They never expire.'
          ) : (
            <>
              Some of them expire, the first on <Instant ms={Math.min(...ends)} />.
            </>
          )}
        </dd>
      </div>
      <div class="box pot">
        <dt>Free credits</dt>
        <dd class="figure">{show(balances.free)}</dd>
        <dd>Used before purchased credits.</dd>
      </div>
      {balances.held > 0 && (
        <div class="box pot">
          <dt>Held by running requests</dt>
          <dd class="figure">{show(balances.held)}</dd>
          <dd>Of the credits here; what they do not use comes back.</dd>
        </div>
      )}
      {balances.refundsDue > 0 && (
        <div class="box pot">
          <dt>On its way back to your card</dt>
          <dd class="figure">{show(balances.refundsDue)}</dd>
          <dd>It cannot be spent.</dd>
        </div>
      )}
    </dl>
  );
}

function Standing({ view }: { readonly view: AccountView }) {
  const { balances, limit, show, tier, policyRow } = view;
  const owed = owedOf(balances);
  const share = limit > 0 ? Math.min(1, owed / limit) : 0;
  return (
    <dl class="pots">
      <div class="box pot">
        <dt>Owed</dt>
        <dd class="figure">{show(owed)}</dd>
        {limit > 0 ? (
          <dd>
            <progress max={1} value={share} aria-label="Owed, of the balance limit" />
            of a balance limit of {show(limit)}
            {balances.heldPostpaid > 0 && `; running requests hold ${show(balances.heldPostpaid)}`}
          </dd>
        ) : (
          <dd>
            Your balance limit is {show(limit)}: {limitReason(view)}
          </dd>
        )}
      </div>
      <div class="box pot">
        <dt>Tier</dt>
        <dd class="figure">{tierName(tier)}</dd>
        <dd>{nextTierWords(balances.lifetimePaid, policyRow.buildTierThresholds, tier, show)}</dd>
      </div>
    </dl>
  );
}

/** Why nothing may be owed, and what would change it (R18). */
function limitReason({ account, cards, tier }: AccountView): string {
  if (tier === 'limited') return 'it opens with the first purchase.';
  if (cards.length === 0) return 'it opens with a card on file.';
  return account.ownBalanceLimit === 0
    ? 'that is your own setting; usage stops when credits are used up.'
    : 'there is no usable card on file.';
}

function nextTierWords(
  paid: Micros,
  thresholds: readonly Micros[],
  tier: string,
  show: (amount: Micros) => string,
): string {
  if (tier === 'scale' || tier === 'enterprise') return 'By contract.';
  const next = thresholds.findIndex((threshold) => threshold > paid);
  const threshold = thresholds[next];
  if (threshold === undefined) return 'The highest Build tier.';
  return `${show(subtract(threshold, paid))} more of credits bought brings Build Tier ${next + 1}.`;
}

function DefaultCard({ view: { cards, nowMs } }: { readonly view: AccountView }) {
  const card = cards.find(({ isDefault }) => isDefault);
  if (card === undefined) {
    return <p class="soft">There is no card on file. Add one here, or enter it when you buy.</p>;
  }
  return <CardName saved={card} nowMs={nowMs} />;
}
