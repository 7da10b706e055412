import type { AccountCounts, FoundAccount } from '../../ledger/account-search.ts';
import { Badge, Instant } from '../pages/layout.tsx';
import { Pot } from '../pages/pot.tsx';
import { Records } from '../pages/records.tsx';

interface OverviewProperties {
  readonly text: string;
  readonly accounts: readonly FoundAccount[];
  readonly hasMore: boolean;
  readonly counts: AccountCounts;
  /** Null where Temporal does not answer. */
  readonly reviews: number | null;
}

/** Where an operator begins: one account, or what waits for a person. */
export function Overview({ text, accounts, hasMore, counts, reviews }: OverviewProperties) {
  return (
    <>
      <h1>Accounts</h1>
      <Counts counts={counts} reviews={reviews} />
      <section class="box stack">
        <form method="get" action="/operator" role="search" class="actions">
          <label class="field-label" for="q">
            Find
          </label>
          <input
            class="grows"
            type="text"
            id="q"
            name="q"
            value={text}
            maxlength={200}
            autocomplete="off"
            placeholder="An id, an invoice’s number, or how a name or mail address begins"
          />
          <button type="submit">Find</button>
        </form>
        {accounts.length === 0 ? (
          <p class="soft">{text === '' ? 'There is no account yet.' : 'Nothing was found.'}</p>
        ) : (
          <AccountTable accounts={accounts} />
        )}
        {hasMore && <p class="soft small">There are more: write more of it.</p>}
      </section>
    </>
  );
}

function Counts({ counts, reviews }: Pick<OverviewProperties, 'counts' | 'reviews'>) {
  const { accounts, onHold, closed, openPurchases } = counts;
  return (
    <dl class="pots">
      <Pot name="Accounts" figure={count(accounts)}>
        {count(onHold)} on hold, {count(closed)} closed
      </Pot>
      <Pot name="Purchases under way" figure={count(openPurchases)}>
        Not paid, declined or given up yet
      </Pot>
      <Pot name="Waiting for a person" figure={reviews === null ? '?' : count(reviews)}>
        {reviews === null ? 'Temporal does not answer.' : <a href="/operator/reviews">Reviews</a>}
      </Pot>
    </dl>
  );
}

function AccountTable({ accounts }: Pick<OverviewProperties, 'accounts'>) {
  return (
    <Records
      rows={accounts}
      columns={[
        {
          heading: 'Account',
          kind: 'long',
          cell: ({ accountId, name, email }) => (
            <>
              <a href={`/operator/accounts/${accountId}`}>
                <bdi>{name ?? accountId}</bdi>
              </a>
              <div class="soft small">
                {email ?? 'no mail address'}
                <br />
                <code>{accountId}</code>
              </div>
            </>
          ),
        },
        { heading: 'State', cell: (account) => <AccountState account={account} /> },
        { heading: 'Currency', cell: ({ currency }) => currency.toUpperCase() },
        {
          heading: 'Since',
          kind: 'whole',
          cell: ({ createdAtMs }) => (
            <span class="soft small">
              <Instant ms={createdAtMs} />
            </span>
          ),
        },
      ]}
    />
  );
}

/** In words, what an account's row says about it first. */
export function AccountState({
  account: { status, isOnHold },
}: {
  readonly account: Pick<FoundAccount, 'status' | 'isOnHold'>;
}) {
  if (status === 'closed') return <Badge tone="plain">Closed</Badge>;
  if (isOnHold) return <Badge tone="bad">On hold</Badge>;
  return <Badge tone="good">Open</Badge>;
}

/** "1 account", "2,000 accounts". */
export function counted(number: number, name: string): string {
  return `${count(number)} ${name}${number === 1 ? '' : 's'}`;
}

export function count(number: number): string {
  return number.toLocaleString('en-US');
}
