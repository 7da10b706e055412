import { document } from './layout.tsx';

/** The bank's question to the customer, in the bank's place. */
export function authenticationPage(intentId: string, isWaiting: boolean): string {
  return document(
    'Authentication',
    <main>
      <h1>Your bank asks</h1>
      {isWaiting ? (
        <form method="post">
          <p>
            Is it you who pays? This page stands in for the bank of <code>{intentId}</code>.
          </p>
          <button name="answer" value="complete">
            Complete
          </button>{' '}
          <button name="answer" value="fail">
            Fail
          </button>
        </form>
      ) : (
        <p>
          <code>{intentId}</code> waits for no answer: it was given, or there is no such payment.
        </p>
      )}
    </main>,
  );
}
