import { Message } from './layout.tsx';

interface CardSetupProperties {
  readonly isPending: boolean;
  /** The bank's page, while it waits for the customer. */
  readonly actionUrl: string | null;
}

/** A card that is not on file yet: the bank asks, or has not answered. */
export function CardSetupPage({ isPending, actionUrl }: CardSetupProperties) {
  return (
    <div class="stack narrow">
      <h1>{isPending ? 'Your card is being checked' : 'Your bank asks you to confirm'}</h1>
      {isPending ? (
        <Message tone="wait" title="The bank has not answered yet">
          <div class="actions">
            <a class="button" href="">
              Look again
            </a>
          </div>
        </Message>
      ) : (
        <Message tone="wait" title="The card is not on file yet">
          <p>Your bank wants to be sure that it is you. It takes a minute on its own page.</p>
          <div class="actions">
            <a class="button" href={actionUrl ?? ''}>
              {actionUrl === null ? 'Look again' : 'Confirm with your bank'}
            </a>
          </div>
        </Message>
      )}
      <p>
        <a href="/billing/cards">Back to the cards</a>
      </p>
    </div>
  );
}
