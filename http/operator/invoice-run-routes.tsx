import { Hono } from 'hono';
import { failure } from '../../domain/failures.ts';
import { lastClosedPeriod, period, type Period } from '../../domain/period.ts';
import { houseId } from '../../ledger/account-id.ts';
import { recordAudit } from '../../ledger/audit.ts';
import { listDeferrals } from '../../ledger/invoice-deferrals.ts';
import { listInvoiceRuns, readInvoiceRun, readInvoicesOfMonth } from '../../ledger/invoice-runs.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { readForm } from '../pages/session.ts';
import { InvoiceRunPage } from './invoice-run.tsx';
import { InvoiceRuns } from './invoice-runs.tsx';
import type { OperatorContext, OperatorEnvironment } from './session.ts';
import { attempt, show, type FormError } from './show.tsx';

const runsShown = 24;
const waitingShown = 50;

/** Month-end runs: how far each is, and what an operator does about it. */
export function invoiceRunRoutes(dependencies: HttpDependencies): Hono<OperatorEnvironment> {
  const { client } = dependencies;
  const routes = new Hono<OperatorEnvironment>();

  routes.get('/operator/invoice-runs', (context) => showRuns(context, dependencies));

  routes.post('/operator/invoice-runs', async (context) => {
    const text = (await readForm(context))('month')?.trim() ?? '';
    const error = await attempt(() => start(text, 'start', context, dependencies));
    if (error !== undefined) return showRuns(context, dependencies, error, text);
    return context.redirect(`/operator/invoice-runs/${text}?done=start`, 303);
  });

  routes.get('/operator/invoice-runs/:month', (context) => showRun(context, dependencies));

  routes.post('/operator/invoice-runs/:month/cancel', async (context) => {
    await readForm(context);
    const of = monthOf(context);
    const error = await attempt(async () => {
      await audit('cancel', of, context, dependencies);
      await client.operations.cancelInvoiceRun({ period: of });
    });
    if (error !== undefined) return showRun(context, dependencies, error);
    return context.redirect(`/operator/invoice-runs/${of}?done=cancel`, 303);
  });

  routes.post('/operator/invoice-runs/:month/resume', async (context) => {
    await readForm(context);
    const of = monthOf(context);
    const error = await attempt(async () => {
      const { state } = await existingRun(of, dependencies);
      if (state !== 'canceled') throw failure('invoice_run_not_canceled', `It is ${state}.`);
      await start(of, 'resume', context, dependencies);
    });
    if (error !== undefined) return showRun(context, dependencies, error);
    return context.redirect(`/operator/invoice-runs/${of}?done=resume`, 303);
  });

  return routes;
}

/** Throws SolventError invalid_request, invoice_month_not_over, temporarily_unavailable. */
async function start(
  text: string,
  action: 'start' | 'resume',
  context: OperatorContext,
  dependencies: HttpDependencies,
): Promise<void> {
  const of = readMonth(text);
  if (of === undefined) throw failure('invalid_request', 'Write the month as 2026-10.');
  const { client, nowMs } = dependencies;
  if (of > lastClosedPeriod(nowMs())) throw failure('invoice_month_not_over', `It was ${of}.`);
  await audit(action, of, context, dependencies);
  await client.operations.startInvoiceRun({ period: of, accountId: null, nowMs: nowMs() });
}

/** Written before it is asked for: what was done must not go unnoticed. */
function audit(
  action: 'start' | 'cancel' | 'resume',
  of: Period,
  context: OperatorContext,
  { ledger, nowMs }: HttpDependencies,
): Promise<void> {
  const { actor } = context.var.session;
  const entry = { actor, action: `invoice_run.${action}`, detail: { period: of } };
  return recordAudit(ledger, { accountId: houseId, ...entry, occurredAtMs: nowMs() });
}

function readMonth(text: string): Period | undefined {
  try {
    return period(text);
  } catch {
    return undefined;
  }
}

/** Throws invoice_run_not_found for what is no month. */
function monthOf(context: OperatorContext): Period {
  const of = readMonth(context.req.param('month') ?? '');
  if (of === undefined) throw failure('invoice_run_not_found');
  return of;
}

/** Throws invoice_run_not_found. */
async function existingRun(of: Period, { ledger, nowMs }: HttpDependencies) {
  const run = await readInvoiceRun(ledger, { period: of, nowMs: nowMs() });
  if (run === undefined) throw failure('invoice_run_not_found', `It was ${of}.`);
  return run;
}

async function showRuns(
  context: OperatorContext,
  dependencies: HttpDependencies,
  error?: FormError,
  typed?: string,
): Promise<Response> {
  const { ledger, nowMs } = dependencies;
  const asked = readMonth(context.req.query('before') ?? '') ?? null;
  const months = await listInvoiceRuns(ledger, { before: asked, limit: runsShown + 1 });
  const runs = await Promise.all(
    months.slice(0, runsShown).map((of) => existingRun(of, dependencies)),
  );
  return show(
    context,
    { title: 'Invoice runs', section: 'runs', ...(error && { status: error.status }) },
    dependencies,
    <InvoiceRuns
      runs={runs}
      older={months.length > runsShown ? (runs.at(-1)?.period ?? null) : null}
      month={typed ?? lastClosedPeriod(nowMs())}
      csrf={context.var.session.csrf}
      error={error?.message ?? null}
    />,
  );
}

async function showRun(
  context: OperatorContext,
  dependencies: HttpDependencies,
  error?: FormError,
): Promise<Response> {
  const { ledger, settings, nowMs } = dependencies;
  const of = monthOf(context);
  const done = context.req.query('done');
  const [run, made, waiting] = await Promise.all([
    readInvoiceRun(ledger, { period: of, nowMs: nowMs() }),
    readInvoicesOfMonth(ledger, { period: of }),
    listDeferrals(ledger, { period: of, after: null, limit: waitingShown }),
  ]);
  // One that was started a moment ago may not have come to the ledger yet.
  const isStarting = done === 'start' || done === 'resume';
  if (run === undefined && !isStarting) throw failure('invoice_run_not_found', `It was ${of}.`);
  const goesOn = error === undefined && (isStarting || run?.state === 'running');
  const refresh = goesOn ? { refreshTo: `/operator/invoice-runs/${of}` } : {};
  return show(
    context,
    {
      ...{ title: `Invoices of ${of}`, section: 'runs', ...refresh },
      ...(error && { status: error.status }),
    },
    dependencies,
    <InvoiceRunPage
      period={of}
      run={run}
      made={made}
      waiting={waiting}
      csrf={context.var.session.csrf}
      temporalUi={settings.temporalUi}
      done={done}
      error={error?.message ?? null}
    />,
  );
}
