import { randomBytes } from 'node:crypto';
import { cutoffMsOf, periodOf } from '../domain/period.ts';
import type { AccountResource } from '../http/account-resource.ts';
import type { PurchaseResource } from '../http/purchase-resource.ts';
import { demonstrationOperator } from './demonstration.ts';
import { DemoError, type Doors } from './demo-doors.ts';
import {
  dollars,
  hourMs,
  mailAbout,
  moveTo,
  nowOf,
  showAccount,
  type Play,
  type Problem,
} from './demo-play.ts';
import type { Teller } from './demo-teller.ts';

export const packAmount = '10.00';
export const balanceLimit = '10.00';
const card = 'pm_card_visa_debit';
const prepaidCard = 'pm_card_mastercard_prepaid';

/** From here on too little of a month is left to play one in it. */
const lastDayToBegin = 20;

/** Makes an account, with a clock of its own that stands at the begin of the month to be played. */
export async function openAccount(doors: Doors, teller: Teller): Promise<Play> {
  const email = `demo-${randomBytes(4).toString('hex')}@example.com`;
  const account = await doors.call<AccountResource>('backend', 'POST', '/v1/accounts', {
    currency: 'usd',
    name: 'Marble Robotics',
    email,
    country: 'US',
    region: 'WA',
  });
  const accountId = account.id;
  await doors.cutKeys(accountId);
  const play: Play = { doors, teller, accountId, email };
  await moveTo(play, beginOf(await processorNow(doors)));
  const [portal, operators] = await Promise.all([
    doors.call<{ url: string }>('backend', 'POST', '/v1/portal-sessions', { accountId }),
    doors.solvent<{ url: string }>('operators', 'link', '--operator', demonstrationOperator),
  ]);
  teller.step('An account', await nowOf(play));
  teller.did('POST /v1/accounts');
  teller.say(
    `${accountId} in US-WA, mails to ${email}. Its clock is its own: nobody waits for a month ` +
      'to pass. Nothing was bought yet, so nothing can be spent.',
  );
  teller.look([
    ['its billing page (the link signs you in, for an hour)', portal.url],
    ['the operators’ pages (this link signs you in once, within 15 minutes)', operators.url],
    ...(doors.mailboxUrl === undefined ? [] : ([['all mails', doors.mailboxUrl]] as const)),
  ]);
  return play;
}

/** The stand-in for Stripe has one clock for all: it stays where the last demo left it. */
async function processorNow(doors: Doors): Promise<number> {
  const { now_ms: nowMs } = await doors.sandbox<{ now_ms: number }>('GET', '/_sandbox/clock');
  return nowMs;
}

function beginOf(nowMs: number): number {
  const isEarly = new Date(nowMs).getUTCDate() <= lastDayToBegin;
  return isEarly ? nowMs : cutoffMsOf(periodOf(nowMs)) + 9 * hourMs;
}

export interface RefusedCard {
  readonly status: number;
  readonly code: string;
  readonly words: string;
  /** Payments that Stripe knows of this account. */
  readonly paymentObjects: number;
}

/** A prepaid card is refused before any payment exists (R9, R10). */
export async function refusePrepaid(play: Play): Promise<RefusedCard> {
  const { doors, teller, accountId } = play;
  const order = { accountId, amount: packAmount, currency: 'usd', paymentMethod: prepaidCard };
  const { status, body } = await doors.ask<Problem>('backend', 'POST', '/v1/purchases', order);
  const paymentObjects = await countPayments(play);
  teller.step('A prepaid card is refused', await nowOf(play));
  teller.did(`POST /v1/purchases  $${packAmount} with ${prepaidCard}`);
  teller.say(`${status} ${body.code}: ${body.detail}`);
  teller.say(
    `Payments of this account at Stripe: ${paymentObjects}. The card was looked at before a ` +
      'payment was made, so there is nothing to cancel or to give back.',
  );
  teller.look([['payments at the stand-in for Stripe', doors.sandboxUrl]]);
  return { status, code: body.code, words: body.detail, paymentObjects };
}

async function countPayments({ doors, accountId }: Play): Promise<number> {
  interface Page {
    readonly data: readonly { readonly metadata: { readonly account_id?: string } }[];
  }
  const { data } = await doors.sandbox<Page>('GET', '/v1/payment_intents?limit=100');
  return data.filter(({ metadata }) => metadata.account_id === accountId).length;
}

/** A card goes on file, and the customer chooses how much may be owed (R11, R18). */
export async function putCardOnFile(play: Play): Promise<AccountResource> {
  const { doors, teller, accountId } = play;
  const path = `/v1/accounts/${accountId}`;
  const addition = { paymentMethod: card, makeDefault: true };
  await doors.call('backend', 'POST', `${path}/payment-methods`, addition);
  await doors.call('backend', 'PATCH', path, { ownBalanceLimit: balanceLimit });
  const account = await showAccount(play);
  const shown = account.defaultCard;
  teller.step('A card is put on file', await nowOf(play));
  teller.did(`POST /v1/accounts/…/payment-methods  ${card}`);
  teller.did(`PATCH /v1/accounts/…  ownBalanceLimit ${balanceLimit}`);
  teller.say(
    `${shown?.name ?? 'None'}, a ${shown?.funding ?? ''} card, checked with its bank. The customer ` +
      `chose to owe ${dollars(balanceLimit)} at most; that counts from Build Tier 1 on, which the ` +
      'first pack brings.',
  );
  return account;
}

/** A pack is bought with the card on file: credits, tax apart, a receipt (R3, R45). */
export async function buyPack(play: Play): Promise<PurchaseResource> {
  const { doors, teller, accountId } = play;
  const purchase = await doors.call<PurchaseResource>('backend', 'POST', '/v1/purchases', {
    accountId,
    amount: packAmount,
    currency: 'usd',
  });
  const { receipt } = purchase;
  if (receipt === null) {
    throw new DemoError(`The pack is ${purchase.status}: see ${purchase.url}`);
  }
  const { tier, balanceLimit: limit } = await showAccount(play);
  teller.step('A pack of credits is bought', await nowOf(play));
  teller.did(`POST /v1/purchases  $${packAmount} with the card on file`);
  teller.rows([
    ['Receipt', receipt.number],
    ['Credits', dollars(receipt.credits)],
    ['Tax', `${dollars(receipt.tax)}, apart: it never becomes credits`],
    ['Charged', dollars(receipt.total)],
    ['Tier', `${tier.name}; may owe ${dollars(limit.effective)} on top`],
  ]);
  teller.look([
    ['the purchase, step by step, in Temporal', doors.workflowUrl(`purchase/${purchase.id}`)],
    ['the receipt, once signed in', `${doors.publicUrl}/billing/purchases/${purchase.id}`],
    ...(await mailAbout(play, /receipt/i)),
  ]);
  return purchase;
}

const dayOfUse = 22;

/** Requests come late in the month: it was opened by then, and who pays sees them in "the last 30 days". */
export async function passTime(play: Play): Promise<void> {
  const opened = new Date(await nowOf(play));
  const [year, month] = [opened.getUTCFullYear(), opened.getUTCMonth()];
  await moveTo(play, Date.UTC(year, month, dayOfUse, 15));
}
