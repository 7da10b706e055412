import { Hono } from 'hono';
import { parseDecimal, type Micros } from '../../domain/money.ts';
import { changeSettings, type AccountSettings } from '../../ledger/account-settings.ts';
import { readBusinessProfile, setBusinessProfile } from '../../ledger/business-profile.ts';
import type { BusinessFault, BusinessProfile } from '../../domain/business-profile.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { tellOpenCollections } from '../tell-collections.ts';
import { readAccountView } from './account-view.ts';
import { BusinessForm, businessFields, type BusinessTyped } from './business-form.tsx';
import { readForm, type PageContext, type PageEnvironment } from './session.ts';
import { Settings, type SettingsTyped } from './settings.tsx';
import { show } from './show.tsx';

type Field = 'limit' | 'thresholds' | 'timeZone';

const mostThresholds = 5;
const askedAgain: Record<Field, string> = {
  limit: 'Please write an amount such as 50.00.',
  thresholds: 'Please write up to five amounts above zero, such as 20.00 5.00.',
  timeZone: 'Please name a time zone such as Europe/Berlin.',
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

  routes.post('/billing/settings/time-zone', async (context) => {
    const text = (await readForm(context))('timeZone')?.trim() ?? '';
    const settings = text.length > 64 ? undefined : { timeZone: text === '' ? null : text };
    const answer = await change(context, dependencies, 'timeZone', text, settings);
    await tellOpenCollections(context.var.session.accountId, dependencies);
    return answer;
  });

  routes.post('/billing/settings/business', async (context) => {
    const read = await readForm(context);
    const typed: BusinessTyped = Object.fromEntries(
      businessFields.map((field) => [field, read(field)?.trim() ?? '']),
    );
    const { accountId } = context.var.session;
    const { nowMs } = await readAccountView(accountId, dependencies);
    const asked = { accountId, profile: businessOf(typed), actor: 'portal', nowMs };
    const outcome = await setBusinessProfile(dependencies.ledger, asked);
    if (outcome.status === 'set') return context.redirect('/billing/settings?saved', 303);
    return showSettings(context, dependencies, { business: { typed, faults: outcome.faults } });
  });

  return routes;
}

function businessOf(typed: BusinessTyped): BusinessProfile {
  const capitals = (text = '') => text.toUpperCase();
  const value = typed['taxId.value'] ?? '';
  const country = capitals(typed['address.country']);
  const office = capitals(typed['taxId.country']) || country;
  return {
    name: typed.name ?? null,
    address: {
      ...{ line1: typed['address.line1'] ?? null, line2: typed['address.line2'] ?? null },
      ...{ city: typed['address.city'] ?? null, postalCode: typed['address.postalCode'] ?? null },
      ...{ region: capitals(typed['address.region']), country },
    },
    invoiceEmails: (typed.invoiceEmails ?? '').split(/[\s,;]+/),
    purchaseOrder: typed.purchaseOrder ?? null,
    taxId: value === '' ? null : { country: office, value },
  };
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
  readonly business?: { readonly typed: BusinessTyped; readonly faults: readonly BusinessFault[] };
}

async function showSettings(
  context: PageContext,
  dependencies: HttpDependencies,
  { typed = {}, error, wasSaved = false, business }: Shown,
): Promise<Response> {
  const { accountId, csrf } = context.var.session;
  const [view, profile] = await Promise.all([
    readAccountView(accountId, dependencies),
    readBusinessProfile(dependencies.ledger, { accountId }),
  ]);
  const status = error === undefined && business === undefined ? 200 : 422;
  return show(
    context,
    { title: 'Settings', section: 'settings', view, status },
    dependencies,
    <Settings view={view} csrf={csrf} typed={typed} error={error ?? null} wasSaved={wasSaved}>
      <BusinessForm
        profile={profile}
        csrf={csrf}
        typed={business?.typed}
        faults={business?.faults ?? []}
      />
    </Settings>,
  );
}
