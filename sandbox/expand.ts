import { Refusal } from './errors.ts';

/** The fields that Stripe can show in full, per object; a dot steps into a plain part. */
const expandable: Record<string, readonly string[]> = {
  balance_transaction: ['source'],
  charge: [
    'application',
    'application_fee',
    'balance_transaction',
    'customer',
    'failure_balance_transaction',
    'on_behalf_of',
    'payment_intent',
    'review',
    'source_transfer',
    'transfer',
  ],
  'checkout.session': ['customer', 'payment_intent', 'setup_intent'],
  customer: ['default_source', 'invoice_settings.default_payment_method', 'test_clock'],
  payment_intent: [
    'application',
    'customer',
    'last_payment_error.payment_method',
    'latest_charge',
    'on_behalf_of',
    'payment_method',
    'review',
  ],
  payment_method: ['customer'],
  price: ['product'],
  refund: ['balance_transaction', 'charge', 'payment_intent', 'payment_method'],
  setup_attempt: ['customer', 'payment_method', 'setup_intent'],
  setup_intent: ['customer', 'latest_attempt', 'mandate', 'payment_method', 'single_use_mandate'],
};

/** Expansion goes at most four levels deep. */
const deepest = 4;

type Node = Record<string, unknown>;

/** Gives the object of an id, whatever it is; undefined when there is none. */
export type Lookup = (id: string) => object | undefined;

/**
 * Replaces ids by their objects along each path (`latest_charge.balance_transaction`,
 * `data.customer` in lists). Refuses a field that cannot be expanded.
 */
export function expand(body: object, paths: readonly string[], lookup: Lookup): object {
  for (const path of paths) {
    if (path.split('.').length > deepest + (path.startsWith('data.') ? 1 : 0)) {
      const message = `You cannot expand more than ${deepest} levels of a property (${path}).`;
      throw new Refusal('invalidRequest', message, 'expand');
    }
    expandPath(body as Node, path, path, lookup);
  }
  return body;
}

function expandPath(node: Node, rest: string, whole: string, lookup: Lookup): void {
  const { data, object } = node;
  if (Array.isArray(data) && rest.startsWith('data.')) {
    for (const item of data) expandPath(item as Node, rest.slice('data.'.length), whole, lookup);
    return;
  }
  const fields = expandable[String(object)] ?? [];
  const field = fields.find((name) => rest === name || rest.startsWith(`${name}.`));
  if (field === undefined) {
    const message = `This property cannot be expanded (${whole}).`;
    throw new Refusal('invalidRequest', message, 'expand');
  }
  const steps = field.split('.');
  const last = steps.pop() ?? '';
  const holder = steps.reduce<Node | null>((at, step) => (at?.[step] ?? null) as Node | null, node);
  const value = holder?.[last];
  if (holder === null || value === null || value === undefined) return;
  const found = typeof value === 'string' ? lookup(value) : value;
  if (found === undefined) return;
  holder[last] = found;
  const beyond = rest.slice(field.length + 1);
  if (beyond !== '') expandPath(found as Node, beyond, whole, lookup);
}
