import type { Micros } from '../../domain/money.ts';
import { toMinorUnits } from '../../domain/money.ts';
import type { Currency } from '../../domain/currencies.ts';
import type { CardEntry } from '../dependencies.ts';
import { testCards } from './test-cards.ts';

interface CardEntryProperties {
  readonly entry: CardEntry;
  readonly money: Currency;
  /** What will be charged; null where the card is only kept. */
  readonly total: Micros | null;
  /** Stripe's form must know where the customer returns to, should the bank take them away. */
  readonly returnUrl: string;
}

/**
 * Fields for a new card. They end up as `newCard`: a token of Stripe's, never a card number (R15).
 */
export function CardEntryFields({ entry, money, total, returnUrl }: CardEntryProperties) {
  switch (entry.kind) {
    case 'test_cards':
      return <TestCardPicker />;
    case 'elements':
      return (
        <div
          data-card-entry
          data-publishable-key={entry.publishableKey}
          data-mode={total === null ? 'setup' : 'payment'}
          data-amount={total === null ? undefined : String(toMinorUnits(total, money))}
          data-currency={money.code}
          data-return-url={returnUrl}
        >
          <div data-card-form />
          <input type="hidden" name="newCard" />
          <p class="field-error" role="alert" data-card-error />
          <noscript>
            <p class="field-error">
              Stripe’s card form needs JavaScript, so that your card number never reaches us.
            </p>
          </noscript>
        </div>
      );
    case 'unavailable':
      return <p class="field-error">Cards cannot be added here at the moment.</p>;
  }
}

/** Scripts of the page's head, where Stripe's form is used. */
export function CardEntryScripts({ entry }: { readonly entry: CardEntry }) {
  if (entry.kind !== 'elements') return <></>;
  return (
    <>
      <script src="https://js.stripe.com/v3/" defer />
      <script src="/assets/card-entry.js" defer />
    </>
  );
}

function TestCardPicker() {
  return (
    <div>
      <label class="field-label" for="new-card">
        Test card
      </label>
      <select id="new-card" name="newCard">
        {testCards.map(({ group, cards }) => (
          <optgroup label={group}>
            {cards.map(({ token, name }) => (
              <option value={token}>{name}</option>
            ))}
          </optgroup>
        ))}
      </select>
      <p class="hint">These are Stripe’s test cards. No real card is charged.</p>
    </div>
  );
}
