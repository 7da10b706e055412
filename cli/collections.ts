import { Option, type Command } from 'commander';
import {
  agingAges,
  agingAnswer,
  collectionAnswer,
  dueInvoiceAnswer,
} from '../domain/collection-answer.ts';
import type { CollectionAction } from '../domain/collection-changes.ts';
import { failure, SolventError } from '../domain/failures.ts';
import { accountOfId } from '../domain/ids.ts';
import { listDueInvoices, readAging } from '../ledger/aging.ts';
import { readCollectionStory } from '../ledger/collection-story.ts';
import { invoiceIdOf } from '../ledger/shown-invoices.ts';
import {
  instantMs,
  invoiceArgument,
  paymentIntentId,
  reason,
  retryDays,
  wholeNumber,
} from './arguments.ts';
import { agingWords, collectionWords, dueTable } from './collection-view.ts';
import { keyFor, keyOption } from './idempotency-key.ts';
import { operatorOf, operatorOption } from './operator.ts';
import type { Session } from './session.ts';

interface OperateOptions {
  key?: string;
  operator?: string;
  reason?: string;
}

interface ListOptions {
  age?: string;
  limit: number;
  after?: string;
}

export function addCollectionVerbs(collections: Command, session: Session): void {
  collections
    .command('aging')
    .description('show what is owed by invoices, by age')
    .action(() => aging(session));
  collections
    .command('list')
    .description('list invoices that are still to be paid, the oldest first')
    .addOption(new Option('--age <days>', 'only those of this age').choices(agingAges))
    .option('--limit <count>', 'how many', wholeNumber(1, 1_000), 50)
    .option('--after <invoice>', 'go on after this one', invoiceArgument[2])
    .action((options: ListOptions) => list(options, session));
  collections
    .command('show')
    .description('tell one invoice’s story, and what is done next')
    .argument(...invoiceArgument)
    .action((name: string) => show(name, session));
  addVerbs(collections, session);
}

function addVerbs(collections: Command, session: Session): void {
  const verb = (name: string, description: string) =>
    collections
      .command(name)
      .description(description)
      .argument(...invoiceArgument)
      .addOption(keyOption())
      .addOption(operatorOption());
  const needed = ['--reason <text>', 'why, for operators', reason] as const;
  const act = (name: string, options: OperateOptions, action: CollectionAction) =>
    operate(name, options, action, session);
  verb('pause', 'charge nothing by itself until `resume`; no date comes nearer')
    .requiredOption(...needed)
    .action((name: string, options: OperateOptions & { reason: string }) =>
      act(name, options, { kind: 'pause', reason: options.reason }),
    );
  verb('resume', 'end a pause or a promise now').action((name: string, options: OperateOptions) =>
    act(name, options, { kind: 'resume' }),
  );
  verb('promise', 'pause until the customer promised to have paid')
    .requiredOption('--until <instant>', 'as 2026-12-24, at most 90 days ahead', instantMs)
    .requiredOption(...needed)
    .action((name: string, options: OperateOptions & { until: number; reason: string }) =>
      act(name, options, { kind: 'promise', untilMs: options.until, reason: options.reason }),
    );
  verb('retry', 'charge the default card now, as soon as bank and network allow it').action(
    (name: string, options: OperateOptions) => act(name, options, { kind: 'retry_now' }),
  );
  verb('schedule', 'give the whole account other days for retries than the policy’s')
    .requiredOption('--days <days>', 'after the first charge, as 1,3,7,14; or none', retryDays)
    .action((name: string, options: OperateOptions & { days: readonly number[] | null }) =>
      act(name, options, { kind: 'schedule', retryAfterDays: options.days }),
    );
  verb('write-off', 'collect it no longer; it is still owed, and may be paid')
    .requiredOption(...needed)
    .action((name: string, options: OperateOptions & { reason: string }) =>
      act(name, options, { kind: 'write_off', reason: options.reason }),
    );
  verb('forgive', 'let the customer owe it no longer; there is no way back')
    .requiredOption(...needed)
    .action((name: string, options: OperateOptions & { reason: string }) =>
      act(name, options, { kind: 'forgive', reason: options.reason }),
    );
  collections
    .command('book')
    .description(
      'book on it what Stripe took for it unknown to the ledger; what is too much is owed back',
    )
    .argument(...invoiceArgument)
    .argument('<payment>', 'as Stripe names it, pi_…', paymentIntentId)
    .requiredOption(...needed)
    .addOption(operatorOption())
    .action((name: string, payment: string, options: OperateOptions & { reason: string }) =>
      book(name, payment, options, session),
    );
}

async function aging(session: Session): Promise<void> {
  const rows = await readAging(await session.ledger(), { nowMs: session.nowMs() });
  const data = rows.map(agingAnswer);
  session.print({ data }, () => agingWords(data));
}

async function list({ age, limit, after }: ListOptions, session: Session): Promise<void> {
  const bucket = age === undefined ? null : agingAges.indexOf(age);
  const query = { bucket, nowMs: session.nowMs(), limit: limit + 1 };
  const place = after === undefined ? null : await placeOf(after, session);
  const rows = await listDueInvoices(await session.ledger(), { ...query, after: place });
  const data = rows.slice(0, limit).map(dueInvoiceAnswer);
  const next = rows.length > limit ? (data.at(-1)?.invoice ?? null) : null;
  session.print({ data, next }, () => dueTable(data));
  if (next !== null) session.remark(`There are more: --after ${next}`);
}

async function placeOf(name: string, session: Session) {
  const { account, invoice } = await story(name, session);
  const { invoiceId, dueAtMs } = invoice;
  return { accountId: account.accountId, invoiceId, dueAtMs };
}

/** Throws SolventError invoice_not_found. */
async function story(name: string, session: Session) {
  const ledger = await session.ledger();
  const invoiceId = await invoiceIdOf(ledger, name);
  const accountId = accountOfId(invoiceId);
  if (accountId === undefined) throw failure('invoice_not_found', `It was ${name}.`);
  const asked = { accountId, invoiceId, nowMs: session.nowMs() };
  return readCollectionStory(ledger, asked, await session.policies.read());
}

async function show(name: string, session: Session): Promise<void> {
  const answer = collectionAnswer(await story(name, session));
  session.print(answer, () => collectionWords(answer));
}

async function operate(
  name: string,
  options: OperateOptions,
  action: CollectionAction,
  session: Session,
): Promise<void> {
  const actor = await operatorOf(options, session);
  const { invoice } = await story(name, session);
  const client = await session.client();
  const idempotencyKey = keyFor(options, session);
  const { invoiceId, number } = invoice;
  const asked = { invoiceId, number, idempotencyKey, actor, action };
  const outcome = await client.collections.operate(asked);
  if (outcome.status === 'refused') throw new SolventError(outcome.refusal);
  await show(invoiceId, session);
}

async function book(
  name: string,
  payment: string,
  options: OperateOptions & { reason: string },
  session: Session,
): Promise<void> {
  const actor = await operatorOf(options, session);
  const { invoiceId, number } = (await story(name, session)).invoice;
  const { collections } = await session.client();
  const { reason: why } = options;
  const asked = { invoiceId, number, paymentIntentId: payment, actor, reason: why };
  const outcome = await collections.book(asked);
  if (outcome.status === 'refused') throw new SolventError(outcome.refusal);
  await show(invoiceId, session);
}
