import type { Child } from 'hono/jsx';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { HttpDependencies } from '../dependencies.ts';
import type { AccountView } from './account-view.ts';
import { CardEntryScripts } from './card-entry.tsx';
import { BillingPage, type Section } from './layout.tsx';
import type { PageContext } from './session.ts';

interface Shown {
  readonly title: string;
  readonly section: Section | null;
  readonly view: AccountView;
  readonly status?: ContentfulStatusCode;
  /** The page takes a new card. */
  readonly takesCard?: boolean;
  /** The page is about something that is not final yet. */
  readonly isPending?: boolean;
}

/** Answers with a page of the portal. */
export function show(
  context: PageContext,
  shown: Shown,
  { settings: { cardEntry } }: HttpDependencies,
  content: Child,
) {
  const { title, section, view, status = 200, takesCard = false, isPending = false } = shown;
  const head = (
    <>
      <script src="/assets/forms.js" defer />
      {isPending && <script src="/assets/pending.js" defer />}
      {isPending && (
        <noscript>
          <meta http-equiv="refresh" content="3" />
        </noscript>
      )}
      {takesCard && <CardEntryScripts entry={cardEntry} />}
    </>
  );
  return context.html(
    <BillingPage
      title={title}
      section={section}
      accountName={view.name}
      returnUrl={context.var.session.returnUrl}
      testCards={cardEntry.kind === 'test_cards'}
      head={head}
    >
      {content}
    </BillingPage>,
    status,
  );
}
