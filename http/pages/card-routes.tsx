import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { failure, SolventError, type Refusal } from '../../domain/failures.ts';
import { accountOfId } from '../../domain/ids.ts';
import type { DeclineExplanation } from '../../domain/declines.ts';
import { makeDefault, removeCard } from '../card-changes.ts';
import type { CardSetupOutcome, HttpDependencies } from '../dependencies.ts';
import { readAccountView } from './account-view.ts';
import { CardSetupPage } from './card-setup.tsx';
import { Cards } from './cards.tsx';
import { Message, type Tone } from './layout.tsx';
import { readForm, type PageContext, type PageEnvironment } from './session.ts';
import { show } from './show.tsx';

const setupWaitMs = 5_000;
/** Whom the audit log names: the holder of a portal link. */
const actor = 'portal';

/** Cards on file: list, add, choose the default, remove. */
export function cardRoutes(dependencies: HttpDependencies): Hono<PageEnvironment> {
  const routes = new Hono<PageEnvironment>();

  routes.get('/billing/cards', (context) => {
    const notice = context.req.query('notice') ?? '';
    const title = Object.hasOwn(notices, notice) ? notices[notice] : undefined;
    const told = title === undefined ? null : ({ tone: 'good', title } as const);
    return showCards(context, told, dependencies);
  });

  routes.post('/billing/cards', (context) => addCard(context, dependencies));

  routes.post('/billing/cards/:paymentMethodId/default', (context) =>
    change(context, 'card_default', dependencies, makeDefault),
  );

  routes.post('/billing/cards/:paymentMethodId/remove', (context) =>
    change(context, 'card_removed', dependencies, removeCard),
  );

  routes.get('/billing/card-setups/:setupId', async (context) => {
    const setupId = context.req.param('setupId');
    if (accountOfId(setupId) !== context.var.session.accountId) {
      throw failure('resource_not_found');
    }
    const outcome = await dependencies.client.confirmCardSetup(setupId, setupWaitMs);
    return showSetup(context, outcome, dependencies);
  });

  return routes;
}

/** Told after a change, by a word in the address. */
const notices: Readonly<Record<string, string>> = {
  card_saved: 'The card is on file',
  card_default: 'This card will be charged from now on',
  card_removed: 'The card was removed',
};

interface Told {
  readonly tone: Tone;
  readonly title: string;
  readonly words?: string;
}

async function showCards(context: PageContext, told: Told | null, dependencies: HttpDependencies) {
  const { settings } = dependencies;
  const { accountId, csrf } = context.var.session;
  const view = await readAccountView(accountId, dependencies);
  const status = told?.tone === 'bad' ? 422 : 200;
  return show(
    context,
    { title: 'Cards', section: 'cards', view, status, takesCard: true },
    dependencies,
    <>
      <h1>Cards</h1>
      {told !== null && (
        <Message tone={told.tone} title={told.title}>
          {told.words !== undefined && <p>{told.words}</p>}
        </Message>
      )}
      <Cards
        view={view}
        entry={settings.cardEntry}
        csrf={csrf}
        idempotencyKey={`page-${randomUUID()}`}
        returnUrl={`${settings.publicUrl}/billing/cards`}
      />
    </>,
  );
}

async function addCard(context: PageContext, dependencies: HttpDependencies): Promise<Response> {
  const { accountId } = context.var.session;
  const field = await readForm(context);
  const idempotencyKey = field('idempotencyKey');
  const source = field('newCard');
  if (idempotencyKey === undefined || source === undefined) {
    return showCards(context, { tone: 'bad', title: 'Please enter a card.' }, dependencies);
  }
  const outcome = await dependencies.client.setUpCard({
    accountId,
    idempotencyKey,
    source,
    makeDefault: field('makeDefault') === 'yes',
    actor,
    waitMs: setupWaitMs,
  });
  return showSetup(context, outcome, dependencies);
}

/** What became of a card that was entered. */
async function showSetup(
  context: PageContext,
  outcome: CardSetupOutcome,
  dependencies: HttpDependencies,
): Promise<Response> {
  switch (outcome.status) {
    case 'saved':
      return context.redirect('/billing/cards?notice=card_saved', 303);
    case 'refused':
      return showCards(context, toldOfRefusal(outcome.refusal), dependencies);
    case 'declined':
      return showCards(context, toldOfDecline(outcome.decline), dependencies);
    case 'requires_action':
    case 'pending': {
      if (context.req.method === 'POST') {
        return context.redirect(`/billing/card-setups/${outcome.setupId}`, 303);
      }
      const view = await readAccountView(context.var.session.accountId, dependencies);
      const actionUrl = outcome.status === 'requires_action' ? outcome.actionUrl : null;
      return show(
        context,
        { title: 'Add a card', section: 'cards', view },
        dependencies,
        <CardSetupPage isPending={outcome.status === 'pending'} actionUrl={actionUrl} />,
      );
    }
  }
}

function toldOfRefusal({ message }: Refusal): Told {
  return { tone: 'bad', title: message, words: 'The card was not kept and nothing was charged.' };
}

function toldOfDecline({ reason, whatToDo }: DeclineExplanation): Told {
  return { tone: 'bad', title: reason, words: `The card was not kept. ${whatToDo}` };
}

/** A change to a card of the session's account; a rule's refusal is shown above the cards. */
async function change(
  context: PageContext,
  notice: string,
  dependencies: HttpDependencies,
  apply: typeof makeDefault,
): Promise<Response> {
  await readForm(context);
  const { accountId } = context.var.session;
  const paymentMethodId = context.req.param('paymentMethodId') ?? '';
  try {
    await apply({ accountId, paymentMethodId, actor }, dependencies);
  } catch (error) {
    if (!(error instanceof SolventError)) throw error;
    const words = { words: 'Add another card first, then remove this one.' };
    const told = { tone: 'bad', title: error.message } as const;
    const isLast = error.code === 'payment_method_in_use';
    return showCards(context, isLast ? { ...told, ...words } : told, dependencies);
  }
  return context.redirect(`/billing/cards?notice=${notice}`, 303);
}
