import type { AccountCounts, FoundAccount } from '../../ledger/account-search.ts';
import { Headings } from '../pages/headings.tsx';
import { Badge, Instant } from '../pages/layout.tsx';

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
      <Count name="Accounts" figure={accounts}>
        {count(onHold)} on hold, {count(closed)} closed
      </Count>
      <Count name="Purchases under way" figure={openPurchases}>
        Not paid, declined or given up yet
      </Count>
      <Count name="Waiting for a person" figure={reviews}>
        {reviews === null ? 'Temporal does not answer.' : <a href="/operator/reviews">Reviews</a>}
      </Count>
    </dl>
  );
}

interface CountProperties {
  readonly name: string;
  readonly figure: number | null;
  readonly children: unknown;
}

function Count({ name, figure, children }: CountProperties) {
  return (
    <div class="box pot">
      <dt>{name}</dt>
      <dd class="figure">{figure === null ? '?' : count(figure)}</dd>
      <dd>{children}</dd>
    </div>
  );
}

function AccountTable({ accounts }: Pick<OverviewProperties, 'accounts'>) {
  return (
    <div class="scroll">
      <table>
        <Headings words={['Account', 'State', 'Currency', 'Since']} numbers={[]} />
        <tbody>
          {accounts.map((account) => (
            <tr>
              <td class="what">
                <a href={`/operator/accounts/${account.accountId}`}>
                  {account.name ?? account.accountId}
                </a>
                <div class="soft small">
                  {account.email ?? 'no mail address'}
                  <br />
                  <code>{account.accountId}</code>
                </div>
              </td>
              <td>
                <AccountState account={account} />
              </td>
              <td>{account.currency.toUpperCase()}</td>
              <td class="soft small">
                <Instant ms={account.createdAtMs} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
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

export function count(number: number): string {
  return number.toLocaleString('en-US');
}
