import type { Child } from 'hono/jsx';
import { SectionPage, type SectionLink } from './frame.tsx';

export type Section = 'overview' | 'buy' | 'cards' | 'history' | 'invoices' | 'settings';

const sections: readonly [SectionLink<Section>, ...SectionLink<Section>[]] = [
  { section: 'overview', path: '/billing', label: 'Overview' },
  { section: 'buy', path: '/billing/buy', label: 'Buy credits' },
  { section: 'cards', path: '/billing/cards', label: 'Cards' },
  { section: 'history', path: '/billing/history', label: 'History' },
  { section: 'invoices', path: '/billing/invoices', label: 'Invoices' },
  { section: 'settings', path: '/billing/settings', label: 'Settings' },
];

interface BillingPageProperties {
  readonly title: string;
  readonly section: Section | null;
  /** Whose page it is, in words. */
  readonly accountName: string;
  /** Where the customer came from, if the backend said so. */
  readonly returnUrl: string | null;
  /** True where no real card is charged. */
  readonly testCards: boolean;
  readonly head?: Child;
  readonly children: Child;
}

/** A page of the billing portal: who, where, and the content. */
export function BillingPage(properties: BillingPageProperties) {
  const { title, section, accountName, returnUrl, testCards, head, children } = properties;
  return (
    <SectionPage
      {...{ title, brand: 'Billing', sections, current: section, testCards, head }}
      who={
        <p class="who">
          <bdi class="who-name">{accountName}</bdi>
          {returnUrl !== null && <a href={returnUrl}>Back to your account</a>}
        </p>
      }
      foot="Card details go straight to Stripe. We keep the brand, the last four digits and the expiry date."
    >
      {children}
    </SectionPage>
  );
}

export type Tone = 'good' | 'bad' | 'wait' | 'plain';

interface MessageProperties {
  readonly tone: Tone;
  readonly title: string;
  readonly children?: Child;
}

/** Something to be read first: a result, a refusal, a thing to do. */
export function Message({ tone, title, children }: MessageProperties) {
  return (
    <section class={`message ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** A small word in a colour, never by colour alone. */
export function Badge({ tone, children }: { readonly tone: Tone; readonly children: Child }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** An instant as a person reads it, its zone said. */
export function Instant({ ms }: { readonly ms: number }) {
  const iso = new Date(ms).toISOString();
  const day = new Date(ms).toLocaleDateString('en-GB', {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  });
  return (
    <time datetime={iso}>
      {day}, {iso.slice(11, 16)} UTC
    </time>
  );
}
