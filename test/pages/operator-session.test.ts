import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createApiKey, revokeApiKey, type ApiKeyRole } from '../../ledger/api-keys.ts';
import { createOperatorLink, endOperatorSessions } from '../../ledger/operator-sessions.ts';
import { createPortalSession } from '../../ledger/portal-sessions.ts';
import { createLoneApp, type LoneApp } from '../http/lone-app.ts';
import { createTestAccount } from '../support/stack.ts';

const hourMs = 3_600_000;
const origin = 'http://solvent.test';

let lone: LoneApp;
let clockMs = Date.now();
let accountId: string;
beforeAll(async () => {
  lone = await createLoneApp({ nowMs: () => clockMs });
  accountId = (await createTestAccount(lone.ledger)).accountId;
});
afterAll(() => lone.close());
beforeEach(() => {
  clockMs = Date.now();
});

interface Operator {
  readonly name: string;
  readonly keyId: string;
}

let made = 0;
/** Somebody with an API key of their own. */
async function person(role: ApiKeyRole = 'operator', confinedTo?: string): Promise<Operator> {
  made += 1;
  const name = `person-${made}`;
  const key = { role, accountId: confinedTo ?? null, name, actor: 'test', nowMs: clockMs };
  return { name, keyId: (await createApiKey(lone.ledger, key)).keyId };
}

async function linkOf({ name }: Operator, validMs = hourMs): Promise<string> {
  const link = await createOperatorLink(lone.ledger, { operator: name, validMs, nowMs: clockMs });
  if (link.status !== 'made') throw new Error(link.status);
  return `/operator/sign-in/${link.token}`;
}

async function post(
  path: string,
  cookie = '',
  form: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  return lone.app.request(path, {
    method: 'POST',
    headers: { cookie, ...headers },
    body: new URLSearchParams(form),
  });
}

function cookieOf(response: Response): string {
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

async function signedIn(operator?: Operator): Promise<string> {
  return cookieOf(await post(await linkOf(operator ?? (await person()))));
}

async function open(path: string, cookie: string): Promise<Response> {
  return lone.app.request(path, { headers: { cookie } });
}

async function csrfOf(cookie: string): Promise<string> {
  const page = await (await open('/operator', cookie)).text();
  return /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
}

it('a link signs in once, keeps its token from scripts and other sites, leaves a clean address', async () => {
  const link = await linkOf(await person());
  expect((await open(link, '')).status).toBe(200);
  const first = await post(link);
  expect(first.status).toBe(303);
  expect(first.headers.get('location')).toBe('/operator');
  const cookie = first.headers.get('set-cookie') ?? '';
  for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/operator', 'Max-Age=36000']) {
    expect(cookie).toContain(part);
  }
  expect(first.headers.get('cache-control')).toBe('no-store');
  expect((await open('/operator', cookieOf(first))).status).toBe(200);

  const second = await post(link);
  expect(second.status).toBe(410);
  expect(second.headers.get('set-cookie')).toBeNull();
  expect(await second.text()).toContain('npx solvent operators link');
  expect((await open(link, '')).status).toBe(410);
});

it('two who use a link at once: one is signed in', async () => {
  const link = await linkOf(await person());
  const answers = await Promise.all(Array.from({ length: 5 }, () => post(link)));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 410, 410, 410, 410]);
});

it('the cookie is kept from plain connections where the pages are not on this machine', async () => {
  const elsewhere = await createLoneApp(
    {
      settings: {
        publicUrl: 'https://billing.example.com',
        cardEntry: { kind: 'unavailable' },
        ...{ portalSessionMs: hourMs, firstOutcomeWaitMs: 1, loopbackWebhooksAllowed: false },
        seller: { name: 'Seller', addressLines: [], taxId: null, email: null },
      },
    },
    lone.ledger,
  );
  const link = await linkOf(await person());
  const opened = await elsewhere.app.request(link, { method: 'POST' });
  expect(opened.headers.get('set-cookie')).toContain('Secure');
});

it.each([
  ['a link too old', async () => post(await linkOf(await person(), -1))],
  ['no link of ours', () => post(`/operator/sign-in/ol_${'0'.repeat(64)}`)],
  ['no link at all', () => post('/operator/sign-in/nonesuch')],
])('%s signs nobody in', async (_, use) => {
  const answer = await use();
  expect(answer.status).toBe(410);
  expect(answer.headers.get('set-cookie')).toBeNull();
});

it.each(['billing', 'developer', 'service'] as const)(
  'R64 a person whose key has the role %s gets no link',
  async (role) => {
    const { name } = await person(role);
    const asked = { operator: name, validMs: hourMs, nowMs: clockMs };
    expect(await createOperatorLink(lone.ledger, asked)).toEqual({ status: 'no_key' });
  },
);

it('R64 an operator’s key that is confined to one account makes no link: the pages show all', async () => {
  const { name } = await person('operator', accountId);
  const asked = { operator: name, validMs: hourMs, nowMs: clockMs };
  expect(await createOperatorLink(lone.ledger, asked)).toEqual({ status: 'no_key' });
});

it.each(['', '/invoice-runs', '/invoice-runs/2026-10', '/reviews', '/accounts/:account'])(
  'R64 /operator%s is 401 without a session, with a customer’s, and with an API key',
  async (path) => {
    const address = `/operator${path.replace(':account', accountId)}`;
    const expiresAtMs = clockMs + hourMs;
    const customer = { accountId, returnUrl: null, expiresAtMs, nowMs: clockMs };
    const { token } = await createPortalSession(lone.ledger, customer);
    const key = { role: 'operator', accountId: null, name: 'key', actor: 'test' } as const;
    const { secret } = await createApiKey(lone.ledger, { ...key, nowMs: clockMs });
    const tries = [
      {},
      { cookie: `solvent_portal=${token}` },
      { cookie: `solvent_operator=${token}` },
      { authorization: `Bearer ${secret}` },
    ];
    for (const headers of tries) {
      const answer = await lone.app.request(address, { headers });
      expect(answer.status, JSON.stringify(headers)).toBe(401);
      expect(await answer.text()).toContain('npx solvent operators link');
    }
  },
);

it('a session ends after ten hours, when its key is revoked, when it is ended, and on signing out', async () => {
  const [tired, fired, ended, left] = await Promise.all([person(), person(), person(), person()]);
  const cookies = await Promise.all([tired, fired, ended, left].map(signedIn));
  const statuses = async () =>
    Promise.all(cookies.map(async (cookie) => (await open('/operator', cookie)).status));
  expect(await statuses()).toEqual([200, 200, 200, 200]);

  await revokeApiKey(lone.ledger, { keyId: fired.keyId, actor: 'test', nowMs: clockMs });
  const all = { operator: ended.name, sessionId: null, actor: 'operator:boss', nowMs: clockMs };
  expect(await endOperatorSessions(lone.ledger, all)).toBe(1);
  const leftCookie = cookies[3] ?? '';
  const out = await post('/operator/sign-out', leftCookie, { csrf: await csrfOf(leftCookie) });
  expect(out.status).toBe(200);
  expect(out.headers.get('set-cookie')).toContain('Max-Age=0');
  expect(await statuses()).toEqual([200, 401, 401, 401]);

  clockMs += 10 * hourMs;
  expect((await open('/operator', cookies[0] ?? '')).status).toBe(401);
});

it('a person who is signed out everywhere has no good link left, either', async () => {
  const one = await person();
  const link = await linkOf(one);
  const all = { operator: one.name, sessionId: null, actor: 'operator:boss', nowMs: clockMs };
  await endOperatorSessions(lone.ledger, all);
  expect((await post(link)).status).toBe(410);
});

it('only hashes of links and tokens are stored', async () => {
  const link = await linkOf(await person());
  const cookie = cookieOf(await post(link));
  const rows = JSON.stringify(await lone.ledger.run('select * from operator_sessions'));
  expect(rows).not.toContain(link.split('/').at(-1));
  expect(rows).not.toContain(cookie.split('=').at(-1));
});

it('a form without the session’s own token, or from another site, acts on nothing', async () => {
  const [mine, others] = [await signedIn(), await signedIn()];
  const [csrf, othersCsrf] = [await csrfOf(mine), await csrfOf(others)];
  expect(csrf).toMatch(/^[\w-]{43}$/);
  const form = { reason: 'forged', month: '2026-10', decision: 'call_off' };
  const purchase = `${accountId.replace('acct_', 'pur_')}_${'0'.repeat(16)}`;
  for (const path of [
    `/operator/accounts/${accountId}/hold`,
    `/operator/accounts/${accountId}/unhold`,
    '/operator/invoice-runs',
    '/operator/invoice-runs/2026-10/cancel',
    '/operator/invoice-runs/2026-10/resume',
    `/operator/reviews/${purchase}`,
    '/operator/sign-out',
  ]) {
    const tries = [
      post(path, mine, form),
      post(path, mine, { ...form, csrf: othersCsrf }),
      post(path, mine, { ...form, csrf }, { origin: 'https://evil.example' }),
      post(path, mine, { ...form, csrf }, { 'sec-fetch-site': 'same-site' }),
    ];
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses, path).toEqual([403, 403, 403, 403]);
  }
  const account = await lone.ledger.run('select admin_hold_reason from accounts');
  expect(JSON.stringify(account)).not.toContain('forged');
  const good = { ...form, csrf };
  const held = await post(`/operator/accounts/${accountId}/hold`, mine, good, { origin });
  expect(held.status).toBe(303);
});

it('pages run no inline script, load nothing from elsewhere and cannot be framed', async () => {
  const page = await open('/operator', await signedIn());
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe');
  expect(await page.text()).not.toMatch(/<script>|style="| on\w+="/);
});

it('every sign-in and sign-out is in the audit log by the person’s name', async () => {
  const one = await person();
  const cookie = await signedIn(one);
  await post('/operator/sign-out', cookie, { csrf: await csrfOf(cookie) });
  const rows = await lone.ledger.run<{ actor: string; action: string }>(
    `select actor, action from audit_log where detail ->> 'operator' = $1 order by audit_id`,
    [one.name],
  );
  const actor = `operator:${one.name}`;
  expect(rows).toEqual([
    { actor, action: 'operator_session.link' },
    { actor, action: 'operator_session.sign_in' },
    { actor, action: 'operator_session.sign_out' },
  ]);
});
