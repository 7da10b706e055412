import type { Child } from 'hono/jsx';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { SolventError } from '../../domain/failures.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { statusOfFailure } from '../failures.ts';
import { OperatorPage, type OperatorSection } from './layout.tsx';
import type { OperatorContext } from './session.ts';

interface Shown {
  readonly title: string;
  readonly section: OperatorSection;
  readonly status?: ContentfulStatusCode;
  /** Where the page goes on its own after a moment: it is about something that is under way. */
  readonly refreshTo?: string;
}

/** Answers with a page for operators. */
export function show(
  context: OperatorContext,
  { title, section, status = 200, refreshTo }: Shown,
  { settings: { cardEntry } }: HttpDependencies,
  content: Child,
) {
  const head = (
    <>
      <script src="/assets/forms.js" defer />
      {refreshTo !== undefined && <meta http-equiv="refresh" content={`3;url=${refreshTo}`} />}
    </>
  );
  const { session } = context.var;
  return context.html(
    <OperatorPage
      title={title}
      section={section}
      session={session}
      testCards={cardEntry.kind === 'test_cards'}
      head={head}
    >
      {content}
    </OperatorPage>,
    status,
  );
}

/** What could not be done, in words, beside what was typed. */
export interface FormError {
  readonly message: string;
  readonly status: ContentfulStatusCode;
}

/**
 * Does what a form asks for: undefined where it is done, else what to say on the page it came from.
 * An error of ours is not for the page to explain: it is thrown on.
 */
export async function attempt(act: () => Promise<unknown>): Promise<FormError | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (!(error instanceof SolventError) || error.code === 'internal_error') throw error;
    return { message: error.message, status: statusOfFailure[error.code] };
  }
}
