import { Hono } from 'hono';
import { parseDecimal, type Micros } from '../../domain/money.ts';
import { changeSettings, type AccountSettings } from '../../ledger/account-settings.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { readAccountView } from './account-view.ts';
import { readForm, type PageContext, type PageEnvironment } from './session.ts';
import { Settings, type SettingsTyped } from './settings.tsx';
import { show } from './show.tsx';

type Field = 'limit' | 'thresholds';

const mostThresholds = 5;
const askedAgain: Record<Field, string> = {
  limit: 'Please write an amount such as 50.00.',
  thresholds: 'Please write up to five amounts above zero, such as 20.00 5.00.',
};

/** The customer's own settings; operators have others, and other ways to set them. */
export function settingsRoutes(dependencies: HttpDependencies): Hono<PageEnvironment> {
  const routes = new Hono<PageEnvironment>();

  routes.get('/billing/settings', (context) =>
    showSettings(context, dependencies, { wasSaved: context.req.query('saved') !== undefined }),
  );

  routes.post('/billing/settings/limit', async (context) => {
    const text = (await readForm(context))('limit')?.trim() ?? '';
    const ownBalanceLimit = text === '' ? null : parseDecimal(text);
    const settings = ownBalanceLimit === undefined ? undefined : { ownBalanceLimit };
    return change(context, dependencies, 'limit', text, settings);
  });

  routes.post('/billing/settings/thresholds', async (context) => {
    const text = (await readForm(context))('thresholds')?.trim() ?? '';
    const lowBalanceThresholds = thresholdsOf(text);
    const settings = lowBalanceThresholds && { lowBalanceThresholds };
    return change(context, dependencies, 'thresholds', text, settings);
  });

  return routes;
}

/** Undefined where it is no list of such amounts. */
function thresholdsOf(text: string): readonly Micros[] | undefined {
  const amounts = text.split(/[\s;]+/).filter((part) => part !== '');
  const values = amounts.flatMap((part) => parseDecimal(part) ?? []);
  const areGood = values.length === amounts.length && values.every((value) => value > 0);
  return areGood && values.length <= mostThresholds ? values : undefined;
}

async function change(
  context: PageContext,
  dependencies: HttpDependencies,
  field: Field,
  text: string,
  settings: AccountSettings | undefined,
): Promise<Response> {
  const typed = { [field]: text };
  if (settings === undefined) {
    const error = { field, message: askedAgain[field] };
    return showSettings(context, dependencies, { typed, error });
  }
  const { accountId } = context.var.session;
  const { ledger, policies } = dependencies;
  const { nowMs } = await readAccountView(accountId, dependencies);
  const asked = { accountId, settings, actor: 'portal', nowMs };
  const outcome = await changeSettings(ledger, asked, await policies.read());
  if (outcome.status === 'set') return context.redirect('/billing/settings?saved', 303);
  const error = { field, message: outcome.refusal.message };
  return showSettings(context, dependencies, { typed, error });
}

interface Shown {
  readonly typed?: SettingsTyped;
  readonly error?: { readonly field: Field; readonly message: string };
  readonly wasSaved?: boolean;
}

async function showSettings(
  context: PageContext,
  dependencies: HttpDependencies,
  { typed = {}, error, wasSaved = false }: Shown,
): Promise<Response> {
  const { accountId, csrf } = context.var.session;
  const view = await readAccountView(accountId, dependencies);
  const status = error === undefined ? 200 : 422;
  return show(
    context,
    { title: 'Settings', section: 'settings', view, status },
    dependencies,
    <Settings view={view} csrf={csrf} typed={typed} error={error ?? null} wasSaved={wasSaved} />,
  );
}
