import type { Child } from 'hono/jsx';
import type { LinkState } from '../../ledger/authentication-links.ts';
import { PlainPage } from './frame.tsx';
import { Message } from './layout.tsx';

interface PayPageProperties {
  readonly title: string;
  readonly children: Child;
}

/**
 * What whoever opens a mailed link is shown: how the payment stands and the next step. Never the
 * account's name, mail address or balance, since mails are passed on.
 */
export function PayPage({ title, children }: PayPageProperties) {
  return (
    <PlainPage title={title} brand="Billing">
      {children}
    </PlainPage>
  );
}

/** A link that leads nowhere any more. */
export type StaleState = Exclude<LinkState, 'good'>;

/** Why a link leads nowhere, whatever it was for. */
export const staleTitles = {
  used: 'This link was used already',
  replaced: 'A newer link has taken the place of this one',
  expired: 'This link has expired',
} as const satisfies Record<StaleState, string>;

export interface PaymentEnd {
  readonly tone: 'good' | 'bad';
  readonly title: string;
  readonly words: string;
}

/** What was to be paid is over: its links are dead, and this says why (R13). */
export function PayEnded({ tone, title, words }: PaymentEnd) {
  return (
    <PayPage title={title}>
      <Message tone={tone} title={title}>
        <p>{words}</p>
        <div class="actions">
          <a class="button" href="/billing">
            To the billing page
          </a>
        </div>
      </Message>
    </PayPage>
  );
}
