import { html } from 'hono/html';
import type { Child } from 'hono/jsx';

export type Section = 'overview' | 'buy' | 'cards' | 'history' | 'invoices' | 'settings';

interface DocumentProperties {
  readonly title: string;
  readonly children: Child;
  readonly head?: Child;
}

/** A whole page with our style sheet. Nothing inline: the content security policy forbids it. */
export function Document({ title, children, head }: DocumentProperties) {
  return html`<!doctype html>${(
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="robots" content="noindex" />
          <title>{title}</title>
          <link rel="icon" type="image/svg+xml" href="/assets/mark.svg" />
          <link rel="stylesheet" href="/assets/pages.css" />
          {head}
        </head>
        <body>
          <a class="skip" href="#main">
            Skip to the content
          </a>
          {children}
        </body>
      </html>
    )}`;
}

const sections: readonly { section: Section; path: string; label: string }[] = [
  { section: 'overview', path: '/billing', label: 'Overview' },
  { section: 'buy', path: '/billing/buy', label: 'Buy credits' },
  { section: 'cards', path: '/billing/cards', label: 'Cards' },
  { section: 'history', path: '/billing/history', label: 'History' },
  { section: 'invoices', path: '/billing/invoices', label: 'Invoices' },
  { section: 'settings', path: '/billing/settings', label: 'Settings' },
];

interface BillingPageProperties extends DocumentProperties {
  readonly section: Section | null;
  /** Whose page it is, in words. */
  readonly accountName: string;
  /** Where the customer came from, if the backend said so. */
  readonly returnUrl: string | null;
  /** True where no real card is charged. */
  readonly testCards: boolean;
}

/** A page of the billing portal: who, where, and the content. */
export function BillingPage(properties: BillingPageProperties) {
  const { title, section, accountName, returnUrl, testCards, head, children } = properties;
  return (
    <Document title={`${title} · Billing`} head={head}>
      <header class="top">
        <div class="frame top-row">
          <a class="brand" href="/billing">
            <img src="/assets/mark.svg" alt="" width="28" height="28" />
            <span>Billing</span>
          </a>
          <p class="who">
            <span class="who-name">{accountName}</span>
            {returnUrl !== null && <a href={returnUrl}>Back to your account</a>}
          </p>
        </div>
        <nav class="frame tabs" aria-label="Billing">
          {sections.map(({ section: name, path, label }) => (
            <a href={path} aria-current={name === section ? 'page' : undefined}>
              {label}
            </a>
          ))}
        </nav>
      </header>
      <main id="main" class="frame" tabindex={-1}>
        {children}
      </main>
      <footer class="frame foot">
        {testCards && (
          <p>
            <strong>Test mode.</strong> No real card is charged here.
          </p>
        )}
        <p>
          Card details go straight to Stripe. We keep the brand, the last four digits and the expiry
          date.
        </p>
      </footer>
    </Document>
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
