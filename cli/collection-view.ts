import type {
  agingAnswer,
  collectionAnswer,
  dueInvoiceAnswer,
} from '../domain/collection-answer.ts';
import { facts, table } from './words.ts';

type Collection = ReturnType<typeof collectionAnswer>;

export function agingWords(rows: readonly ReturnType<typeof agingAnswer>[]): string {
  if (rows.length === 0) return 'nothing is owed by invoices';
  return rows
    .map(({ currency, buckets, total, booked, agrees }) => {
      const cells = [...buckets, { age: 'total', ...total }].map((row) => [
        ...[row.age, `${row.invoices}`, row.amount, row.uncollectible],
      ]);
      const header = ['DAYS PAST DUE', 'INVOICES', currency.toUpperCase(), 'UNCOLLECTIBLE'];
      const books = agrees ? 'The books say the same.' : `The books say ${booked}: look into it.`;
      return `${table(header, cells)}\n${books}`;
    })
    .join('\n\n');
}

export function dueTable(rows: readonly ReturnType<typeof dueInvoiceAnswer>[]): string {
  if (rows.length === 0) return 'nothing is to be paid';
  return table(
    ['NUMBER', 'AGE', 'STATE', 'DUE', 'NEXT', 'CHARGED AT', 'ACCOUNT'],
    rows.map((row) => [
      ...[row.number, row.age, row.state, `${row.due} ${row.currency.toUpperCase()}`],
      ...[row.step ?? '-', row.nextChargeAt ?? '-', row.accountId],
    ]),
  );
}

export function collectionWords(collection: Collection): string {
  const { number, currency, next, retryAfterDays, payments } = collection;
  const money = (amount: string) => `${amount} ${currency.toUpperCase()}`;
  const rows = facts([
    ['Invoice', collection.invoice],
    ['Account', collection.accountId],
    ['State', collection.state],
    ['Still due', `${money(collection.due)} of ${money(collection.amount)}`],
    ['To be paid by', collection.dueAt],
    ['Past due from', collection.pastDueAt],
    ['Service stops', collection.serviceStopsAt],
    ['Given up', collection.givenUpAt],
    ['Time zone', collection.timeZone],
    ['Retries after days', retryAfterDays?.join(', ') ?? null],
  ]);
  const lines = [
    ...collection.pauses.map(({ reason, from, until }) => {
      return [from, 'paused', `${reason}, until ${until ?? 'it is ended'}`];
    }),
    ...collection.attempts.map((attempt) => {
      return [attempt.at, attempt.outcome, `${money(attempt.amount)}, ${codesOf(attempt)}`];
    }),
    ...payments
      .filter(({ status }) => status !== 'succeeded' && status !== 'declined')
      .map(({ createdAt, status, amount, refusal }) => {
        return [createdAt, status, `${money(amount)} ${refusal?.code ?? ''}`.trim()];
      }),
    ...collection.audit.map(({ at, action, actor, reason }) => {
      return [at, action.replace('collection.', ''), [actor, reason].filter(Boolean).join(': ')];
    }),
  ].toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1));
  const story = lines.length === 0 ? [] : [table(['WHEN', 'WHAT', ''], lines)];
  return [`${number}\n${rows}`, `Next: ${next.words}`, ...story].join('\n\n');
}

function codesOf(attempt: Collection['attempts'][number]): string {
  const { origin, declineCode, adviceCode, networkDeclineCode, networkAdviceCode } = attempt;
  return [origin, declineCode, adviceCode, networkDeclineCode, networkAdviceCode]
    .filter((code) => code !== null)
    .join(', ');
}
