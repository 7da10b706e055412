import type { DeclineExplanation } from '../../domain/declines.ts';
import type { Refusal } from '../../domain/failures.ts';
import { Message } from './layout.tsx';

/** What a customer sees of any payment on its way, whatever it is for: a pack or an invoice. */

/** The outcome is not known yet: it is never called failed (R6). */
export function WaitingForBank({ heading }: { readonly heading: string }) {
  return (
    <>
      <h1>{heading}</h1>
      <section class="message wait" role="status">
        <Waiting>
          We are waiting for the bank’s answer. This page changes by itself; you can also close it
          and come back.
        </Waiting>
      </section>
    </>
  );
}

interface BankAsksProperties {
  /** What is not done yet. */
  readonly title: string;
  /** The bank's page; null while its link is being prepared. */
  readonly actionUrl: string | null;
}

/** The bank wants the customer to confirm, on its own page (R13). */
export function BankAsks({ title, actionUrl }: BankAsksProperties) {
  return (
    <>
      <h1>Your bank asks you to confirm</h1>
      <Message tone="wait" title={title}>
        <p>Your bank wants to be sure that it is you. It takes a minute on its own page.</p>
        {actionUrl === null ? (
          <Waiting>The link is being prepared.</Waiting>
        ) : (
          <div class="actions">
            <a class="button" href={actionUrl}>
              Confirm with your bank
            </a>
          </div>
        )}
      </Message>
      <p class="soft small">When you are done you come back here.</p>
    </>
  );
}

function Waiting({ children }: { readonly children: string }) {
  return (
    <p class="waiting">
      <span class="spinner" aria-hidden="true" />
      <span>{children}</span>
    </p>
  );
}

interface WhyNotPaidProperties {
  readonly decline: DeclineExplanation | null;
  readonly refusal: Refusal | null;
  /** What became of the money. */
  readonly money?: string;
}

/** What heads a payment that was declined: who only had to confirm it was not refused by the bank. */
export function declinedHeading(decline: DeclineExplanation | null): string {
  return decline?.class === 'authentication'
    ? 'The payment was not confirmed'
    : 'The card was declined';
}

/** Why it was not paid, and what helps (R14). */
export function WhyNotPaid({
  decline,
  refusal,
  money = 'Nothing was charged.',
}: WhyNotPaidProperties) {
  return (
    <>
      {decline !== null && (
        <Message tone="bad" title={decline.reason}>
          <p>{decline.whatToDo}</p>
          <p>{money}</p>
        </Message>
      )}
      {refusal !== null && (
        <Message tone="bad" title={refusal.message}>
          <p>{money}</p>
        </Message>
      )}
    </>
  );
}
