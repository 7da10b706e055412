import type { Child } from 'hono/jsx';
import { FormGuard } from '../pages/form-guard.tsx';
import { SectionPage, type SectionLink } from '../pages/frame.tsx';
import type { OperatorPageSession } from './session.ts';

export type OperatorSection = 'overview' | 'runs' | 'reviews' | 'collections';

/** Stands beside the mark on every operators' page. */
export const operatorBrand = 'Operators';

const sections: readonly [SectionLink<OperatorSection>, ...SectionLink<OperatorSection>[]] = [
  { section: 'overview', path: '/operator', label: 'Accounts' },
  { section: 'runs', path: '/operator/invoice-runs', label: 'Invoice runs' },
  { section: 'collections', path: '/operator/collections', label: 'Collections' },
  { section: 'reviews', path: '/operator/reviews', label: 'Reviews' },
];

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
    <SectionPage
      {...{ title, brand: operatorBrand, sections, current: section, testCards, head }}
      who={
        <form method="post" action="/operator/sign-out" class="who">
          <FormGuard csrf={session.csrf} />
          <span class="who-name">{session.operator}</span>
          <button type="submit" class="quiet small">
            Sign out
          </button>
        </form>
      }
      foot="What is done here is kept in the audit log under your name."
    >
      {children}
    </SectionPage>
  );
}
