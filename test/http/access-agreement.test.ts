import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decideAccess } from '../../domain/access.ts';
import { accessAnswer, type AccessAnswer } from '../../domain/access-answer.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import { periodOf } from '../../domain/period.ts';
import { closeAccount } from '../../ledger/account-closing.ts';
import { changeSettings, setAdminHold, setOwnBalanceLimit } from '../../ledger/account-settings.ts';
import { grantCredits, recordOpeningBalance } from '../../ledger/credits.ts';
import { openLedger, type Ledger } from '../../ledger/database.ts';
import { openHoldDesk } from '../../ledger/holds.ts';
import { saveCard } from '../../ledger/payment-methods.ts';
import { createPortalSession } from '../../ledger/portal-sessions.ts';
import {
  factsOf,
  policyOf,
  requestOf,
  situations,
  type Situation,
} from '../domain/access-situations.ts';
import { runSolvent } from '../cli/run-solvent.ts';
import { aPaidPurchase, anAccount, dayMs, dollars, visa } from '../ledger/ledger-fixture.ts';
import { createTestDatabase } from '../support/services.ts';
import { createLoneApp, type LoneApp } from './lone-app.ts';
import { keyWith } from './running-app.ts';

const actor = 'test';
const nowMs = Date.now();

let lone: LoneApp;
let key: string;
let databaseUrl: string;

beforeAll(async () => {
  databaseUrl = (await createTestDatabase()).appUrl;
  lone = await createLoneApp({}, openLedger({ url: databaseUrl }));
  key = await keyWith(lone.ledger, 'service');
});
afterAll(() => lone.close());

/** Lets happen on a ledger what the situation tells. */
async function play(ledger: Ledger, situation: Situation): Promise<string> {
  const { bought = 0, spent = 0, free = [], unbilled = 0, invoice, held = 0 } = situation;
  const accountId = await anAccount(ledger, { nowMs });
  const policies = onlyPolicy(policyOf(situation));
  const asked = { accountId, actor, nowMs };
  const desk = openHoldDesk(ledger);
  const hold = (cost: number) => {
    const name = { accountId, holdId: randomUUID(), policies, nowMs };
    return { ...name, cost: dollars(cost), model: null, ttlMs: null };
  };
  if (situation.plan !== undefined) {
    const settings = {
      plan: situation.plan,
      ...(situation.ceiling !== undefined && { balanceLimitCeiling: dollars(situation.ceiling) }),
    };
    await changeSettings(ledger, { ...asked, settings }, policies);
  }
  if (bought > 0) await aPaidPurchase(ledger, accountId, { amount: dollars(bought), nowMs });
  if (spent > 0) {
    const request = hold(spent);
    await desk.place(request);
    await desk.settle(request);
  }
  for (const { amount, scope } of free) {
    const grant = { scope, expiresAtMs: null, reason: 'welcome', amount: dollars(amount) };
    await grantCredits(ledger, { ...asked, ...grant, idempotencyKey: randomUUID() }, policies);
  }
  if (situation.card) {
    const card = { paymentMethodId: 'pm_1', card: visa, makeDefault: true };
    await saveCard(ledger, { ...asked, ...card });
  }
  if (unbilled > 0 || invoice !== undefined) {
    const opening = {
      ...{ purchased: dollars(0), idempotencyKey: randomUUID() },
      unbilled: unbilled > 0 ? [{ period: periodOf(nowMs), amount: dollars(unbilled) }] : [],
      invoices:
        invoice === undefined
          ? []
          : [
              {
                ...{ invoiceId: 'inv_1', number: 'A-1', amount: dollars(invoice.due) },
                dueAtMs: nowMs - invoice.dueDaysAgo * dayMs,
              },
            ],
    };
    await recordOpeningBalance(ledger, { ...asked, ...opening }, policies);
  }
  if (situation.ownLimit !== undefined) {
    const ownBalanceLimit = dollars(situation.ownLimit);
    await setOwnBalanceLimit(ledger, { ...asked, ownBalanceLimit }, policies);
  }
  if (held > 0) expect(await desk.place(hold(held))).toMatchObject({ status: 'admitted' });
  if (situation.onHold) await setAdminHold(ledger, { ...asked, reason: 'being looked at' });
  if (situation.closed) await closeAccount(ledger, asked, policies);
  return accountId;
}

interface Called {
  readonly status: number;
  readonly text: string;
}

async function get(app: LoneApp, path: string, headers: Record<string, string>): Promise<Called> {
  const response = await app.app.request(path, { headers });
  return { status: response.status, text: await response.text() };
}

async function askPage(app: LoneApp, accountId: string, query: string): Promise<string> {
  const { token } = await createPortalSession(app.ledger, {
    ...{ accountId, returnUrl: null, nowMs, expiresAtMs: nowMs + dayMs },
  });
  const cookie = `solvent_portal=${token}`;
  const { status, text } = await get(app, `/billing${query}`, { cookie });
  expect(status).toBe(200);
  return text.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

/** What a verb prints. */
async function solvent(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runSolvent(args, { DATABASE_URL: databaseUrl });
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

/** All but when it was decided, which account it is and how its invoices are dated. */
function timeless(answer: AccessAnswer): object {
  const remedies = answer.remedies.map(({ invoice, ...remedy }) => {
    return { ...remedy, invoice: invoice && { ...invoice, dueAt: '' } };
  });
  return { ...answer, at: '', account: '', remedies };
}

/** Policies are put in force for all; these situations are of the one that is. */
const ofThePolicyInForce = situations.filter(({ policy }) => policy === undefined);

describe('R56 API, page and command line give the same decision in the same words', () => {
  it.each(ofThePolicyInForce)('$name', async (situation) => {
    const accountId = await play(lone.ledger, situation);
    const { cost, model } = situation.request;
    const query = new URLSearchParams({
      ...(model !== undefined && { model }),
      ...(cost !== undefined && { cost: String(cost) }),
    });

    const policy = policyOf(situation);
    const facts = factsOf(situation, nowMs);
    const decision = decideAccess(facts, requestOf(situation), policy, nowMs);
    const expected = timeless(accessAnswer(decision, facts.account, policy));

    const authorization = `Bearer ${key}`;
    const path = `/v1/accounts/${accountId}/access?${query.toString()}`;
    const fromApi = JSON.parse((await get(lone, path, { authorization })).text) as AccessAnswer;
    expect(timeless(fromApi)).toEqual(expected);

    const options = [
      ...(model === undefined ? [] : ['--model', model]),
      ...(cost === undefined ? [] : ['--cost', String(cost)]),
    ];
    const printed = await solvent('why', accountId, ...options, '--json');
    expect(timeless(JSON.parse(printed) as AccessAnswer)).toEqual(expected);
    const words = await solvent('why', accountId, ...options);
    for (const sentence of sentencesOf(fromApi)) expect(words).toContain(sentence);

    // The page asks in general, or for a model; of a cost it knows nothing.
    const general = new URLSearchParams(model === undefined ? {} : { model });
    const asked = await get(lone, `/v1/accounts/${accountId}/access?${general.toString()}`, {
      authorization,
    });
    const html = await askPage(lone, accountId, `?${general.toString()}`);
    for (const sentence of sentencesOf(JSON.parse(asked.text) as AccessAnswer)) {
      expect(html).toContain(sentence);
    }
  });
});

function sentencesOf({ words, checks, remedies }: AccessAnswer): string[] {
  return [words.headline, words.balance, ...[...checks, ...remedies].map((row) => row.words)];
}
