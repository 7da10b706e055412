import { describe, expect, it } from 'vitest';
import { refusesService } from '../../domain/access.ts';
import type { OpenInvoice } from '../../domain/account.ts';
import {
  dueTimes,
  pauseAt,
  type CollectionPause,
  type DueFacts,
  type DueTimes,
  type PauseReason,
} from '../../domain/collection-times.ts';
import { ZERO } from '../../domain/money.ts';
import { at, chargeAtMs, dayMs, policy } from './collection-situations.ts';
import { dollars } from './samples.ts';

const invoice: DueFacts = { chargeAtMs, dueAtMs: at(1), pauses: [], nextChargeAtMs: null };
const pause = (fromDays: number, untilDays: number | null, reason: PauseReason = 'operator') => {
  return { reason, fromMs: at(fromDays), untilMs: untilDays === null ? null : at(untilDays) };
};
const daysOf = ({ pastDueAtMs, graceEndsAtMs, giveUpAtMs }: DueTimes) =>
  [pastDueAtMs, graceEndsAtMs, giveUpAtMs].map((one) => one && (one - chargeAtMs) / dayMs);
const paused = (...pauses: CollectionPause[]) => ({ ...invoice, pauses });

describe('R50 past due, the end of grace and giving up, in days after the charge day', () => {
  it.each<[string, DueFacts, (number | null)[]]>([
    ['without a pause', invoice, [1, 8, 90]],
    ['not charged by itself: from the due date on', { ...invoice, chargeAtMs: null }, [1, 8, 91]],
    ['with net terms: charged later, due the day after', netTerms(30), [31, 38, 120]],
    ['a pause before it is charged', paused(pause(-3, -1)), [1, 8, 90]],
    ['a pause that ends on the charge day at noon', paused(pause(-3, 0.5)), [1.5, 8.5, 90.5]],
    ['a pause in grace', paused(pause(3, 5)), [1, 10, 92]],
    ['a pause from the due date on', paused(pause(1, 2)), [2, 9, 91]],
    ['a pause after grace', paused(pause(8.1, 20)), [1, 8, 101.9]],
    ['two pauses', paused(pause(2, 3), pause(5, 9)), [1, 13, 95]],
    ['two pauses, told in another order', paused(pause(5, 9), pause(2, 3)), [1, 13, 95]],
    ['pauses that overlap', paused(pause(2, 6), pause(3, 5), pause(4, 7)), [1, 13, 95]],
    ['a pause that nobody has ended', paused(pause(3, null)), [1, null, null]],
    ['such a one after grace', paused(pause(9, null)), [1, 8, null]],
    ['a pause without length', paused(pause(3, 3)), [1, 8, 90]],
    ['a pause that another reason goes on with', paused(pause(0, 2), pause(2, 4)), [5, 12, 94]],
    ['a charge planned in grace', { ...invoice, nextChargeAtMs: at(7.5) }, [1, 9, 90]],
    ['a charge planned on the day after', { ...invoice, nextChargeAtMs: at(8.9) }, [1, 9, 90]],
    ['a charge planned later', { ...invoice, nextChargeAtMs: at(9) }, [1, 8, 90]],
    [
      'a charge planned, and a pause',
      { ...paused(pause(3, 5)), nextChargeAtMs: at(10.5) },
      [1, 11, 92],
    ],
  ])('%s', (_, facts, days) => {
    expect(daysOf(dueTimes(facts, policy))).toEqual(days);
  });

  function netTerms(days: number): DueFacts {
    return { ...invoice, chargeAtMs: at(days), dueAtMs: at(days + 1) };
  }
});

describe('R50 service', () => {
  const open: OpenInvoice = {
    ...invoice,
    invoiceId: 'inv_1',
    number: 'A-1',
    due: dollars(30),
    dueTax: ZERO,
  };
  const refusedOn = (facts: Partial<OpenInvoice>, days: number) =>
    refusesService({ ...open, ...facts }, policy, at(days));

  it('is refused from the end of grace on', () => {
    expect(refusesService(open, policy, at(8) - 1)).toBe(false);
    expect(refusedOn({}, 8)).toBe(true);
    expect(refusedOn({ due: ZERO }, 8)).toBe(false);
  });

  it('is refused a day later where a charge is under way', () => {
    const facts = { nextChargeAtMs: at(7.5) };
    expect(refusedOn(facts, 8.99)).toBe(false);
    expect(refusedOn(facts, 9)).toBe(true);
  });

  it('goes on while a pause lasts that began in grace, and stays refused after one that came later', () => {
    expect(refusedOn({ pauses: [pause(7, null)] }, 500)).toBe(false);
    expect(refusedOn({ pauses: [pause(9, null)] }, 10)).toBe(true);
  });
});

describe('the pause an instant is in', () => {
  const pauses = [pause(5, 6), pause(1, 3, 'promise'), pause(2, 4), pause(4, 5), pause(9, null)];

  it.each<[number, ReturnType<typeof pauseAt>]>([
    [0.9, null],
    [1, { reason: 'promise', untilMs: at(6) }],
    [3.5, { reason: 'operator', untilMs: at(6) }],
    [5.9, { reason: 'operator', untilMs: at(6) }],
    [6, null],
    [9, { reason: 'operator', untilMs: null }],
    [99, { reason: 'operator', untilMs: null }],
  ])('day %s', (days, expected) => {
    expect(pauseAt(pauses, at(days))).toEqual(expected);
  });
});
