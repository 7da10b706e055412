import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError, type Command } from 'commander';
import { accountNowMs } from '../domain/account-time.ts';
import { failure } from '../domain/failures.ts';
import { period, type Period } from '../domain/period.ts';
import { invoiceRunIdOf } from '../domain/workflow-ids.ts';
import { listDeferrals } from '../ledger/invoice-deferrals.ts';
import { readInvoiceRun, readInvoicesOfMonth } from '../ledger/invoice-runs.ts';
import { accountState } from './account-state.ts';
import { accountId } from './arguments.ts';
import { dryRun } from './invoice-dry-run.ts';
import { bar, runJson, runWords } from './invoice-run-view.ts';
import type { Session } from './session.ts';

const waitingShown = 20;
const lookEveryMs = 500;

interface RunOptions {
  account?: string;
  dryRun?: true;
}

/** Adds to `invoices` what an operator does about a whole month. */
export function addInvoiceRunVerbs(invoices: Command, session: Session): void {
  invoices
    .command('run')
    .description('issue the invoices of a month that is over; again, it changes nothing')
    .argument('<month>', 'as 2026-10', month)
    .option('--account <account>', 'only this one, whose own time may be ahead', accountId)
    .option('--dry-run', 'show what would be issued; changes nothing')
    .action((of: Period, options: RunOptions) => run(of, options, session));
  invoices
    .command('status')
    .description('show how far a month’s run is, and who waits for what')
    .argument('<month>', 'as 2026-10', month)
    .action((of: Period) => status(of, session));
  invoices
    .command('cancel')
    .description('stop a month’s run after the pages under way')
    .argument('<month>', 'as 2026-10', month)
    .action((of: Period) => cancel(of, session));
  invoices
    .command('resume')
    .description('let a canceled run go on where it stood')
    .argument('<month>', 'as 2026-10', month)
    .action((of: Period) => resume(of, session));
}

function month(text: string): Period {
  try {
    return period(text);
  } catch {
    throw new InvalidArgumentError('A month is written as 2026-10.');
  }
}

/** Throws SolventError invoice_month_not_over, account_not_found, temporarily_unavailable. */
async function run(of: Period, options: RunOptions, session: Session): Promise<void> {
  if (options.dryRun === true) {
    if (options.account !== undefined) {
      throw failure('invalid_request', 'Of one account, see `solvent invoices preview ACCOUNT`.');
    }
    await dryRun(of, session);
    return;
  }
  if (options.account !== undefined) await runAccount(of, options.account, session);
  else await start(of, session);
}

async function start(of: Period, session: Session): Promise<void> {
  const { invoiceRunResult, startInvoiceRun } = await import('../client/invoice-runs.ts');
  const order = { period: of, accountId: null, nowMs: session.nowMs() };
  const temporal = await session.temporal();
  const { status: how, workflowId } = await startInvoiceRun(temporal, order);
  session.remark(how === 'started' ? `${workflowId}: started` : 'It was under way already.');
  await watch(of, invoiceRunResult(temporal, { workflowId }), session);
  await status(of, session);
}

/** Shows a bar until the run is over, or every account was looked at and all who are left wait. */
async function watch(of: Period, result: Promise<unknown>, session: Session): Promise<void> {
  const ledger = await session.ledger();
  const over = result.then(
    () => true,
    () => true,
  );
  let shown = '';
  for (;;) {
    // What is waited for is the run: a look that is still to come keeps no process alive.
    const look = sleep(lookEveryMs, false, { ref: false });
    const isOver = await Promise.race([over, look]);
    const stand = await readInvoiceRun(ledger, { period: of, nowMs: session.nowMs() });
    if (stand !== undefined && bar(stand) !== shown) {
      shown = bar(stand);
      session.remark(shown);
    }
    // What the last run left in the ledger is not taken for this one's.
    const waits = stand?.state === 'running' && stand.isWalked && stand.waiting > 0;
    if (isOver) await result;
    if (isOver || waits) return;
  }
}

async function runAccount(of: Period, id: string, session: Session): Promise<void> {
  const { invoiceRunResult, startInvoiceRun } = await import('../client/invoice-runs.ts');
  const { account } = await accountState(session, id);
  const nowMs = accountNowMs(account, session.nowMs());
  const temporal = await session.temporal();
  const order = { period: of, accountId: id, nowMs };
  const { workflowId } = await startInvoiceRun(temporal, order);
  session.remark(`${workflowId}: it waits where a payment has to become known first`);
  const { invoice } = await invoiceRunResult(temporal, { workflowId });
  session.print({ accountId: id, period: of, invoice }, () => `${id}, ${of}: ${invoice ?? ''}`);
}

/** Throws SolventError invoice_run_not_found. */
async function status(of: Period, session: Session): Promise<void> {
  const ledger = await session.ledger();
  const stand = await readInvoiceRun(ledger, { period: of, nowMs: session.nowMs() });
  if (stand === undefined) throw failure('invoice_run_not_found', `It was ${of}.`);
  const made = await readInvoicesOfMonth(ledger, { period: of });
  const page = { period: of, after: null, limit: waitingShown };
  const waiting = await listDeferrals(ledger, page);
  const shown = { stand, made, waiting, workflowId: invoiceRunIdOf(of) };
  session.print(runJson(shown), () => runWords(shown));
}

async function cancel(of: Period, session: Session): Promise<void> {
  const { cancelInvoiceRun } = await import('../client/invoice-runs.ts');
  await cancelInvoiceRun(await session.temporal(), { period: of });
  await status(of, session);
}

/** Throws SolventError invoice_run_not_found, invoice_run_not_canceled. */
async function resume(of: Period, session: Session): Promise<void> {
  const ledger = await session.ledger();
  const stand = await readInvoiceRun(ledger, { period: of, nowMs: session.nowMs() });
  if (stand === undefined) throw failure('invoice_run_not_found', `It was ${of}.`);
  if (stand.state !== 'canceled')
    throw failure('invoice_run_not_canceled', `It is ${stand.state}.`);
  await start(of, session);
}
