import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { daysBetween, daytimeFrom, isTimeZone, nextDayFrom } from '../../domain/daytime.ts';

const hours = { from: 8, until: 20 };
const hourMs = 3_600_000;
const utc = (text: string) => Date.parse(`${text}Z`);
const iso = (atMs: number) => new Date(atMs).toISOString().slice(0, 16);

describe('B12 the first daytime from an instant on, in UTC', () => {
  it.each<[string, string | null, string]>([
    ['2026-11-03T07:59', null, '2026-11-03T08:00'],
    ['2026-11-03T08:00', null, '2026-11-03T08:00'],
    ['2026-11-03T19:59', null, '2026-11-03T19:59'],
    ['2026-11-03T20:00', null, '2026-11-04T08:00'],
    ['2026-11-03T00:00', 'America/Los_Angeles', '2026-11-03T00:00'],
    ['2026-11-03T00:00', 'America/New_York', '2026-11-03T00:00'],
    ['2026-11-03T01:00', 'America/New_York', '2026-11-03T13:00'],
    ['2026-11-03T00:00', 'Asia/Kolkata', '2026-11-03T02:30'],
    ['2026-11-03T00:00', 'Asia/Kathmandu', '2026-11-03T02:15'],
    // Clocks go forward in the night to the 29th of March, and back in that to the 25th of October.
    ['2026-03-28T21:00', 'Europe/Berlin', '2026-03-29T06:00'],
    ['2026-03-27T21:00', 'Europe/Berlin', '2026-03-28T07:00'],
    ['2026-10-24T20:00', 'Europe/Berlin', '2026-10-25T07:00'],
    ['2026-10-24T17:59', 'Europe/Berlin', '2026-10-24T17:59'],
    ['2026-10-25T18:59', 'Europe/Berlin', '2026-10-25T18:59'],
    ['2026-10-25T19:00', 'Europe/Berlin', '2026-10-26T07:00'],
  ])('%s in %s: %s', (from, timeZone, expected) => {
    expect(iso(daytimeFrom(utc(from), hours, timeZone))).toBe(expected);
  });

  it('opens the first time that clocks show the hour twice', () => {
    const early = { from: 2, until: 20 };
    expect(iso(daytimeFrom(utc('2026-10-24T22:30'), early, 'Europe/Berlin'))).toBe(
      '2026-10-25T00:00',
    );
  });

  it('opens when the clocks have skipped the hour it begins at', () => {
    const early = { from: 2, until: 20 };
    expect(iso(daytimeFrom(utc('2026-03-29T00:30'), early, 'Europe/Berlin'))).toBe(
      '2026-03-29T01:00',
    );
    expect(iso(nextDayFrom(utc('2026-04-23T12:00'), 'Africa/Cairo'))).toBe('2026-04-23T22:00');
  });
});

describe('B12 days by the customer’s calendar', () => {
  it.each<[string, string, string | null, number]>([
    ['2026-11-03T23:59', '2026-11-04T00:00', null, 1],
    ['2026-11-03T00:00', '2026-11-03T23:59', null, 0],
    ['2026-11-03T00:00', '2026-11-03T23:59', 'America/Los_Angeles', 1],
    ['2026-10-25T21:59', '2026-10-25T23:01', 'Europe/Berlin', 1],
    ['2026-11-05T12:00', '2026-11-03T12:00', 'Asia/Tokyo', -2],
  ])('from %s to %s in %s: %i', (from, to, timeZone, days) => {
    expect(daysBetween(utc(from), utc(to), timeZone)).toBe(days);
  });
});

describe('B12 in every time zone and at every change of its clocks', () => {
  const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
  const instants = fc
    .integer({ min: 0, max: 4 * 366 * 24 * 4 })
    .map((quarters) => utc('2024-01-01T00:00') + (quarters * hourMs) / 4);
  const clock = (atMs: number, timeZone: string) =>
    new Date(atMs).toLocaleString('sv-SE', { timeZone });

  it('daytime is by day, comes within a day, and no quarter of an hour before it is', () => {
    fc.assert(
      fc.property(zones, instants, (timeZone, atMs) => {
        const dayAtMs = daytimeFrom(atMs, hours, timeZone);
        const isByDay = (ms: number) => {
          const hour = Number(clock(ms, timeZone).slice(11, 13));
          return hour >= 8 && hour < 20;
        };
        expect(isByDay(dayAtMs), clock(dayAtMs, timeZone)).toBe(true);
        expect(dayAtMs).toBeGreaterThanOrEqual(atMs);
        for (let ms = atMs; ms < dayAtMs; ms += hourMs / 4) expect(isByDay(ms)).toBe(false);
      }),
      { numRuns: 400 },
    );
  });

  it('the next day is another one, and the instant before it is not', () => {
    fc.assert(
      fc.property(zones, instants, (timeZone, atMs) => {
        const dateOf = (ms: number) => clock(ms, timeZone).slice(0, 10);
        const nextMs = nextDayFrom(atMs, timeZone);
        expect(dateOf(nextMs) > dateOf(atMs)).toBe(true);
        expect(dateOf(nextMs - 1)).toBe(dateOf(atMs));
        expect(daysBetween(atMs, nextMs, timeZone)).toBe(1);
      }),
      { numRuns: 400 },
    );
  });
});

it.each([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['Mars/Olympus', false],
  ['', false],
])('"%s" is a time zone: %s', (name, isOne) => {
  expect(isTimeZone(name)).toBe(isOne);
});
