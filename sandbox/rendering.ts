import type { Answer } from './answers.ts';
import { expand } from './expand.ts';
import type { Transaction } from './transaction.ts';

/** Which table holds the objects of an id's prefix. */
const tableOfPrefix: Record<string, string> = {
  ch: 'charge',
  cs: 'checkout.session',
  ctoken: 'confirmation_token',
  cus: 'customer',
  evt: 'event',
  pi: 'payment_intent',
  pm: 'payment_method',
  price: 'price',
  prod: 'product',
  re: 'refund',
  setatt: 'setup_attempt',
  seti: 'setup_intent',
  txn: 'balance_transaction',
};

/** The table of an object by its id alone. */
export function tableOfId(id: string): string | undefined {
  return tableOfPrefix[id.slice(0, id.indexOf('_'))];
}

/** The body of an answer, as JSON. Texts are used as they are stored unless something expands. */
export function render(
  answer: Answer,
  transaction: Transaction,
  expansions: readonly string[],
  pendingWebhooks: (eventId: string) => number,
): { status: number; text: string } {
  if (answer.kind === 'body') return { status: answer.status, text: JSON.stringify(answer.body) };
  const textOf = (id: string) => {
    const text = transaction.text(answer.table, id);
    if (text === undefined) throw new Error(`${answer.table.name} ${id} is gone`);
    return answer.table.name === 'event' ? withPending(text, pendingWebhooks(id)) : text;
  };
  const text = answer.kind === 'object' ? textOf(answer.id) : listText(answer, textOf);
  if (expansions.length === 0) return { status: 200, text };
  const expanded = expand(JSON.parse(text) as object, expansions, (id) => {
    const table = tableOfId(id);
    if (table === undefined) return undefined;
    const found = transaction.text({ name: table, indexKeys: () => [] }, id);
    return found === undefined ? undefined : (JSON.parse(found) as object);
  });
  return { status: 200, text: JSON.stringify(expanded) };
}

function listText(
  answer: Exclude<Answer, { kind: 'object' | 'body' }>,
  textOf: (id: string) => string,
): string {
  const data = `[${answer.ids.map(textOf).join(',')}]`;
  const url = JSON.stringify(answer.url);
  if (answer.kind === 'list') {
    return `{"object":"list","data":${data},"has_more":${answer.hasMore},"url":${url}}`;
  }
  const nextPage = JSON.stringify(answer.nextPage);
  return (
    `{"object":"search_result","data":${data},"has_more":${answer.hasMore},` +
    `"next_page":${nextPage},"url":${url}}`
  );
}

/** An event shows how many endpoints have yet to answer it. */
function withPending(text: string, pendingWebhooks: number): string {
  const event = JSON.parse(text) as object;
  return JSON.stringify({ ...event, pending_webhooks: pendingWebhooks });
}
