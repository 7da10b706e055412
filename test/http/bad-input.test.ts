import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyWith, startRunningApp, type Answer, type RunningApp } from './running-app.ts';

/** What the cases talk about; made once. */
interface Stage {
  /** Has no card and has bought nothing. */
  readonly account: string;
  readonly otherAccount: string;
  /** A card on file of the other account. */
  readonly otherCard: string;
  readonly otherPurchase: string;
  /** An idempotency key that bought $25 for the other account. */
  readonly usedKey: string;
  readonly keys: Record<'billing' | 'developer' | 'service' | 'operator' | 'confined', string>;
}

let app: RunningApp;
let stage: Stage;
beforeAll(async () => {
  app = await startRunningApp();
  stage = await setStage(app);
});
afterAll(() => app.close());

async function setStage({ ledger, api }: RunningApp): Promise<Stage> {
  const billing = await keyWith(ledger, 'billing');
  const newAccount = async (): Promise<string> => {
    const body = { name: 'Ada', email: 'ada@example.com', currency: 'usd' };
    return textOf(await api('POST', '/v1/accounts', { key: billing, body }), 'id');
  };
  const account = await newAccount();
  const otherAccount = await newAccount();
  const added = await api('POST', `/v1/accounts/${otherAccount}/payment-methods`, {
    key: billing,
    body: { paymentMethod: 'pm_card_visa' },
  });
  const usedKey = randomUUID();
  const bought = await api('POST', '/v1/purchases', {
    key: billing,
    body: { accountId: otherAccount, amount: '25.00', currency: 'usd' },
    headers: { 'idempotency-key': usedKey },
  });
  return {
    account,
    otherAccount,
    otherCard: (added.body['card'] as { id: string }).id,
    otherPurchase: textOf(bought, 'id'),
    usedKey,
    keys: {
      billing,
      developer: await keyWith(ledger, 'developer'),
      service: await keyWith(ledger, 'service'),
      operator: await keyWith(ledger, 'operator'),
      confined: await keyWith(ledger, 'billing', account),
    },
  };
}

function textOf({ body }: Answer, name: string): string {
  const value: unknown = body[name];
  if (typeof value !== 'string') throw new Error(JSON.stringify(body));
  return value;
}

interface Case {
  readonly what: string;
  readonly key?: keyof Stage['keys'] | 'none' | { readonly raw: string };
  readonly method?: string;
  /** Absent: POST /v1/purchases. */
  readonly path?: (stage: Stage) => string;
  /** Laid over a good purchase where the path is absent; else sent as it is. */
  readonly body?: object | string | ((stage: Stage) => object);
  readonly headers?: Record<string, string> | ((stage: Stage) => Record<string, string>);
  readonly status: number;
  readonly code: string;
  readonly words?: RegExp;
  readonly more?: object;
}

const accountPath = ({ account }: Stage) => `/v1/accounts/${account}`;
const other = ({ otherAccount }: Stage) => `/v1/accounts/${otherAccount}`;

const cases: readonly Case[] = [
  ...[
    {
      path: () => '/v1/holds',
      key: 'service' as const,
      body: ({ account }: Stage) => ({ account, id: 'nul', cost: '1', model: 'a\0' }),
    },
    {
      path: () => '/v1/holds',
      key: 'service' as const,
      body: ({ account }: Stage) => ({ account, id: 'half', cost: '1', model: '\ud800' }),
    },
    {
      path: () => '/v1/accounts',
      body: { name: 'a\0', email: 'ada@example.com', currency: 'usd' },
    },
    {
      ...{ path: (stage: Stage) => `${accountPath(stage)}/admin-hold`, method: 'PUT' },
      ...{ key: 'operator' as const, body: { reason: '\ud800' } },
    },
    {
      ...{ path: () => '/v1/grants', key: 'operator' as const },
      body: ({ account }: Stage) => ({
        ...{ accountId: account, amount: '5', reason: 'ok', scope: ['\0'] },
      }),
    },
    { path: () => '/v1/prices?model=%00', method: 'GET' },
    { path: (stage: Stage) => `${accountPath(stage)}/access?model=%00`, method: 'GET' },
  ].map((text) => ({
    ...{ ...text, what: `text the database cannot keep, at ${text.path.toString()}` },
    ...{ status: 400, code: 'invalid_request', words: /must not hold NUL or half/ },
  })),
  {
    what: 'a time before all computers',
    ...{ method: 'GET', path: (stage) => `${accountPath(stage)}/usage?to=0001-01-01` },
    ...{ status: 400, code: 'invalid_request', words: /to must not be before 1970/ },
  },
  {
    what: 'R4 an amount below the smallest purchase',
    body: { amount: '4.99', paymentMethod: 'pm_card_visa' },
    ...{ status: 422, code: 'amount_below_minimum', words: /smallest purchase is \$5\.00/ },
    more: { rule: 'R4', currency: 'usd', amounts: { asked: '4.99', minimum: '5.00' } },
  },
  {
    what: 'R4 an amount above the largest purchase',
    body: { amount: '10000.01', paymentMethod: 'pm_card_visa' },
    ...{ status: 422, code: 'amount_above_maximum', words: /\$10,000\.00/ },
  },
  {
    what: 'R69 a fraction of a cent',
    body: { amount: '25.001', paymentMethod: 'pm_card_visa' },
    ...{ status: 422, code: 'amount_not_chargeable', words: /fraction of the smallest coin/ },
  },
  {
    what: 'an amount finer than we count',
    body: { amount: '25.0000001' },
    ...{ status: 400, code: 'invalid_request', words: /amount must be a decimal string/ },
  },
  {
    what: 'an amount as a JSON number',
    body: { amount: 25 },
    ...{
      status: 400,
      code: 'invalid_request',
      words: /amount must be a decimal string .*"25\.00"/,
    },
    more: {
      errors: [{ field: 'amount', message: expect.stringContaining('decimal string') as string }],
    },
  },
  {
    what: 'a negative amount',
    body: { amount: '-25.00' },
    ...{ status: 400, code: 'invalid_request', words: /amount must be/ },
  },
  {
    what: 'R69 a currency that is not the account’s',
    body: { currency: 'eur', paymentMethod: 'pm_card_visa' },
    ...{ status: 422, code: 'currency_mismatch', words: /kept in usd/ },
  },
  {
    what: 'R69 a currency without a policy row',
    body: { currency: 'xyz', paymentMethod: 'pm_card_visa' },
    ...{ status: 422, code: 'currency_not_supported', words: /"xyz"/ },
  },
  {
    what: 'a currency in capitals',
    body: { currency: 'USD' },
    ...{ status: 400, code: 'invalid_request', words: /currency must be .* lower case/ },
  },
  {
    what: 'an account that does not exist',
    body: { accountId: 'acct_00000000000000000000000001' },
    ...{ status: 404, code: 'account_not_found' },
  },
  {
    what: 'a text that is no account id',
    body: { accountId: "acct_'; drop table accounts" },
    ...{ status: 404, code: 'account_not_found' },
  },
  {
    what: 'R11 no card on file and none named',
    ...{ status: 409, code: 'payment_method_required', words: /Add one/ },
  },
  {
    what: 'another account’s card',
    body: ({ otherCard }) => ({ paymentMethod: otherCard }),
    ...{ status: 404, code: 'payment_method_not_found' },
  },
  {
    what: 'a card that does not exist',
    body: { paymentMethod: 'pm_nonesuch' },
    ...{ status: 404, code: 'payment_method_not_found' },
  },
  {
    what: 'R15 a card number instead of a token, which is not repeated in the answer',
    body: { paymentMethod: '4242424242424242' },
    ...{ status: 400, code: 'invalid_request', words: /^(?!.*4242).*"pm_…"/ },
  },
  {
    what: 'R9 a prepaid card',
    body: { paymentMethod: 'pm_card_mastercard_prepaid' },
    ...{ status: 422, code: 'card_prepaid_not_supported', words: /standard credit or debit card/ },
    more: { rule: 'R9', whoCanAct: 'customer', purchase: { status: 'refused' } },
  },
  {
    what: 'R14 a declined card',
    body: { paymentMethod: 'pm_card_chargeDeclinedInsufficientFunds' },
    ...{ status: 402, code: 'card_declined', words: /not enough money.*not a prepaid card/ },
    more: { decline: { code: 'insufficient_funds' }, purchase: { status: 'declined' } },
  },
  {
    what: 'R14 a lost card, which the answer does not reveal',
    body: { paymentMethod: 'pm_card_visa_chargeDeclinedLostCard' },
    ...{ status: 402, code: 'card_declined', words: /^(?!.*lost).*gave no reason/i },
    more: { decline: { code: 'generic_decline' } },
  },
  {
    what: 'B19 a used key with another amount',
    body: ({ otherAccount }) => ({ accountId: otherAccount, amount: '50.00' }),
    headers: ({ usedKey }) => ({ 'idempotency-key': usedKey }),
    ...{ status: 422, code: 'idempotency_key_reused', words: /new key/ },
  },
  {
    what: 'R5 a POST without an idempotency key',
    headers: { 'idempotency-key': '' },
    ...{ status: 400, code: 'idempotency_key_required', words: /Idempotency-Key/ },
  },
  {
    what: 'an idempotency key longer than 255 characters',
    headers: { 'idempotency-key': 'x'.repeat(256) },
    ...{ status: 400, code: 'idempotency_key_required', words: /255/ },
  },
  {
    what: 'a field that the call does not have',
    body: { ammount: '25.00' },
    ...{ status: 400, code: 'invalid_request', words: /ammount is not a field/ },
    more: { errors: [{ field: 'ammount' }] },
  },
  {
    what: 'a missing field',
    body: { currency: undefined },
    ...{ status: 400, code: 'invalid_request', words: /currency must be/ },
  },
  {
    what: 'a word where true or false is meant',
    body: { confirmDuplicate: 'yes' },
    ...{ status: 400, code: 'invalid_request', words: /confirmDuplicate must be true or false/ },
  },
  {
    what: 'an address to return to that is no web address',
    body: { returnUrl: 'javascript:alert(1)' },
    ...{ status: 400, code: 'invalid_request', words: /returnUrl must be an address/ },
  },
  {
    what: 'a body that is no JSON',
    body: '{"accountId": ',
    ...{ status: 400, code: 'body_malformed' },
  },
  {
    what: 'a body that is no JSON object',
    body: '[1, 2]',
    ...{ status: 400, code: 'invalid_request', words: /the body must be a JSON object/ },
  },
  {
    what: 'a body of another type',
    body: 'amount=25',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    ...{ status: 400, code: 'body_malformed', words: /application\/json/ },
  },
  {
    what: 'a body over 1 MB',
    body: { currency: 'x'.repeat(1_000_001) },
    ...{ status: 413, code: 'body_too_large', words: /1 MB/ },
  },
  {
    what: 'R64 no API key',
    key: 'none',
    ...{ status: 401, code: 'api_key_invalid', words: /Authorization: Bearer/ },
  },
  {
    what: 'R64 an unknown API key',
    key: { raw: `Bearer sk_${'0'.repeat(64)}` },
    ...{ status: 401, code: 'api_key_invalid' },
  },
  {
    what: 'R64 another way of authorization',
    key: { raw: 'Basic c2s6eA==' },
    ...{ status: 401, code: 'api_key_invalid' },
  },
  {
    what: 'R64 a developer’s key buying',
    key: 'developer',
    ...{ status: 403, code: 'permission_denied', words: /role developer; it takes billing/ },
  },
  {
    what: 'R64 a service’s key buying',
    key: 'service',
    ...{ status: 403, code: 'permission_denied' },
  },
  {
    what: 'R64 an operator’s key buying',
    key: 'operator',
    ...{ status: 403, code: 'permission_denied' },
  },
  {
    what: 'R64 a developer’s key making a portal link',
    ...{ key: 'developer', path: () => '/v1/portal-sessions' },
    body: ({ account }) => ({ accountId: account }),
    ...{ status: 403, code: 'permission_denied' },
  },
  {
    what: 'R64 a key of one account buying for another',
    key: 'confined',
    body: ({ otherAccount }) => ({ accountId: otherAccount }),
    ...{ status: 404, code: 'account_not_found' },
  },
  {
    what: 'R64 a key of one account reading another',
    ...{ key: 'confined', method: 'GET', path: other },
    ...{ status: 404, code: 'account_not_found' },
  },
  {
    what: 'R64 a key of one account reading another’s cards',
    ...{ key: 'confined', method: 'GET', path: (it) => `${other(it)}/payment-methods` },
    ...{ status: 404, code: 'account_not_found' },
  },
  {
    what: 'R64 a key of one account reading another’s purchase',
    ...{ key: 'confined', method: 'GET' },
    path: ({ otherPurchase }) => `/v1/purchases/${otherPurchase}`,
    ...{ status: 404, code: 'purchase_not_found' },
  },
  {
    what: 'R64 a key of one account opening another’s billing page',
    ...{ key: 'confined', path: () => '/v1/portal-sessions' },
    body: ({ otherAccount }) => ({ accountId: otherAccount }),
    ...{ status: 404, code: 'account_not_found' },
  },
  {
    what: 'R64 a key of one account making another',
    ...{ key: 'confined', path: () => '/v1/accounts' },
    body: { name: 'Ada', email: 'ada@example.com', currency: 'usd' },
    ...{ status: 403, code: 'permission_denied', words: /confined to one account/ },
  },
  {
    what: 'a purchase that does not exist',
    ...{ method: 'GET', path: ({ account }) => `/v1/purchases/${purchaseOf(account)}` },
    ...{ status: 404, code: 'purchase_not_found' },
  },
  {
    what: 'a text that is no purchase id',
    ...{ method: 'GET', path: () => '/v1/purchases/pur_x' },
    ...{ status: 404, code: 'purchase_not_found' },
  },
  {
    what: 'a page of no purchases',
    ...{ method: 'GET', path: (it) => `${accountPath(it)}/purchases?limit=0` },
    ...{ status: 400, code: 'invalid_request', words: /limit must be a whole number from 1/ },
  },
  ...[
    ...[
      'purchases',
      'invoices',
      'refusals',
      'statement',
      'statement/lots',
      'statement/1/usage',
    ].map((list) => ({ list, path: (it: Stage) => `${accountPath(it)}/${list}` })),
    ...['grants', 'collections', 'prices'].map((list) => ({ list, path: () => `/v1/${list}` })),
  ].map(({ list, path }) => ({
    what: `a cursor that is of no page of ${list}`,
    ...{ key: 'operator' as const, method: 'GET', path: (it: Stage) => `${path(it)}?cursor=x` },
    ...{ status: 400, code: 'invalid_request', words: /cursor must be `nextCursor` of an earlier/ },
  })),
  {
    what: 'a query that the call does not have',
    ...{ method: 'GET', path: (it) => `${accountPath(it)}/purchases?page=2` },
    ...{ status: 400, code: 'invalid_request', words: /page is not a field/ },
  },
  {
    what: 'R4 a preview of an amount below the smallest purchase',
    path: (it) => `${accountPath(it)}/purchase-previews`,
    body: { amount: '4.99', currency: 'usd' },
    ...{ status: 422, code: 'amount_below_minimum' },
  },
  {
    what: 'R18 an own balance limit above the ceiling',
    ...{ method: 'PATCH', path: accountPath },
    body: { ownBalanceLimit: '100.01' },
    ...{ status: 422, code: 'balance_limit_out_of_range' },
    more: { amounts: { asked: '100.01', ceiling: '100.00' } },
  },
  {
    what: 'R69 an account in a currency without a policy row',
    ...{ path: () => '/v1/accounts', body: { name: 'Ada', email: 'a@b.cd', currency: 'gbp' } },
    ...{ status: 422, code: 'currency_not_supported', words: /"gbp"/ },
  },
  {
    what: 'an account with several wrong fields, all of which are named',
    ...{ path: () => '/v1/accounts', body: { name: ' ', email: 'ada', currency: 'usd' } },
    ...{ status: 400, code: 'invalid_request', words: /name must be .*; email must be/ },
  },
  {
    what: 'R9 a prepaid card to be kept',
    path: (it) => `${accountPath(it)}/payment-methods`,
    body: { paymentMethod: 'pm_card_mastercard_prepaid' },
    ...{ status: 422, code: 'card_prepaid_not_supported' },
  },
  {
    what: 'another account’s card to be removed',
    method: 'DELETE',
    path: (it) => `${accountPath(it)}/payment-methods/${it.otherCard}`,
    ...{ status: 404, code: 'payment_method_not_found' },
  },
  {
    what: 'another account’s card as the default',
    path: (it) => `${accountPath(it)}/payment-methods/${it.otherCard}/default`,
    ...{ status: 404, code: 'payment_method_not_found' },
  },
  {
    what: 'R12 the last card removed while the balance limit is above zero',
    method: 'DELETE',
    path: (it) => `${other(it)}/payment-methods/${it.otherCard}`,
    ...{ status: 409, code: 'payment_method_in_use', words: /last card/ },
  },
  {
    what: 'an address with nothing at it',
    ...{ method: 'GET', path: () => '/v1/nonesuch', status: 404, code: 'resource_not_found' },
  },
  {
    what: 'a webhook with a signature of nobody',
    ...{ key: 'none', path: () => '/webhooks/stripe', body: { id: 'evt_1' } },
    headers: { 'stripe-signature': 't=1,v1=00' },
    ...{ status: 400, code: 'webhook_signature_invalid' },
  },
];

function purchaseOf(account: string): string {
  return `pur_${account.slice('acct_'.length)}_${'0'.repeat(16)}`;
}

async function send({ key = 'billing', method = 'POST', path, ...row }: Case): Promise<Answer> {
  const given = typeof row.body === 'function' ? row.body(stage) : row.body;
  const good = { accountId: stage.account, amount: '25.00', currency: 'usd' };
  const body = typeof given === 'string' || path !== undefined ? given : { ...good, ...given };
  const headers = typeof row.headers === 'function' ? row.headers(stage) : (row.headers ?? {});
  const authorization =
    key === 'none'
      ? {}
      : { authorization: typeof key === 'object' ? key.raw : `Bearer ${stage.keys[key]}` };
  return app.api(method, path?.(stage) ?? '/v1/purchases', {
    body,
    headers: { ...authorization, ...headers },
  });
}

describe('bad input gets status, code and words that help', () => {
  it.each(cases)('$what: $status $code', async (row) => {
    const { status, headers, body } = await send(row);
    expect({ status, body }).toMatchObject({
      status: row.status,
      body: {
        status: row.status,
        code: row.code,
        type: `${app.url}/problems/${row.code}`,
        title: expect.stringMatching(/\.$/) as string,
        detail: expect.stringMatching(row.words ?? /./) as string,
        ...row.more,
      },
    });
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(headers.get('x-request-id')).toMatch(/^req_/);
  });

  it('R4 R9 R10 none of these made a payment at Stripe, but for the cards that the bank declined', async () => {
    const confirmed = cases.filter(({ code }) => code === 'card_declined').length;
    const bought = 1;
    expect(await paymentIntents()).toHaveLength(confirmed + bought);
  });
});

async function paymentIntents(): Promise<readonly unknown[]> {
  const response = await fetch(`${app.sandbox.url}/v1/payment_intents?limit=100`, {
    headers: { authorization: 'Bearer sk_test_localsandbox000' },
  });
  return ((await response.json()) as { data: unknown[] }).data;
}
