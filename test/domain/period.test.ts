import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cutoffMsOf, period, periodOf } from '../../domain/period.ts';

const zones = ['UTC', 'Pacific/Auckland', 'America/Los_Angeles'];

describe.each(zones)('R38 B12 a period is a calendar month in UTC, on a machine in %s', (zone) => {
  const zoneBefore = process.env['TZ'];
  beforeAll(() => {
    process.env['TZ'] = zone;
  });
  afterAll(() => {
    if (zoneBefore === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zoneBefore;
  });

  it('has local clocks that show another day', () => {
    const daysOfMidnight = [
      new Date('2026-11-01T00:00Z').getDate(),
      new Date(2026, 10).getUTCDate(),
    ];
    expect(daysOfMidnight).toEqual(
      { UTC: [1, 1], 'Pacific/Auckland': [1, 31], 'America/Los_Angeles': [31, 1] }[zone],
    );
  });

  it.each([
    ['its first instant', '2026-11-01T00:00:00.000Z', '2026-11'],
    ['its last instant', '2026-11-30T23:59:59.999Z', '2026-11'],
    ['the instant after', '2026-12-01T00:00:00.000Z', '2026-12'],
    ['the turn of a year', '2026-12-31T23:59:59.999Z', '2026-12'],
    ['a leap day', '2028-02-29T12:00:00.000Z', '2028-02'],
  ])('%s', (_, instant, month) => {
    expect(periodOf(Date.parse(instant))).toBe(month);
  });

  it('R39 an instant lies before its month’s cut-off, and the cut-off in the next month', () => {
    const instants = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2080, 0) });
    fc.assert(
      fc.property(instants, (instantMs) => {
        const month = periodOf(instantMs);
        const cutoffMs = cutoffMsOf(month);
        expect(instantMs).toBeLessThan(cutoffMs);
        expect(periodOf(cutoffMs - 1)).toBe(month);
        expect(periodOf(cutoffMs)).not.toBe(month);
        expect(new Date(cutoffMs).toISOString()).toMatch(/-01T00:00:00.000Z$/);
      }),
    );
  });

  it.each(['2026-13', '2026-00', '2026-1', '26-01', '2026-11-01', ''])(
    '"%s" is no month',
    (text) => {
      expect(() => period(text)).toThrow(RangeError);
    },
  );
});
