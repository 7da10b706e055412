import { cardName, isExpired } from '../../domain/cards.ts';
import type { Micros } from '../../domain/money.ts';
import type { CardEntry } from '../dependencies.ts';
import type { AccountView } from './account-view.ts';
import { CardEntryFields } from './card-entry.tsx';

interface PayWithProperties {
  readonly view: AccountView;
  readonly entry: CardEntry;
  readonly total: Micros;
  readonly returnUrl: string;
  readonly newCardLabel: string;
}

/** With which card: one on file, the default one chosen, or a new one. */
export function PayWith({ view, entry, total, returnUrl, newCardLabel }: PayWithProperties) {
  const usable = view.cards.filter(({ card }) => !isExpired(card, view.nowMs));
  const chosen = usable.find(({ isDefault }) => isDefault) ?? usable[0];
  const fields = (
    <CardEntryFields entry={entry} money={view.money} total={total} returnUrl={returnUrl} />
  );
  return (
    <fieldset class="box">
      <legend>Pay with</legend>
      {usable.map(({ paymentMethodId, card }) => (
        <label class="choice">
          <input
            type="radio"
            name="card"
            value={paymentMethodId}
            checked={paymentMethodId === chosen?.paymentMethodId}
          />
          {cardName(card)}
        </label>
      ))}
      {entry.kind !== 'unavailable' && (
        <>
          <label class="choice">
            <input type="radio" name="card" value="new" checked={usable.length === 0} />
            {newCardLabel}
          </label>
          <div class="new-card">{fields}</div>
        </>
      )}
    </fieldset>
  );
}

/** Which card the form of {@link PayWith} chose: one on file, or the new one; undefined: none. */
export function chosenCard(field: (name: string) => string | undefined): string | undefined {
  return field('card') === 'new' ? field('newCard') : field('card');
}
