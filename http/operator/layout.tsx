import type { Child } from 'hono/jsx';
import { FormGuard } from '../pages/form-guard.tsx';
import { Document } from '../pages/layout.tsx';
import type { OperatorPageSession } from './session.ts';

export type OperatorSection = 'overview' | 'runs' | 'reviews' | 'collections';

const sections: readonly { section: OperatorSection; path: string; label: string }[] = [
  { section: 'overview', path: '/operator', label: 'Accounts' },
  { section: 'runs', path: '/operator/invoice-runs', label: 'Invoice runs' },
  { section: 'collections', path: '/operator/collections', label: 'Collections' },
  { section: 'reviews', path: '/operator/reviews', label: 'Reviews' },
];

/** Stands at the head of a page that has no sections: before signing in, and after. */
export function Brand() {
  return (
    <p class="brand">
      <img src="/assets/mark.svg" alt="" width="28" height="28" />
      Operators
    </p>
  );
}

interface OperatorPageProperties {
  readonly title: string;
  readonly section: OperatorSection;
  readonly session: OperatorPageSession;
  /** True where no real card is charged. */
  readonly testCards: boolean;
  readonly head?: Child;
  readonly children: Child;
}

/** A page for operators: who is signed in, where they are, and the content. */
export function OperatorPage(properties: OperatorPageProperties) {
  const { title, section, session, testCards, head, children } = properties;
  return (
    <Document title={`${title} · Operators`} head={head}>
      <header class="top">
        <div class="frame top-row">
          <a class="brand" href="/operator">
            <img src="/assets/mark.svg" alt="" width="28" height="28" />
            <span>Operators</span>
          </a>
          <form method="post" action="/operator/sign-out" class="who">
            <FormGuard csrf={session.csrf} />
            <span class="who-name">{session.operator}</span>
            <button type="submit" class="quiet small">
              Sign out
            </button>
          </form>
        </div>
        <nav class="frame tabs" aria-label="Operators">
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
        <p>What is done here is kept in the audit log under your name.</p>
      </footer>
    </Document>
  );
}
