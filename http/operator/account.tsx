import type { Hold } from '../../domain/holds.ts';
import type { Invoice } from '../../domain/invoices.ts';
import type { Purchase } from '../../domain/purchase.ts';
import { owedOf } from '../../domain/standing.ts';
import { tierName } from '../../domain/tiers.ts';
import type { TemporalUi } from '../dependencies.ts';
import { Access } from '../pages/access.tsx';
import type { AccountView } from '../pages/account-view.ts';
import { FormGuard } from '../pages/form-guard.tsx';
import { Instant, Message } from '../pages/layout.tsx';
import { Pot } from '../pages/pot.tsx';
import { TextField } from '../pages/text-field.tsx';
import { HoldTable, InvoiceTable, PurchaseTable } from './account-tables.tsx';
import { auditedReasonHint } from './collection-forms.tsx';
import { AccountState, counted } from './overview.tsx';
import { AccountWorkflows } from './workflow-link.tsx';

interface AccountProperties {
  readonly view: AccountView;
  readonly email: string | null;
  /** The open ones, as those that follow: the first few. */
  readonly holds: readonly Hold[];
  readonly invoices: readonly Invoice[];
  readonly purchases: readonly Purchase[];
  readonly csrf: string;
  readonly temporalUi: TemporalUi | undefined;
  /** What was done a moment ago. */
  readonly done: string | undefined;
  readonly error: string | null;
  /** What was typed, where it could not be taken. */
  readonly reason: string | undefined;
}

const doneWords: Readonly<Record<string, string>> = {
  hold: 'The account is on hold. What runs already is settled; nothing new is admitted.',
  unhold: 'The account may be used again.',
};

export function AccountPage(properties: AccountProperties) {
  const { view, done, holds, invoices, purchases, temporalUi } = properties;
  const words = doneWords[done ?? ''];
  const { accountId } = view.account;
  return (
    <>
      {words !== undefined && <Message tone="good" title={words} />}
      <Head {...properties} />
      <Pots view={view} />
      <Access
        access={view.access}
        heading="Can its requests run? In the customer’s words"
        address={`/operator/accounts/${accountId}`}
      />
      <HoldForms {...properties} />
      <section class="box stack">
        <h2>Running requests</h2>
        {holds.length === 0 ? (
          <p class="soft">Nothing is reserved.</p>
        ) : (
          <HoldTable holds={holds} view={view} />
        )}
      </section>
      <section class="box stack">
        <h2>Invoices</h2>
        {invoices.length === 0 ? (
          <p class="soft">No invoice yet.</p>
        ) : (
          <InvoiceTable invoices={invoices} view={view} />
        )}
      </section>
      <section class="box stack">
        <h2>Purchases</h2>
        {purchases.length === 0 ? (
          <p class="soft">Nothing has been bought yet.</p>
        ) : (
          <PurchaseTable purchases={purchases} view={view} temporalUi={temporalUi} />
        )}
      </section>
    </>
  );
}

function Head({ view, email, temporalUi }: AccountProperties) {
  const { account, name, nowMs } = view;
  const isOnHold = account.adminHold !== null;
  return (
    <div class="stack tight">
      <div class="row">
        <h1>
          <bdi>{name}</bdi>
        </h1>
        <AccountState account={{ status: account.status, isOnHold }} />
      </div>
      <p class="soft small">
        {email ?? 'no mail address'} · <code>{account.accountId}</code> ·{' '}
        {account.currency.toUpperCase()} · {account.plan} · since{' '}
        <Instant ms={account.createdAtMs} />
      </p>
      {account.testClockOffsetMs > 0 && (
        <p class="soft small">
          Its own time was moved: it is <Instant ms={nowMs} /> there.
        </p>
      )}
      <AccountWorkflows accountId={account.accountId} temporalUi={temporalUi} />
    </div>
  );
}

function Pots({ view }: { readonly view: AccountView }) {
  const { balances, limit, ceiling, show, tier } = view;
  return (
    <dl class="pots">
      <Pot name="Purchased credits" figure={show(balances.purchased)}>
        Of {show(balances.lifetimePaid)} paid in all
      </Pot>
      <Pot name="Free credits" figure={show(balances.free)}>
        {balances.held > 0 ? `Requests hold ${show(balances.held)} of all credits` : 'Used first'}
      </Pot>
      <Pot name="Owed" figure={show(owedOf(balances))}>
        {show(balances.unbilled)} not invoiced yet, {show(balances.invoiced)} invoiced. Tax of{' '}
        {show(balances.invoicedTax)} on invoices comes on top
      </Pot>
      <Pot name="Balance limit" figure={show(limit)}>
        Of a ceiling of {show(ceiling)}
        {balances.heldPostpaid > 0 && `; requests hold ${show(balances.heldPostpaid)}`}
      </Pot>
      <Pot name="Tier" figure={tierName(tier)}>
        {view.cards.length === 0
          ? 'No card on file'
          : `${counted(view.cards.length, 'card')} on file`}
      </Pot>
      {balances.refundsDue > 0 && (
        <Pot name="To be returned" figure={show(balances.refundsDue)}>
          The customer’s money, and no credits
        </Pot>
      )}
    </dl>
  );
}

/** Keeps the account from use, or lets it go (R54). */
function HoldForms({ view, csrf, error, reason }: AccountProperties) {
  const { accountId, adminHold, status } = view.account;
  const address = `/operator/accounts/${accountId}`;
  if (status === 'closed') return null;
  return (
    <section class="box stack" id="hold">
      <h2>{adminHold === null ? 'Keep it from use' : 'It is kept from use'}</h2>
      {adminHold !== null && (
        <Message tone="bad" title={adminHold.reason}>
          <p>
            Since <Instant ms={adminHold.sinceMs} />. The customer is not told the reason.
          </p>
          <form method="post" action={`${address}/unhold`} class="actions" data-sends-once>
            <FormGuard csrf={csrf} />
            <button type="submit">Let it be used again</button>
          </form>
        </Message>
      )}
      <form method="post" action={`${address}/hold`} class="stack" data-sends-once>
        <FormGuard csrf={csrf} />
        <TextField
          id="reason"
          label={adminHold === null ? 'Reason' : 'Another reason'}
          value={reason ?? ''}
          error={error}
          hint={auditedReasonHint}
        />
        <p>
          <button type="submit" class={adminHold === null ? 'danger' : 'quiet'}>
            {adminHold === null ? 'Put on hold' : 'Change the reason'}
          </button>
        </p>
      </form>
    </section>
  );
}
