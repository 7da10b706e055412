import type { Child } from 'hono/jsx';
import type { SolventError } from '../../domain/failures.ts';
import { failures } from '../../domain/failures.ts';
import { PlainPage } from './frame.tsx';
import { Message } from './layout.tsx';

interface FailurePageProperties {
  readonly brand: string;
  readonly failure: Pick<SolventError, 'code' | 'message'>;
  /** In place of the failure's own title. */
  readonly title?: string;
  /** What to do about it. */
  readonly children: Child;
}

/** What happened, in words, and what to do. */
export function FailurePage({ brand, failure, title, children }: FailurePageProperties) {
  const { code, message } = failure;
  const shown = title ?? failures[code].title;
  // A failure's message begins with its title where it says more.
  const more = (message.startsWith(shown) ? message.slice(shown.length) : message).trim();
  return (
    <PlainPage title={shown} brand={brand}>
      <Message tone="bad" title={shown}>
        {more !== '' && <p>{more}</p>}
      </Message>
      {children}
    </PlainPage>
  );
}
