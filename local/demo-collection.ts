import type { AccessAnswer } from '../domain/access-answer.ts';
import type { CollectionStep } from '../domain/collection.ts';
import { periodOf, cutoffMsOf } from '../domain/period.ts';
import { workflowIdOf, invoiceRunIdOf } from '../domain/workflow-ids.ts';
import type {
  InvoicePaymentResource,
  PaidInvoiceResource,
} from '../http/invoice-payment-resource.ts';
import type { PurchaseResource } from '../http/purchase-resource.ts';
import { DemoError, until } from './demo-doors.ts';
import {
  askAccess,
  dayMs,
  dollars,
  mailAbout,
  moveTo,
  nowOf,
  placeHold,
  showAccount,
  type Play,
} from './demo-play.ts';
import { timeText, type Place } from './demo-teller.ts';

/** As the API shows it, as far as the month tells of it. */
export interface ShownInvoice {
  readonly id: string;
  readonly number: string;
  readonly state: string;
  readonly pastDue: boolean;
  readonly period: string;
  readonly net: string;
  readonly tax: { readonly amount: string };
  readonly amount: string;
  readonly due: string;
  readonly chargeAt: string;
  readonly dueAt: string;
}

export interface ClosedMonth {
  readonly invoice: ShownInvoice;
  /** The first bytes of the PDF. */
  readonly pdfBegins: string;
}

/** The month is over: its usage becomes an invoice (R38, R39). */
export async function closeMonth(play: Play): Promise<ClosedMonth> {
  const { doors, teller, accountId } = play;
  const period = periodOf(await nowOf(play));
  await moveTo(play, cutoffMsOf(period) + 60_000);
  await doors.solvent('invoices', 'run', period, '--account', accountId);
  const path = `/v1/accounts/${accountId}/invoices`;
  const [invoice] = (await doors.call<{ data: ShownInvoice[] }>('backend', 'GET', path)).data;
  if (invoice === undefined) throw new DemoError(`${period} was closed, and there is no invoice.`);
  const pdf = await fetch(`${doors.publicUrl}/v1/invoices/${invoice.id}/pdf`, {
    headers: doors.keyOf('backend'),
  });
  const pdfBegins = (await pdf.text()).slice(0, 5);
  teller.step('The month is closed', await nowOf(play));
  teller.did(`npx solvent clock advance ${accountId} …`);
  teller.did(`npx solvent invoices run ${period} --account ${accountId}`);
  teller.rows([
    ['Invoice', `${invoice.number}: what was used beyond the credits`],
    ['Amount', `${dollars(invoice.net)} + ${dollars(invoice.tax.amount)} tax`],
    ['Due', `${dollars(invoice.due)}, by card only, on ${timeText(Date.parse(invoice.chargeAt))}`],
  ]);
  const page = `${doors.publicUrl}/billing/invoices/${invoice.id}`;
  const runId = invoiceRunIdOf(period, accountId);
  teller.look([
    ['the invoice, once signed in', page],
    ['its PDF', `${page}/invoice.pdf`],
    ['the run, in Temporal', doors.workflowUrl(runId)],
    ...(await mailAbout(play, /^Invoice/)),
  ]);
  return { invoice, pdfBegins };
}

/** A charge of the schedule, as the bank answered it. */
export interface Attempt {
  readonly atMs: number;
  readonly origin: string | null;
  readonly status: string;
  readonly code: string | null;
  /** Whether requests may still run after it. */
  readonly pastDue: boolean;
  readonly allowed: boolean;
}

/** The card is charged on its day, declined, and charged again on the days of the schedule (R49). */
export async function collectInVain(play: Play, invoice: ShownInvoice): Promise<Attempt[]> {
  const { teller } = play;
  await emptyTheCard(play);
  const attempts: Attempt[] = [];
  for (let chargeAt: number | null = Date.parse(invoice.chargeAt); chargeAt !== null;) {
    await moveTo(play, chargeAt);
    const attempt = await nextAttempt(play, invoice, attempts.length + 1);
    attempts.push(attempt);
    await play.doors.sweep();
    if (attempts.length === 1) tellFirst(play, await nowOf(play), invoice, attempt);
    else tellAgain(play, attempts.length, attempt);
    const step = await settledStep(play, invoice, chargeAt);
    if (attempts.length === 1) {
      teller.say('Then, as the decline allows it, on the days of the schedule:');
    }
    chargeAt = step.step === 'wait' ? step.chargeAtMs : null;
  }
  teller.look([
    collectionPlace(play, invoice),
    ['the same for operators', `${play.doors.publicUrl}/operator/collections/${invoice.id}`],
    ...(await mailAbout(play, /^Your card was declined/)),
    ...(await mailAbout(play, /^Past due/)),
  ]);
  return attempts;
}

/** The card that paid the pack has no money left from now on: the stand-in for Stripe plays its bank. */
async function emptyTheCard(play: Play): Promise<void> {
  const cardId = (await showAccount(play)).defaultCard?.id ?? '';
  const steps = ['insufficient_funds'];
  await play.doors.sandbox('POST', `/_sandbox/cards/${cardId}/script`, { steps });
}

function tellFirst(
  { teller }: Play,
  nowMs: number,
  { due }: ShownInvoice,
  { code, status }: Attempt,
): void {
  teller.step('The 3rd: the card is declined', nowMs);
  teller.say(
    `The card that paid the pack is charged ${dollars(due)}: ${status}, ${code ?? 'no code'}. ` +
      '(Its bank, played by the stand-in for Stripe, was told so.)',
  );
}

function tellAgain({ teller }: Play, count: number, attempt: Attempt): void {
  const { atMs, status, code, pastDue, allowed } = attempt;
  const stands = `${pastDue ? 'past due' : 'open'}, service ${allowed ? 'on' : 'off'}`;
  teller.rows([[`${count}. ${timeText(atMs)}`, `${status}: ${code ?? ''}; ${stands}`]]);
}

async function nextAttempt(play: Play, invoice: ShownInvoice, count: number): Promise<Attempt> {
  const path = `/v1/invoices/${invoice.id}/payments`;
  const last = await until(`Charge ${count} of invoice ${invoice.number}`, async () => {
    const { data } = await play.doors.call<{ data: InvoicePaymentResource[] }>(
      ...(['backend', 'GET', path] as const),
    );
    return data.length >= count && data[0]?.finalAt !== null ? data[0] : undefined;
  });
  const { pastDue } = await readInvoice(play, invoice.id);
  const { allowed } = await askAccess(play);
  const { origin, status, decline, createdAt } = last;
  const atMs = Date.parse(createdAt ?? '');
  return { atMs, origin, status, code: decline?.code ?? null, pastDue, allowed };
}

/** What comes after a charge, as soon as its workflow has decided it. */
function settledStep(play: Play, { id, number }: ShownInvoice, afterMs: number) {
  return until(
    `The next step of invoice ${number}`,
    async (): Promise<CollectionStep | undefined> => {
      const step = (await play.doors.collections.status(id))?.step ?? null;
      if (step === null || step.step === 'charge') return undefined;
      return step.step === 'wait' && step.chargeAtMs <= afterMs ? undefined : step;
    },
  );
}

export function readInvoice({ doors }: Play, invoiceId: string): Promise<ShownInvoice> {
  return doors.call('backend', 'GET', `/v1/invoices/${invoiceId}`);
}

function collectionPlace({ doors }: Play, { id }: ShownInvoice): Place {
  return ['the collection, in Temporal', doors.workflowUrl(workflowIdOf('collection', id))];
}

export interface Suspension {
  readonly access: AccessAnswer;
  readonly holdStatus: number;
  readonly holdCode: string;
}

/** Grace is over: requests are refused, whatever else there is (R50, R55). */
export async function runOutOfGrace(play: Play, invoice: ShownInvoice): Promise<Suspension> {
  const { teller } = play;
  const graceDays = 7;
  await moveTo(play, Date.parse(invoice.dueAt) + graceDays * dayMs + 60_000);
  const access = await askAccess(play);
  const hold = await askToRun(play, 'request-while-suspended');
  teller.step('Grace is over: service stops', await nowOf(play));
  teller.did('POST /v1/holds');
  teller.say(`${hold.status} ${hold.body.code}: ${hold.body.detail}`);
  teller.say('Nothing stores “blocked”: this follows from the invoice and the time alone.');
  teller.look([
    ['why, with every number', `npx solvent why ${play.accountId}`],
    collectionPlace(play, invoice),
    ...(await mailAbout(play, /^Service (is )?(stopped|suspended)/i)),
  ]);
  return { access, holdStatus: hold.status, holdCode: hold.body.code };
}

function askToRun(play: Play, id: string) {
  return placeHold(play, { id, cost: '0.01', model: 'openai/gpt-oss-20b' });
}

/** What a purchase does not pay, as its preview and its answer say (R48). */
interface WithStillDue {
  readonly stillDue?: { readonly pastDue: string; readonly note: string } | null;
}

function giveBack({ doors, accountId }: Play, holdId: string): Promise<unknown> {
  return doors.call('gateway', 'POST', `/v1/holds/${holdId}/release`, { account: accountId });
}

export interface CoreRule {
  readonly purchase: PurchaseResource & WithStillDue;
  /** Said before anything was charged. */
  readonly saidBefore: string;
  readonly dueBefore: string;
  readonly dueAfter: string;
  readonly credits: string;
  readonly access: AccessAnswer;
}

/** Credits are bought, and the past-due amount stays: no credits ever pay an invoice (R47, R48). */
export async function buyWhilePastDue(play: Play, invoice: ShownInvoice): Promise<CoreRule> {
  const { doors, teller, accountId } = play;
  const dueBefore = (await readInvoice(play, invoice.id)).due;
  const pack = { amount: '25.00', currency: 'usd' };
  const previews = `/v1/accounts/${accountId}/purchase-previews`;
  const preview = await doors.call<WithStillDue>('backend', 'POST', previews, pack);
  const order = { accountId, ...pack, paymentMethod: 'pm_card_visa' };
  const purchase = await doors.call<CoreRule['purchase']>(
    ...(['backend', 'POST', '/v1/purchases', order] as const),
  );
  const dueAfter = (await readInvoice(play, invoice.id)).due;
  const access = await askAccess(play);
  const credits = (await showAccount(play)).balances.purchased;
  teller.step('Credits are bought, and service stays off', await nowOf(play));
  const saidBefore = preview.stillDue?.note ?? '';
  const paidAtOnce = dollars(purchase.receipt?.paidUnbilled ?? null);
  teller.did('POST /v1/accounts/…/purchase-previews  $25.00');
  teller.say(saidBefore);
  teller.did('POST /v1/purchases  $25.00 with pm_card_visa');
  teller.rows([
    ['Receipt', purchase.receipt?.number ?? purchase.status],
    ['Credits', `${dollars(credits)}; ${paidAtOnce} paid what no card can be charged for`],
    ['Past due', `${dollars(dueBefore)} before, ${dollars(dueAfter)} after`],
    ['Access', `${access.code ?? 'allowed'}: ${access.words.headline}`],
  ]);
  teller.shout([
    '',
    'BUYING CREDITS NEVER PAYS AN INVOICE.',
    'A past-due amount is paid by its own card charge, and by nothing else.',
    '',
  ]);
  teller.look([['what the customer sees, once signed in', `${doors.publicUrl}/billing`]]);
  return { purchase, saidBefore, dueBefore, dueAfter, credits, access };
}

export interface Restoration {
  readonly payment: PaidInvoiceResource;
  readonly access: AccessAnswer;
  readonly holdStatus: number;
  readonly credits: string;
}

/** The invoice is paid with another card: requests run in the same moment (R51, R52). */
export async function payInvoice(play: Play, invoice: ShownInvoice): Promise<Restoration> {
  const { doors, teller } = play;
  const path = `/v1/invoices/${invoice.id}/pay`;
  const payment = await doors.call<PaidInvoiceResource>('backend', 'POST', path, {
    paymentMethod: 'pm_card_mastercard',
  });
  const hold = await askToRun(play, 'request-after-payment');
  const access = await askAccess(play);
  await giveBack(play, 'request-after-payment');
  const credits = (await showAccount(play)).balances.purchased;
  teller.step('The invoice is paid with another card', await nowOf(play));
  teller.did(`POST /v1/invoices/…/pay  with pm_card_mastercard`);
  teller.rows([
    ['Payment', `${payment.status}, ${dollars(payment.amount)}`],
    ['Invoice', `${payment.invoiceState}, ${dollars(payment.invoiceDue)} due`],
    ['Credits', `${dollars(credits)}, untouched`],
    ['Next hold', `${hold.status} ${hold.body.state}: service is back in the same moment`],
  ]);
  teller.look([
    collectionPlace(play, invoice),
    ['the paid invoice, once signed in', `${doors.publicUrl}/billing/invoices/${invoice.id}`],
    ...(await mailAbout(play, /^Payment received/)),
    ...(await mailAbout(play, /^Service restored/)),
  ]);
  return { payment, access, holdStatus: hold.status, credits };
}
