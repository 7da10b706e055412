import { cardName, isExpired } from '../../domain/cards.ts';
import type { SavedCard } from '../../domain/payment-methods.ts';
import type { CardEntry } from '../dependencies.ts';
import type { AccountView } from './account-view.ts';
import { CardEntryFields } from './card-entry.tsx';
import { FormGuard } from './form-guard.tsx';
import { Badge } from './layout.tsx';

/** A card as people tell theirs apart. */
export function CardName({ saved, nowMs }: { readonly saved: SavedCard; readonly nowMs: number }) {
  const { card } = saved;
  const expiry = `${String(card.expiryMonth).padStart(2, '0')}/${card.expiryYear}`;
  const expired = isExpired(card, nowMs);
  return (
    <div class="stack tight">
      <p class="card-name">
        {cardName(card)}
        {saved.isDefault && <Badge tone="good">Default</Badge>}
        {expired && <Badge tone="bad">Expired</Badge>}
      </p>
      <p class="soft small">
        {fundingWords[card.funding] ?? 'Card'}, {expired ? 'expired' : 'good until'} {expiry}
      </p>
    </div>
  );
}

const fundingWords: Readonly<Record<string, string>> = {
  credit: 'Credit card',
  debit: 'Debit card',
};

interface CardsProperties {
  readonly view: AccountView;
  readonly entry: CardEntry;
  readonly csrf: string;
  readonly idempotencyKey: string;
  readonly returnUrl: string;
}

export function Cards({ view, entry, csrf, idempotencyKey, returnUrl }: CardsProperties) {
  return (
    <>
      <section class="box stack">
        <h2>On file</h2>
        {view.cards.length === 0 ? (
          <p class="soft">There is no card on file yet.</p>
        ) : (
          <ul class="list">
            {view.cards.map((saved) => (
              <li>
                <CardName saved={saved} nowMs={view.nowMs} />
                <CardActions saved={saved} nowMs={view.nowMs} csrf={csrf} />
              </li>
            ))}
          </ul>
        )}
      </section>
      <section class="box stack">
        <h2>Add a card</h2>
        <p class="soft">
          A credit or debit card tied to a bank account. Prepaid cards are not supported.
        </p>
        <form method="post" action="/billing/cards" class="stack" data-sends-once>
          <FormGuard csrf={csrf} idempotencyKey={idempotencyKey} />
          <CardEntryFields entry={entry} money={view.money} total={null} returnUrl={returnUrl} />
          {view.cards.length > 0 && (
            <label class="choice">
              <input type="checkbox" name="makeDefault" value="yes" checked />
              Use it for future payments
            </label>
          )}
          <p class="hint">
            By adding a card you allow us to charge it for what you buy and for what you owe.
          </p>
          {entry.kind !== 'unavailable' && (
            <div class="actions">
              <button type="submit">Add card</button>
            </div>
          )}
        </form>
      </section>
    </>
  );
}

interface CardActionsProperties {
  readonly saved: SavedCard;
  readonly nowMs: number;
  readonly csrf: string;
}

function CardActions({ saved, nowMs, csrf }: CardActionsProperties) {
  const { paymentMethodId, card, isDefault } = saved;
  const address = `/billing/cards/${encodeURIComponent(paymentMethodId)}`;
  const name = cardName(card);
  return (
    <div class="inline-forms">
      {!isDefault && !isExpired(card, nowMs) && (
        <form method="post" action={`${address}/default`}>
          <FormGuard csrf={csrf} />
          <button type="submit" class="quiet small" aria-label={`Make ${name} the default card`}>
            Make default
          </button>
        </form>
      )}
      <form method="post" action={`${address}/remove`}>
        <FormGuard csrf={csrf} />
        <button type="submit" class="danger small" aria-label={`Remove ${name}`}>
          Remove
        </button>
      </form>
    </div>
  );
}
