import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { typeid } from 'typeid-js';
import { afterAll, beforeAll } from 'vitest';
import type { Card } from '../../domain/cards.ts';
import type { ChargeAttempt } from '../../domain/charge-attempt.ts';
import { purchaseIdFor } from '../../domain/ids.ts';
import { micros, sum, type Micros } from '../../domain/money.ts';
import type { Purchase } from '../../domain/purchase.ts';
import type { Capture } from '../../domain/payment.ts';
import { together202511 as policy } from '../../domain/policy.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import { createAccount, type NewAccount } from '../../ledger/accounts.ts';
import { openLedger, type Ledger } from '../../ledger/database.ts';
import { settlePurchase } from '../../ledger/purchase-endings.ts';
import { openPurchase, type OpenPurchaseInput } from '../../ledger/purchase-opening.ts';
import { createTestDatabase } from '../support/services.ts';

export const nowMs = Date.UTC(2026, 10, 15, 12);
export const dayMs = 86_400_000;
export const dollars = (amount: number): Micros => micros(Math.round(amount * 1_000_000));
export const visa: Card = {
  ...{ type: 'card', brand: 'visa', last4: '4242', funding: 'credit', fingerprint: 'fp_visa' },
  ...{ wallet: null, iin: '424242', expiryMonth: 12, expiryYear: 2030, country: 'US' },
};

/** A ledger on a database of the file's own, as the application connects to it. */
export interface TestLedger {
  ledger: Ledger;
  appUrl: string;
  ownerUrl: string;
  /** As PostgreSQL's superuser: for planting what nobody else could. */
  asSuperuser: (sql: string, values?: unknown[]) => Promise<pg.QueryResult>;
}

/** Call it at the top of a file; the members are there once its tests run. */
export function useLedger(): TestLedger {
  const test = {} as TestLedger;
  let administrator: pg.Client;
  beforeAll(async () => {
    const { appUrl, ownerUrl } = await createTestDatabase();
    administrator = new pg.Client({
      connectionString: ownerUrl.replace('solvent_owner', 'postgres'),
    });
    administrator.on('error', () => undefined);
    await administrator.connect();
    Object.assign(test, {
      ...{ appUrl, ownerUrl, ledger: openLedger({ url: appUrl, maxConnections: 30 }) },
      asSuperuser: (sql: string, values?: unknown[]) => administrator.query(sql, values),
    });
  });
  afterAll(async () => {
    await test.ledger.close();
    await administrator.end();
  });
  return test;
}

export function newAccountId(): string {
  return typeid('acct').toString();
}

export async function anAccount(ledger: Ledger, change: Partial<NewAccount> = {}): Promise<string> {
  const { account } = await createAccount(
    ledger,
    {
      ...{ accountId: newAccountId(), currency: 'usd', name: 'Ada', email: 'ada@example.com' },
      ...{ taxCountry: null, taxRegion: null, actor: 'test', nowMs, ...change },
    },
    policies,
  );
  return account.accountId;
}

export function aRequest(
  accountId: string,
  change: Partial<OpenPurchaseInput> = {},
): OpenPurchaseInput {
  const purchaseId = purchaseIdFor(accountId, randomBytes(8).toString('hex'));
  return {
    ...{ accountId, purchaseId, amount: dollars(25), currency: 'usd', confirmDuplicate: true },
    ...{ paymentMethodId: 'pm_visa', nowMs, ...change },
  };
}

/** A purchase that was admitted and waits for its payment. */
export async function anOpenPurchase(
  ledger: Ledger,
  accountId: string,
  change: Partial<OpenPurchaseInput> = {},
): Promise<Purchase> {
  const outcome = await openPurchase(ledger, aRequest(accountId, change), policies);
  if (outcome.status !== 'opened') throw new Error(JSON.stringify(outcome));
  return outcome.purchase;
}

export function aCapture(purchase: Purchase, change: Partial<Capture> = {}): Capture {
  return {
    ...{ chargeId: `ch_${purchase.purchaseId}`, amount: sum(purchase.credits, purchase.tax) },
    ...{ capturedAtMs: nowMs + 1_000, card: visa, networkAdviceCode: null, ...change },
  };
}

export function anAttempt(
  purchase: Purchase,
  outcome: ChargeAttempt['outcome'] = 'succeeded',
): ChargeAttempt {
  return {
    ...{ attemptId: `${purchase.purchaseId}:confirm:1`, outcome, attemptedAtMs: nowMs },
    ...{ paymentIntentId: 'pi_1', chargeId: null, cardFingerprint: 'fp_visa', cardBrand: 'visa' },
    amount: sum(purchase.credits, purchase.tax),
    ...{ declineCode: null, adviceCode: null, networkDeclineCode: null, networkAdviceCode: null },
  };
}

/** Settles with the captured money that the purchase asked for, unless said otherwise. */
export function settle(ledger: Ledger, purchase: Purchase, capture = aCapture(purchase)) {
  const { accountId, purchaseId } = purchase;
  const attempt = anAttempt(purchase);
  return settlePurchase(
    ledger,
    { accountId, purchaseId, capture, attempt, cardRefusal: null, nowMs: nowMs + 2_000 },
    policies,
  );
}

/** A purchase that was paid: its credits are in the account. */
export async function aPaidPurchase(
  ledger: Ledger,
  accountId: string,
  change: Partial<OpenPurchaseInput> = {},
): Promise<Purchase> {
  const { purchase } = await settle(ledger, await anOpenPurchase(ledger, accountId, change));
  return purchase;
}

/** One policy for ever. */
const policies = onlyPolicy(policy);

export { policies, policy };
