import type { Command } from 'commander';
import type { Account } from '../domain/account.ts';
import { accountNowMs } from '../domain/account-time.ts';
import { failure, SolventError, type Refusal } from '../domain/failures.ts';
import { accountOfId, creditNoteIdFor } from '../domain/ids.ts';
import {
  countedCreditAnswer,
  creditNoteAnswer,
  invoiceAnswer,
  invoiceLineAnswer,
  invoicePreviewAnswer,
} from '../domain/invoice-answer.ts';
import type { PlanMoment } from '../domain/payment-plan.ts';
import { invoiceDocumentOf } from '../domain/invoice-document.ts';
import type { Micros } from '../domain/money.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { issueCreditNote, replaceInvoice } from '../ledger/invoice-corrections.ts';
import { listInvoices } from '../ledger/invoice-documents.ts';
import { previewInvoice } from '../ledger/invoice-preview.ts';
import { readPayable } from '../ledger/open-invoices.ts';
import { readPriceBook } from '../ledger/prices.ts';
import {
  invoiceIdOf,
  readShownCreditNote,
  readShownInvoice,
  type ShownInvoice,
} from '../ledger/shown-invoices.ts';
import { accountState } from './account-state.ts';
import { accountId, amountAboveZero, invoiceArgument, reason, wholeNumber } from './arguments.ts';
import { keyFor, keyOption } from './idempotency-key.ts';
import { creditNoteWords, invoiceTable, invoiceWords, previewWords } from './invoice-view.ts';
import { addInvoicePayVerb } from './invoice-pay.ts';
import { addInvoiceRunVerbs } from './invoice-runs.ts';
import { operatorOf, operatorOption } from './operator.ts';
import { writeOutputFile } from './output-file.ts';
import type { Session } from './session.ts';
import { tellCollection } from './tell-collection.ts';

interface CreditOptions {
  reason: string;
  key?: string;
  operator?: string;
}

interface VoidOptions {
  reason: string;
  corrects?: readonly number[];
  operator?: string;
}

const outputOption = ['-o, --output <file>', 'where to; a file that is there is replaced'] as const;

/** What can be done with one invoice, and with a whole month of them. */
export function addInvoiceVerbs(invoices: Command, session: Session): void {
  addReadingVerbs(invoices, session);
  addInvoicePayVerb(invoices, session);
  invoices
    .command('void')
    .description('void an invoice, and issue the one that stands for it')
    .argument(...invoiceArgument)
    .requiredOption('--reason <text>', 'why, for operators', reason)
    .option('--corrects <events>', 'charges of usage taken back with it, as 12,15', eventIds)
    .addOption(operatorOption())
    .action((name: string, options: VoidOptions) => voidInvoice(name, options, session));
  invoices
    .command('credit')
    .description('issue a credit note: take a part of an invoice back')
    .argument(...invoiceArgument)
    .argument('<net>', 'how much, without tax, which follows', amountAboveZero)
    .requiredOption('--reason <text>', 'why; the customer reads it', reason)
    .addOption(keyOption())
    .addOption(operatorOption())
    .action((name: string, net: Micros, options: CreditOptions) =>
      credit(name, net, options, session),
    );
  addInvoiceRunVerbs(invoices, session);
}

function addReadingVerbs(invoices: Command, session: Session): void {
  invoices
    .command('list')
    .description('list an account’s invoices, newest first')
    .argument('<account>', 'account id', accountId)
    .option('--limit <count>', 'how many', wholeNumber(1, 1_000), 24)
    .option('--before <cursor>', 'go on after an earlier page', wholeNumber(1, 1e15 - 1))
    .action((account: string, options: { limit: number; before?: number }) =>
      list(account, options, session),
    );
  invoices
    .command('show')
    .description('show an invoice: its lines, and which pot paid')
    .argument(...invoiceArgument)
    .action((name: string) => show(name, session));
  invoices
    .command('pdf')
    .description('write an invoice as PDF')
    .argument(...invoiceArgument)
    .requiredOption(...outputOption)
    .action((name: string, { output }: { output: string }) => writePdf(name, output, session));
  invoices
    .command('csv')
    .description('print an invoice’s lines as CSV')
    .argument(...invoiceArgument)
    .action((name: string) => printCsv(name, session));
  invoices
    .command('preview')
    .description('show the account’s next invoice as it would be now')
    .argument('<account>', 'account id', accountId)
    .action((account: string) => preview(account, session));
}

function eventIds(text: string): readonly number[] {
  return text.split(',').map(wholeNumber(1, 1e15 - 1));
}

async function read(name: string, session: Session): Promise<ShownInvoice> {
  const ledger = await session.ledger();
  return readShownInvoice(ledger, await invoiceIdOf(ledger, name));
}

async function list(
  id: string,
  { limit, before = null }: { limit: number; before?: number | null },
  session: Session,
): Promise<void> {
  const { account } = await accountState(session, id);
  const ledger = await session.ledger();
  const page = await listInvoices(ledger, { accountId: id, before, limit });
  const moment = await momentOf(account, session);
  const data = page.invoices.map((invoice) => invoiceAnswer(invoice, account, moment));
  session.print({ data, nextCursor: page.nextBefore }, () => invoiceTable(data));
  if (page.nextBefore !== null) session.remark(`There are more: --before ${page.nextBefore}`);
}

async function show(name: string, session: Session): Promise<void> {
  const shown = await read(name, session);
  const { account } = await accountState(session, shown.account.accountId);
  const { accountId: id, currency } = account;
  const answer = invoiceAnswer(shown.invoice, account, await momentOf(account, session));
  const lines = shown.lines.map((line) => invoiceLineAnswer(line, currency));
  const credits = shown.credits.map((one) => countedCreditAnswer(one, currency));
  const creditNotes = shown.creditNotes.map((note) => creditNoteAnswer(note, id, currency));
  const replacedBy = shown.replacedBy?.invoiceId ?? null;
  const whole = { ...answer, lines, credits, creditNotes, replacedBy };
  session.print(whole, () => invoiceWords(whole));
}

async function momentOf(account: Account, session: Session): Promise<PlanMoment> {
  const nowMs = accountNowMs(account, session.nowMs());
  const payable = await readPayable(await session.ledger(), account.accountId);
  return { ...payable, nowMs, policy: policyAt(await session.policies.read(), nowMs) };
}

async function documentOf(name: string, session: Session) {
  const seller = (await session.settings()).seller();
  return invoiceDocumentOf(await read(name, session), seller);
}

async function writePdf(name: string, output: string, session: Session): Promise<void> {
  const document = await documentOf(name, session);
  // Fonts take a moment to load; other verbs need none.
  const { invoicePdf } = await import('../documents/invoice-pdf.ts');
  const bytes = await invoicePdf(document);
  await writeOutputFile(output, bytes, session);
  const { number } = document;
  session.print({ number, file: output, bytes: bytes.length }, () => {
    return `invoice ${number} is in ${output}`;
  });
}

async function printCsv(name: string, session: Session): Promise<void> {
  const document = await documentOf(name, session);
  const { invoiceCsv } = await import('../documents/invoice-csv.ts');
  session.write(invoiceCsv(document));
}

async function preview(id: string, session: Session): Promise<void> {
  const asked = { accountId: id, nowMs: session.nowMs() };
  const policies = await session.policies.read();
  const answer = invoicePreviewAnswer(
    await previewInvoice(await session.ledger(), asked, policies),
  );
  session.print(answer, () => previewWords(answer));
}

async function voidInvoice(name: string, options: VoidOptions, session: Session): Promise<void> {
  const actor = await operatorOf(options, session);
  const { corrects = [] } = options;
  const ledger = await session.ledger();
  const invoiceId = await invoiceIdOf(ledger, name);
  const id = accountOfId(invoiceId) ?? '';
  const asked = { accountId: id, invoiceId, reason: options.reason, corrects, actor };
  const outcome = await replaceInvoice(
    ledger,
    { ...asked, nowMs: session.nowMs() },
    await session.policies.read(),
    await readPriceBook(ledger),
  );
  if (outcome.status === 'refused') throw refused(outcome);
  await tellCollection(invoiceId, session);
  await show(outcome.invoiceId, session);
}

async function credit(
  name: string,
  net: Micros,
  options: CreditOptions,
  session: Session,
): Promise<void> {
  const actor = await operatorOf(options, session);
  const ledger = await session.ledger();
  const invoiceId = await invoiceIdOf(ledger, name);
  const id = accountOfId(invoiceId);
  if (id === undefined) throw failure('invoice_not_found');
  const { keyDigest } = await import('../client/ids.ts');
  const creditNoteId = creditNoteIdFor(id, keyDigest(keyFor(options, session)));
  const outcome = await issueCreditNote(
    ledger,
    {
      accountId: id,
      invoiceId,
      creditNoteId,
      net,
      reason: options.reason,
      actor,
      nowMs: session.nowMs(),
    },
    await session.policies.read(),
  );
  if (outcome.status === 'refused') throw refused(outcome);
  await tellCollection(invoiceId, session);
  const { note, account } = await readShownCreditNote(ledger, creditNoteId);
  const answer = creditNoteAnswer(note, id, account.currency);
  session.print(answer, () => creditNoteWords(answer));
}

function refused({ refusal }: { readonly refusal: Refusal }): SolventError {
  return new SolventError(refusal);
}
