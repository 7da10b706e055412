import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { agingBuckets } from '../../domain/aging.ts';
import type { CollectionAction } from '../../domain/collection-changes.ts';
import { failure, SolventError } from '../../domain/failures.ts';
import { accountOfId } from '../../domain/ids.ts';
import { isStorableText } from '../../domain/storable-text.ts';
import { recordAudit } from '../../ledger/audit.ts';
import { listDueInvoices, readAging, type DuePlace } from '../../ledger/aging.ts';
import { readCollectionStory } from '../../ledger/collection-story.ts';
import { readProfile } from '../../ledger/profiles.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { readForm } from '../pages/session.ts';
import type { CollectionVerb, RefusedForm } from './collection-forms.tsx';
import { CollectionPage } from './collection.tsx';
import { Collections } from './collections.tsx';
import type { OperatorContext, OperatorEnvironment } from './session.ts';
import { attempt, show, type FormError } from './show.tsx';

const pageSize = 50;
const longestReason = 500;

/** What is owed by invoices, what is done about each, and an operator's ways with it (R50). */
export function collectionRoutes(dependencies: HttpDependencies): Hono<OperatorEnvironment> {
  const { client, ledger, nowMs } = dependencies;
  const routes = new Hono<OperatorEnvironment>();

  routes.get('/operator/collections', (context) => showCollections(context, dependencies));

  routes.get('/operator/collections/:invoiceId', (context) =>
    showCollection(context, dependencies),
  );

  routes.post('/operator/collections/:invoiceId/resolve', async (context) => {
    const { accountId, invoiceId } = nameOf(context);
    const decision = (await readForm(context))('decision');
    const error = await attempt(async () => {
      if (decision !== 'look_again' && decision !== 'call_off') throw failure('invalid_request');
      const { actor } = context.var.session;
      const detail = { invoiceId, decision };
      const entry = { accountId, actor, action: 'collection.resolve', detail };
      await recordAudit(ledger, { ...entry, occurredAtMs: nowMs() });
      const outcome = await client.collections.resolve(invoiceId, { decision });
      if (outcome === null) throw failure('resource_not_found', 'No payment of it is under way.');
    });
    if (error !== undefined) return showCollection(context, dependencies, error);
    return context.redirect(`/operator/collections/${invoiceId}?done`, 303);
  });

  routes.post('/operator/collections/:invoiceId/:verb', async (context) => {
    const name = nameOf(context);
    const verb = context.req.param('verb');
    if (!isVerb(verb)) throw failure('resource_not_found');
    const read = await readForm(context);
    const typed = Object.fromEntries(
      ['reason', 'until', 'days', 'payment'].map((field) => [field, read(field)?.trim() ?? '']),
    );
    const error = await attempt(async () => {
      const { actor } = context.var.session;
      const idempotencyKey = read('idempotencyKey') ?? randomUUID();
      const asked = { invoiceId: name.invoiceId, actor };
      const outcome =
        verb === 'book'
          ? await client.collections.book({ ...asked, ...bookingOf(typed) })
          : await client.collections.operate({
              ...{ ...asked, idempotencyKey, action: actionOf(verb, typed) },
            });
      if (outcome.status === 'refused') throw new SolventError(outcome.refusal);
    });
    if (error === undefined) {
      return context.redirect(`/operator/collections/${name.invoiceId}?done`, 303);
    }
    return showCollection(context, dependencies, error, { verb, typed, message: error.message });
  });

  return routes;
}

const verbs: readonly CollectionVerb[] = [
  ...(['pause', 'resume', 'promise', 'retry_now', 'schedule', 'write_off', 'forgive'] as const),
  'book',
];

function isVerb(text: string): text is CollectionVerb {
  return verbs.some((verb) => verb === text);
}

/** @throws SolventError invalid_request, with words for who typed it. */
function actionOf(
  verb: CollectionAction['kind'],
  typed: Readonly<Record<string, string>>,
): CollectionAction {
  switch (verb) {
    case 'resume':
    case 'retry_now':
      return { kind: verb };
    case 'pause':
    case 'write_off':
    case 'forgive':
      return { kind: verb, reason: reasonOf(typed) };
    case 'promise':
      return { kind: verb, untilMs: endOfDayMs(typed['until'] ?? ''), reason: reasonOf(typed) };
    case 'schedule':
      return { kind: verb, retryAfterDays: daysOf(typed['days'] ?? '') };
  }
}

/** @throws SolventError invalid_request. */
function bookingOf(typed: Readonly<Record<string, string>>) {
  const paymentIntentId = typed['payment'] ?? '';
  if (!/^pi_\w{1,200}$/.test(paymentIntentId)) {
    throw failure('invalid_request', 'Name the payment as Stripe does: pi_….');
  }
  return { paymentIntentId, reason: reasonOf(typed) };
}

function reasonOf(typed: Readonly<Record<string, string>>): string {
  const reason = typed['reason'] ?? '';
  if (reason === '' || reason.length > longestReason || !isStorableText(reason)) {
    throw failure('invalid_request', `Write a reason of 1 to ${longestReason} characters.`);
  }
  return reason;
}

/** The end of a day in UTC, "2026-12-24". */
function endOfDayMs(text: string): number {
  const atMs = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  // JavaScript takes the 31st of any month, as a day of the next.
  if (Number.isNaN(atMs) || !new Date(atMs).toISOString().startsWith(text)) {
    throw failure('invalid_request', 'Write the day as 2026-12-24.');
  }
  return atMs + 86_400_000;
}

function daysOf(text: string): readonly number[] | null {
  if (text === '') return null;
  const days = text.split(/[\s,;]+/).map((part) => (/^\d{1,2}$/.test(part) ? Number(part) : 0));
  const isRising = days.every((day, at) => day > (days[at - 1] ?? 0) && day <= 60);
  if (!isRising || days.length > 20) {
    throw failure('invalid_request', 'Write up to 20 rising whole numbers from 1 to 60.');
  }
  return days;
}

/** Throws invoice_not_found. */
function nameOf(context: OperatorContext) {
  const invoiceId = context.req.param('invoiceId') ?? '';
  const accountId = accountOfId(invoiceId);
  if (accountId === undefined || !invoiceId.startsWith('inv_')) throw failure('invoice_not_found');
  return { accountId, invoiceId };
}

async function showCollections(
  context: OperatorContext,
  dependencies: HttpDependencies,
): Promise<Response> {
  const { ledger, nowMs } = dependencies;
  const age = context.req.query('age') ?? '';
  const bucket = /^\d$/.test(age) && Number(age) < agingBuckets.length ? Number(age) : null;
  const after = placeOf(context.req.query('after') ?? '');
  const query = { bucket, after, nowMs: nowMs(), limit: pageSize + 1 };
  const [aging, found] = await Promise.all([
    readAging(ledger, { nowMs: nowMs() }),
    listDueInvoices(ledger, query),
  ]);
  const invoices = found.slice(0, pageSize);
  const last = found.length > pageSize ? invoices.at(-1) : undefined;
  const parameters = new URLSearchParams({
    ...(bucket !== null && { age: String(bucket) }),
    ...(last && { after: `${last.dueAtMs}.${last.invoiceId}` }),
  });
  return show(
    context,
    { title: 'Collections', section: 'collections' },
    dependencies,
    <Collections
      aging={aging}
      bucket={bucket}
      invoices={invoices}
      next={last === undefined ? null : `/operator/collections?${parameters.toString()}#invoices`}
    />,
  );
}

/** Null where it is no place: then the list begins at its begin. */
function placeOf(text: string): DuePlace | null {
  const [, dueAt = '', invoiceId = ''] = /^(\d{1,15})\.(inv_\w+)$/.exec(text) ?? [];
  const accountId = accountOfId(invoiceId);
  return accountId === undefined ? null : { accountId, invoiceId, dueAtMs: Number(dueAt) };
}

async function showCollection(
  context: OperatorContext,
  dependencies: HttpDependencies,
  error?: FormError,
  refused: RefusedForm | null = null,
): Promise<Response> {
  const { ledger, policies, settings, nowMs } = dependencies;
  const name = nameOf(context);
  const [story, profile] = await Promise.all([
    readCollectionStory(ledger, { ...name, nowMs: nowMs() }, await policies.read()),
    readProfile(ledger, name),
  ]);
  return show(
    context,
    {
      ...{ title: `Invoice ${story.invoice.number}`, section: 'collections' },
      ...(error && { status: error.status }),
    },
    dependencies,
    <CollectionPage
      story={story}
      name={profile?.name ?? name.accountId}
      csrf={context.var.session.csrf}
      operationId={randomUUID()}
      temporalUi={settings.temporalUi}
      wasDone={context.req.query('done') !== undefined}
      refused={refused}
      error={refused === null ? (error?.message ?? null) : null}
    />,
  );
}
