import type { CreditLot } from '../../domain/account.ts';
import { subtract, sum, type Micros } from '../../domain/money.ts';
import { inOrderOfUse } from '../../domain/spendable.ts';
import { owedOf } from '../../domain/standing.ts';
import { tierName } from '../../domain/tiers.ts';
import type { AccountView } from './account-view.ts';
import { Instant } from './layout.tsx';
import { Pot } from './pot.tsx';

interface ViewProperties {
  readonly view: AccountView;
}

/** Free and purchased credits are two pots, shown apart (R24). */
export function Pots({ view }: ViewProperties) {
  const { balances, show } = view;
  return (
    <dl class="pots">
      <Pot name="Purchased credits" figure={show(balances.purchased)}>
        <PurchasedEnds view={view} />
      </Pot>
      <Pot name="Free credits" figure={show(balances.free)}>
        Used before purchased credits.
        <FreeLots view={view} />
      </Pot>
      {balances.held > 0 && (
        <Pot name="Held by running requests" figure={show(balances.held)}>
          Of the credits here; what they do not use comes back.
        </Pot>
      )}
      {balances.refundsDue > 0 && (
        <Pot name="On its way back to your card" figure={show(balances.refundsDue)}>
          It cannot be spent.
        </Pot>
      )}
    </dl>
  );
}

function PurchasedEnds({ view: { lots } }: ViewProperties) {
  const ends = lots.flatMap(({ kind, remaining, expiresAtMs }) =>
    kind === 'purchased' && remaining > 0 ? (expiresAtMs ?? []) : [],
  );
  if (ends.length === 0) return <>They never expire.</>;
  return (
    <>
      Some of them expire, the first on <Instant ms={Math.min(...ends)} />.
    </>
  );
}

/** What each part of the free credits is good for, and until when (R28): in the order of use (R27). */
function FreeLots({ view: { lots, show, nowMs } }: ViewProperties) {
  const free = lots
    .filter(({ kind, remaining }) => kind === 'free' && remaining > 0)
    .toSorted(inOrderOfUse);
  if (free.every(({ scope, expiresAtMs }) => scope === null && expiresAtMs === null)) return <></>;
  return (
    <ul class="plain-list lots">
      {free.map((lot) => (
        <li>
          {show(lot.remaining)} {scopeWords(lot)}, <LotEnd lot={lot} nowMs={nowMs} />
        </li>
      ))}
    </ul>
  );
}

function scopeWords({ scope }: CreditLot): string {
  return scope === null ? 'for anything' : `only for ${scope.join(', ')}`;
}

function LotEnd({ lot: { expiresAtMs }, nowMs }: { readonly lot: CreditLot; nowMs: number }) {
  if (expiresAtMs === null) return <>without end</>;
  return (
    <>
      {expiresAtMs <= nowMs ? 'expired on ' : 'until '}
      <Instant ms={expiresAtMs} />
    </>
  );
}

interface StandingProperties extends ViewProperties {
  /** Of this month's usage: what nobody is charged (R21). */
  readonly uncharged: Micros;
}

/** What is owed, of how much may be, and the tier. */
export function Standing({ view, uncharged }: StandingProperties) {
  const { balances, show, tier, policyRow } = view;
  return (
    <dl class="pots">
      <Pot name="Owed" figure={show(owedOf(balances))}>
        <OwedWords view={view} />
      </Pot>
      <Pot name="Tier" figure={tierName(tier)}>
        {nextTierWords(balances.lifetimePaid, policyRow.buildTierThresholds, tier, show)}
      </Pot>
      {uncharged > 0 && (
        <Pot name="Not charged this month" figure={show(uncharged)}>
          Usage beyond what could be spent at that moment. It is not asked for.
        </Pot>
      )}
    </dl>
  );
}

/** The limit counts without tax (R16); what is to be paid is more by it. */
function OwedWords({ view }: ViewProperties) {
  const { balances, limit, show } = view;
  const tax = balances.invoicedTax > 0 && (
    <> Without {show(balances.invoicedTax)} of tax on invoices.</>
  );
  if (limit === 0) {
    return (
      <>
        Your balance limit is {show(limit)}: {limitReason(view)}
        {tax}
      </>
    );
  }
  const share = Math.min(1, owedOf(balances) / limit);
  return (
    <>
      <progress max={1} value={share} aria-label="Owed, of the balance limit" />
      of a balance limit of {show(limit)}
      {balances.heldPostpaid > 0 && `; running requests hold ${show(balances.heldPostpaid)}`}.{tax}
    </>
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
  const missing = show(subtract(threshold, paid));
  return `${missing} more, in credits bought or invoices paid, brings Build Tier ${next + 1}.`;
}

/** What of the invoices of a closed account is still to be paid, tax included. */
export function dueOf({ balances }: Pick<AccountView, 'balances'>): Micros {
  return sum(balances.invoiced, balances.invoicedTax);
}
