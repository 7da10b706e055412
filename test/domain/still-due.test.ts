import { expect, it } from 'vitest';
import type { OpenInvoice } from '../../domain/account.ts';
import { together202511 as policy } from '../../domain/policy.ts';
import { isPastDue, serviceNote, stillDueNote, stillDueOf } from '../../domain/still-due.ts';
import { dollars } from './samples.ts';

const dayMs = 86_400_000;
const chargeAtMs = Date.UTC(2026, 11, 3);

const invoice: OpenInvoice = {
  ...{ invoiceId: 'inv_1', number: 'INV-000001', due: dollars(27), dueTax: dollars(0) },
  ...{ chargeAtMs, dueAtMs: chargeAtMs + dayMs, pauses: [], nextChargeAtMs: null },
};

const at = (days: number, changes: Partial<OpenInvoice> = {}) => ({
  ...{ policy, nowMs: chargeAtMs + days * dayMs },
  openInvoices: [{ ...invoice, ...changes }],
});

const pausedFor = (days: number | null) => ({
  pauses: [
    {
      reason: 'promise' as const,
      fromMs: chargeAtMs,
      untilMs: days === null ? null : chargeAtMs + days * dayMs,
    },
  ],
});

it.each([
  ['before its due date', 0.99, {}, false],
  ['at its due date', 1, {}, true],
  ['while paused', 5, pausedFor(10), false],
  ['a day after the pause', 11, pausedFor(10), true],
  ['while paused without an end', 400, pausedFor(null), false],
  ['paid', 5, { due: dollars(0) }, false],
] as const)('R50 past due, %s', (_, days, changes, expected) => {
  expect(isPastDue(invoice, at(days, changes))).toBe(expected);
});

it('R48 what is due and what of it is past due are told apart', () => {
  const later = { ...invoice, invoiceId: 'inv_2', chargeAtMs: chargeAtMs + 30 * dayMs };
  const other = { ...later, due: dollars(5), dueAtMs: chargeAtMs + 31 * dayMs };
  const moment = { ...at(2), openInvoices: [invoice, other] };
  const stillDue = stillDueOf(moment);
  expect(stillDue).toMatchObject({ due: dollars(32), pastDue: dollars(27) });
  expect(stillDue?.serviceStopsAtMs).toBe(chargeAtMs + 8 * dayMs);
  if (stillDue === null) throw new Error('something is due');
  expect(stillDueNote(stillDue, 'usd')).toContain('$27.00 is past due, and stays past due');
  expect(serviceNote(stillDue, moment.nowMs)).toContain('until 11 December 2026, 00:00 UTC');
  expect(serviceNote(stillDue, chargeAtMs + 8 * dayMs)).toContain('credits stay untouched');
});

it('says nothing where nothing is to be paid', () => {
  expect(stillDueOf(at(5, { due: dollars(0) }))).toBeNull();
  expect(stillDueOf({ ...at(5), openInvoices: [] })).toBeNull();
});

it('R50 names no end of service while nothing is past due', () => {
  expect(stillDueOf(at(0))).toMatchObject({ pastDue: 0, serviceStopsAtMs: null });
  expect(stillDueOf(at(5, pausedFor(null)))).toMatchObject({ pastDue: 0, serviceStopsAtMs: null });
});

it.each([
  ['a charge planned in grace is known before its end', 2, 7.5, 8],
  ['a charge planned on the day after is waited for', 2, 8.5, 9],
  ['one that is late is waited for', 8.1, 7.5, 9],
  ['none is planned', 2, null, 8],
])(
  'R50 nobody is told that service stops later than it does: %s',
  (_, days, plannedDays, stops) => {
    const nextChargeAtMs = plannedDays === null ? null : chargeAtMs + plannedDays * dayMs;
    const stillDue = stillDueOf(at(days, { nextChargeAtMs }));
    expect(((stillDue?.serviceStopsAtMs ?? NaN) - chargeAtMs) / dayMs).toBe(stops);
  },
);
