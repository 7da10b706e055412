import { formatDecimal, micros, type Micros } from '../../domain/money.ts';
import type { Policy } from '../../domain/policy.ts';
import type { PurchasePreview } from '../../domain/purchase.ts';
import { owedOf } from '../../domain/standing.ts';
import { stillDueOf } from '../../domain/still-due.ts';
import type { CardEntry } from '../dependencies.ts';
import type { AccountView } from './account-view.ts';
import { FormGuard } from './form-guard.tsx';
import { PayWith } from './pay-with.tsx';
import { StillDueMessage } from './still-due.tsx';
import { TextField } from './text-field.tsx';

/** Offered amounts, as multiples of the smallest purchase: $10, $25, $50, $100 where that is $5. */
const offeredMultiples = [2, 5, 10, 20];

interface ChooseProperties {
  readonly view: AccountView;
  /** What was typed before, where it was refused. */
  readonly typed: string | null;
  readonly error: string | null;
}

const dayMs = 86_400_000;

function lifeOfCredits({ purchasedCreditsExpireAfterMs: endMs }: Policy): string {
  return endMs === null
    ? 'Credits never expire.'
    : `Credits expire ${Math.floor(endMs / dayMs)} days after you bought them.`;
}

/** Step one: how much. */
export function ChooseAmount({ view, typed, error }: ChooseProperties) {
  const { money, policyRow, show } = view;
  const offered = offeredMultiples
    .map((multiple) => micros(policyRow.minimumPurchase * multiple))
    .filter((amount) => amount <= policyRow.maximumPurchase);
  return (
    <>
      <h1>Buy credits</h1>
      <StillDueMessage view={view} />
      <form method="get" action="/billing/buy/confirm" class="box stack narrow">
        <fieldset>
          <legend>How much?</legend>
          <div class="amounts">
            {offered.map((amount, index) => (
              <label>
                <input
                  type="radio"
                  name="amount"
                  value={formatDecimal(amount, money)}
                  checked={index === 1 && typed === null}
                />
                {show(amount)}
              </label>
            ))}
          </div>
        </fieldset>
        <TextField
          id="own-amount"
          name="ownAmount"
          label="Or another amount"
          symbol={money.symbol}
          value={typed ?? ''}
          error={error}
          hint={
            <>
              From {show(policyRow.minimumPurchase)} to {show(policyRow.maximumPurchase)}. Filled
              in, it counts instead of the buttons.
            </>
          }
        />
        <p class="soft small">
          {lifeOfCredits(view.policy)} Next you see the exact charge; nothing is charged before you
          confirm it.
        </p>
        <div class="actions">
          <button type="submit">Continue</button>
          <a href="/billing">Cancel</a>
        </div>
      </form>
    </>
  );
}

interface ConfirmProperties {
  readonly view: AccountView;
  readonly preview: PurchasePreview;
  readonly entry: CardEntry;
  readonly csrf: string;
  readonly idempotencyKey: string;
  readonly returnUrl: string;
  /** True where the customer comes from "a second purchase of the same amount is pending". */
  readonly asksForDuplicate: boolean;
}

/** Step two: the exact charge, and with which card. */
export function ConfirmPurchase(properties: ConfirmProperties) {
  const { view, preview, entry, csrf, idempotencyKey, returnUrl, asksForDuplicate } = properties;
  const { show, money } = view;
  const payable = view.cards.length > 0 || entry.kind !== 'unavailable';
  return (
    <>
      <h1>Confirm your purchase</h1>
      <StillDueMessage view={view} />
      <form method="post" action="/billing/purchases" class="stack narrow" data-sends-once>
        <FormGuard csrf={csrf} idempotencyKey={idempotencyKey} />
        <input type="hidden" name="amount" value={formatDecimal(preview.credits, money)} />
        <section class="box stack">
          <h2>What you pay</h2>
          <ChargeLines preview={preview} show={show} />
        </section>
        <section class="box stack">
          <h2>What it does</h2>
          <Uses preview={preview} owed={owedOf(view.balances)} show={show} />
        </section>
        <PayWith
          view={view}
          entry={entry}
          total={preview.total}
          returnUrl={returnUrl}
          newCardLabel="Another card, for this purchase only"
        />
        {asksForDuplicate && (
          <label class="choice box">
            <input type="checkbox" name="confirmDuplicate" value="yes" required />
            Yes, I want a second purchase of {show(preview.credits)} while the first is pending.
          </label>
        )}
        <div class="actions">
          {payable && <button type="submit">{buttonWords(properties)}</button>}
          <a href="/billing/buy">Change the amount</a>
        </div>
      </form>
    </>
  );
}

/** Beside a button that pays an invoice, one that only says "Pay" could mean both (R48). */
function buttonWords({ view, preview }: ConfirmProperties): string {
  const { show } = view;
  return stillDueOf(view) === null
    ? `Pay ${show(preview.total)}`
    : `Buy ${show(preview.credits)} of credits for ${show(preview.total)}`;
}

interface LinesProperties {
  readonly preview: PurchasePreview;
  readonly show: (amount: Micros) => string;
}

/** Tax stands apart from the credits, and has a name (R45). */
function ChargeLines({ preview: { credits, tax, total }, show }: LinesProperties) {
  return (
    <dl class="lines">
      <div>
        <dt>Credits</dt>
        <dd class="amount">{show(credits)}</dd>
      </div>
      <div>
        <dt>{tax.name === null ? 'Tax' : `${tax.name}, ${percent(tax.partsPerMillion)}`}</dt>
        <dd class="amount">{show(tax.amount)}</dd>
      </div>
      <div class="total">
        <dt>Total charged to your card</dt>
        <dd class="amount">{show(total)}</dd>
      </div>
    </dl>
  );
}

/** "6.5 %" from 65,000 parts per million. */
function percent(partsPerMillion: number): string {
  return `${partsPerMillion / 10_000} %`;
}

/** Both amounts of R22: what pays this month's usage at once, and what is added. */
function Uses({
  preview: { paysUnbilled, addsToBalance },
  owed,
  show,
}: LinesProperties & { readonly owed: Micros }) {
  return (
    <dl class="lines">
      {owed > 0 && (
        <div>
          <dt>Pays this month’s usage</dt>
          <dd class="amount">{show(paysUnbilled)}</dd>
        </div>
      )}
      <div>
        <dt>Adds to your purchased credits</dt>
        <dd class="amount">{show(addsToBalance)}</dd>
      </div>
    </dl>
  );
}
