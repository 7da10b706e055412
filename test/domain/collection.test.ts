import { describe, expect, it } from 'vitest';
import { decideCollectionChange } from '../../domain/collection-changes.ts';
import { nextStep } from '../../domain/collection.ts';
import { knownDeclineCodes } from '../../domain/declines.ts';
import { methodNameOf } from '../../domain/payment-methods.ts';
import { situations } from './collection-histories.ts';
import {
  chargeAtMs,
  factsOf,
  mastercard,
  nameOf,
  otherDeclines,
  play,
  policy,
  visaCard,
  type Said,
} from './collection-situations.ts';
import { adviceRows, budgetRows, declineRows, visaRows } from './collection-tables.ts';
import { dollars } from './samples.ts';

/** What follows where a bank always answers so; the history's name is not of interest. */
function follows(banks: readonly [Said, ...Said[]], card = visaCard) {
  const { charges, end } = play({ ...{ name: '', rule: '', charges: [], end: '' }, banks, card });
  return { charges, end };
}

describe('R49 a decline code that is answered every time', () => {
  const rows = declineRows.flatMap(({ codes, ...row }) => codes.map((code) => ({ code, ...row })));

  it.each(rows)('$code: $charges, $end', ({ code, ...row }) => {
    expect(follows([code])).toEqual(row);
    expect(follows([code], mastercard)).toEqual(row);
  });

  it('each known one is among them', () => {
    expect(rows.map(({ code }) => code)).toEqual(expect.arrayContaining(knownDeclineCodes));
  });
});

describe('R49 a code of Visa', () => {
  const rows = visaRows.flatMap(({ codes, ...row }) => codes.map((code) => ({ code, ...row })));

  it.each(rows)('$code: $charges, $end', ({ code, ...row }) => {
    const said = { declineCode: 'generic_decline', networkDeclineCode: code };
    expect(follows([said])).toEqual(row);
  });

  it.each(rows)('$code says nothing of another network’s card', ({ code }) => {
    const said = { declineCode: 'insufficient_funds', networkDeclineCode: code };
    expect(follows([said], mastercard)).toEqual(follows(['insufficient_funds'], mastercard));
  });
});

describe('R49 R10 advice', () => {
  it.each(adviceRows)('$said: $charges, $end', ({ said, ...row }) => {
    expect(follows([said, 'insufficient_funds'], mastercard)).toEqual(row);
  });
});

describe('R49 budgets of the networks', () => {
  it.each(budgetRows)('$name: $charges', (situation) => {
    const { charges, end } = play(situation);
    expect({ charges, end }).toEqual({ charges: situation.charges, end: situation.end });
  });
});

describe('B9 R52 what no card can be charged at once', () => {
  it.each([
    ['the least', 0.5, 'charge'],
    ['less', 0.49, 'needs_operator: amount'],
    ['a cent', 0.01, 'needs_operator: amount'],
    ['the most', 999_999.99, 'charge'],
    ['more', 1_000_000, 'needs_operator: amount'],
  ])('%s: %d dollars', (_, amount, expected) => {
    const facts = factsOf({});
    const invoice = { ...facts.invoice, due: dollars(amount) };
    expect(nameOf(nextStep({ ...facts, invoice }, policy, chargeAtMs))).toBe(expected);
  });
});

it.each([
  ['a moment before', -1, false],
  ['when', 0, true],
  ['a moment after', 1, true],
])('R50 %s its days are over, an invoice is given up: %d, %s', (_, afterMs, expected) => {
  const atMs = chargeAtMs + policy.collection.uncollectibleAfterMs + afterMs;
  expect(nextStep(factsOf({}), policy, atMs).step === 'give_up').toBe(expected);
});

it('B11 an operator’s wish is answered by one charge, made in the same millisecond, too', () => {
  const asked = factsOf({ facts: { retryAskedAtMs: chargeAtMs } });
  expect(nextStep(asked, policy, chargeAtMs).step).toBe('charge');
  const [declined] = otherDeclines([0], {
    ...{ attemptedAtMs: chargeAtMs, origin: 'operator', declineCode: 'insufficient_funds' },
  });
  if (declined === undefined) throw new Error('one decline was asked for');
  const attempts = [{ ...declined, method: methodNameOf(visaCard) }];
  expect(nextStep({ ...asked, attempts }, policy, chargeAtMs + 1).step).toBe('wait');
});

describe('R50 an operator', () => {
  const due = dollars(30);
  const open = { state: 'open', due } as const;

  it.each([
    ['operator', 'changed'],
    ['promise', 'changed'],
    ['dispute', 'refused'],
    ['recount', 'refused'],
  ] as const)('resumes what a pause of kind %s stopped: %s', (reason, status) => {
    const pauses = [{ reason, fromMs: chargeAtMs - 1, untilMs: null }];
    const facts = { invoice: open, pauses };
    expect(decideCollectionChange({ kind: 'resume' }, facts, chargeAtMs)).toMatchObject({ status });
  });

  it.each([
    ['open', due, 'forgiven'],
    ['uncollectible', due, 'forgiven'],
    ['forgiven', dollars(0), 'unchanged'],
    ['paid', dollars(0), 'refused'],
    ['void', dollars(0), 'refused'],
  ] as const)('forgives one that is %s', (state, left, status) => {
    const facts = { invoice: { state, due: left }, pauses: [] };
    const forgive = { kind: 'forgive', reason: 'x' } as const;
    expect(decideCollectionChange(forgive, facts, chargeAtMs)).toMatchObject({ status });
  });
});

describe('what an invoice is charged, and what it waits for', () => {
  it.each(situations)('$rule $name', (situation) => {
    const { charges, end } = play(situation);
    expect({ charges, end }).toEqual({ charges: situation.charges, end: situation.end });
  });
});
