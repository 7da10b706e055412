import { Option, type Command } from 'commander';
import { decimal } from '../domain/answer-values.ts';
import type { CurrencyCode } from '../domain/currencies.ts';
import { accountOfId } from '../domain/ids.ts';
import type { InvoicePaymentOutcome } from '../domain/invoice-payments.ts';
import type { Invoice } from '../domain/invoices.ts';
import type { Micros } from '../domain/money.ts';
import { readInvoice } from '../ledger/invoice-documents.ts';
import { invoiceIdOf } from '../ledger/shown-invoices.ts';
import { failure } from '../domain/failures.ts';
import { accountState } from './account-state.ts';
import { amountAboveZero, invoiceArgument, paymentMethodId } from './arguments.ts';
import { CommandEnded } from './command-ended.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { keyFor, keyOption } from './idempotency-key.ts';
import { declineJson, refusalJson, reportDecline, reportRefusal } from './report-failure.ts';
import type { Session } from './session.ts';
import { facts, money } from './words.ts';

interface PayOptions {
  amount?: Micros;
  paymentMethod?: string;
  key?: string;
}

export function addInvoicePayVerb(invoices: Command, session: Session): void {
  invoices
    .command('pay')
    .description('pay an invoice: charge a card for it now; credits never pay one')
    .argument(...invoiceArgument)
    .addOption(
      new Option('--amount <amount>', 'a part, as 25 or 25.00; absent, all that is due').argParser(
        amountAboveZero,
      ),
    )
    .option(
      '--payment-method <id>',
      'a card on file, or a new one; absent, the default card',
      paymentMethodId,
    )
    .addOption(keyOption())
    .action((name: string, options: PayOptions) => pay(name, options, session));
}

async function pay(name: string, options: PayOptions, session: Session): Promise<void> {
  const ledger = await session.ledger();
  const invoiceId = await invoiceIdOf(ledger, name);
  const accountId = accountOfId(invoiceId) ?? '';
  const { currency } = (await accountState(session, accountId)).account;
  const before = await readInvoice(ledger, { accountId, invoiceId });
  if (before === undefined) throw failure('invoice_not_found', `It was ${name}.`);
  const client = await session.client();
  const outcome = await client.collections.pay({
    invoiceId,
    number: before.number,
    origin: 'operator',
    idempotencyKey: keyFor(options, session),
    amount: options.amount ?? null,
    paymentMethod: options.paymentMethod ?? null,
  });
  const invoice = await readInvoice(ledger, { accountId, invoiceId });
  if (invoice === undefined) throw failure('invoice_not_found');
  const exitCode = report(outcome, { invoice, currency }, session);
  if (exitCode !== exitCodes.done) throw new CommandEnded(exitCode);
}

interface PaidOf {
  readonly invoice: Invoice;
  readonly currency: CurrencyCode;
}

function report(outcome: InvoicePaymentOutcome, of: PaidOf, session: Session): ExitCode {
  session.print(outcomeJson(outcome, of), () => outcomeWords(outcome, of));
  switch (outcome.status) {
    case 'succeeded':
      return exitCodes.done;
    case 'declined':
      reportDecline(outcome.decline, session);
      return exitCodes.failed;
    case 'refused':
    case 'canceled':
      reportRefusal(outcome.refusal, session);
      return exitCodes.failed;
    case 'requires_action':
    case 'pending':
      session.remark(`See how it stands: solvent collections show ${of.invoice.number}`);
      session.remark('A repeat with the same --key joins this payment.');
      return exitCodes.unknown;
  }
}

function outcomeWords(outcome: InvoicePaymentOutcome, { invoice, currency }: PaidOf): string {
  const { paymentId, status } = outcome;
  const { number, due, state } = invoice;
  const rows = facts([
    ['Payment', paymentId],
    ['Invoice', `${number}, ${state}`],
    ['Still due', money(due, currency)],
  ]);
  switch (outcome.status) {
    case 'succeeded':
      return `succeeded: ${money(outcome.amount, currency)} charged for invoice ${number}\n${rows}`;
    case 'declined':
    case 'refused':
    case 'canceled':
      return `${status}: nothing was charged\n${rows}`;
    case 'requires_action': {
      const link = outcome.actionUrl ?? 'The link is not known yet.';
      return `requires_action: the bank asks the customer to confirm\n${link}\n${rows}`;
    }
    case 'pending':
      return `pending: the outcome is not known yet\n${rows}`;
  }
}

function outcomeJson(outcome: InvoicePaymentOutcome, { invoice, currency }: PaidOf) {
  const head = {
    id: outcome.paymentId,
    invoice: outcome.invoiceId,
    status: outcome.status,
    currency,
    invoiceState: invoice.state,
    invoiceDue: decimal(invoice.due, currency),
  };
  switch (outcome.status) {
    case 'succeeded':
      return { ...head, amount: decimal(outcome.amount, currency) };
    case 'declined':
      return { ...head, decline: declineJson(outcome.decline) };
    case 'refused':
    case 'canceled':
      return { ...head, refusal: refusalJson(outcome.refusal, currency) };
    case 'requires_action':
      return { ...head, actionUrl: outcome.actionUrl };
    case 'pending':
      return head;
  }
}
