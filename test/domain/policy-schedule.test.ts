import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  activationLeadMs,
  expiryNoticeMs,
  refuseActivation,
  refuseAnnouncement,
} from '../../domain/policy-change.ts';
import { parsePolicy, policyJson, recordedPolicy } from '../../domain/policy-json.ts';
import {
  currencyPolicyOf,
  together2026,
  together202511,
  type Policy,
} from '../../domain/policy.ts';
import {
  isInForceFrom,
  onlyPolicy,
  policyAt,
  withActivation,
  type PolicySchedule,
} from '../../domain/policy-schedule.ts';
import { nowMs } from './samples.ts';

const dayMs = 86_400_000;
const named = (version: string, change: Partial<Policy> = {}): Policy => ({
  ...together202511,
  ...change,
  version,
});
const from = (effectiveAtMs: number, policy: Policy) => ({ effectiveAtMs, policy });
const expiring = named('expiring', { purchasedCreditsExpireAfterMs: 365 * dayMs });

describe('R68 the policy in force', () => {
  const schedule: PolicySchedule = [
    from(0, named('first')),
    from(nowMs, named('second')),
    from(nowMs, named('instead')),
    from(nowMs + dayMs, named('third')),
  ];

  it.each([
    ['before all time', -1, 'first'],
    ['the millisecond before', nowMs - 1, 'first'],
    ['at its very beginning; of two, the later row', nowMs, 'instead'],
    ['until the next one', nowMs + dayMs - 1, 'instead'],
    ['for ever after the last', nowMs + 10_000 * dayMs, 'third'],
  ])('%s', (_, atMs, version) => {
    expect(policyAt(schedule, atMs).version).toBe(version);
  });

  it('is the newest that has begun, in whatever order activations were added', () => {
    const rows = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 8 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 0, max: 60 }), (times, atMs) => {
        const made = times.reduce<PolicySchedule>(
          (so, time, index) => withActivation(so, from(time, named(`v${index}-${time}`))),
          onlyPolicy(named('first')),
        );
        const begun = Math.max(0, ...times.filter((time) => time <= atMs));
        const last = times.lastIndexOf(begun);
        const expected = last === -1 ? 'first' : `v${last}-${begun}`;
        expect(policyAt(made, atMs).version).toBe(expected);
      }),
    );
  });

  it('is known ahead', () => {
    expect(isInForceFrom(schedule, 'third', nowMs)).toBe(true);
    expect(isInForceFrom(schedule, 'instead', nowMs)).toBe(true);
    expect(isInForceFrom(schedule, 'first', nowMs)).toBe(false);
  });
});

describe('an activation', () => {
  const schedule = onlyPolicy(together202511);
  const ask = (activation: { effectiveAtMs: number; policy: Policy }, withoutNotice = 0) =>
    refuseActivation(schedule, activation, { nowMs, withoutNotice })?.code ?? null;

  it.each([
    ['R68 a minute ahead', from(nowMs + activationLeadMs, together2026), 0, null],
    [
      'R68 a millisecond less',
      from(nowMs + activationLeadMs - 1, together2026),
      0,
      'policy_effective_too_soon',
    ],
    ['R2 with everybody told', from(nowMs + 91 * dayMs, expiring), 0, null],
    ['R2 with one not told', from(nowMs + 91 * dayMs, expiring), 1, 'policy_notice_missing'],
    ['R2 without an expiry', from(nowMs + 91 * dayMs, together2026), 1, null],
    [
      'R69 that leaves accounts of a currency without rules',
      from(
        nowMs + dayMs,
        named('less', { currencies: { usd: currencyPolicyOf(together202511, 'usd') } }),
      ),
      0,
      'policy_invalid',
    ],
  ])('%s', (_, activation, withoutNotice, code) => {
    expect(ask(activation, withoutNotice)).toBe(code);
  });

  it('R69 may not bring a currency that a later policy already in the schedule lacks', () => {
    const wider = { ...together202511.currencies, gbp: currencyPolicyOf(together202511, 'eur') };
    const later = withActivation(schedule, from(nowMs + 9 * dayMs, named('later')));
    const activation = from(nowMs + dayMs, named('wider', { currencies: wider }));
    const refused = refuseActivation(later, activation, { nowMs, withoutNotice: 0 });
    expect(refused).toMatchObject({ code: 'policy_invalid' });
    expect(refused?.message).toContain('gbp');
  });

  it('R2 says how many were not told', () => {
    const activation = from(nowMs + 91 * dayMs, expiring);
    const refused = refuseActivation(schedule, activation, { nowMs, withoutNotice: 17 });
    expect(refused?.message).toContain('17 open accounts');
  });

  it.each([
    ['90 days ahead', nowMs + expiryNoticeMs, expiring, null],
    ['a millisecond less', nowMs + expiryNoticeMs - 1, expiring, 'policy_notice_missing'],
    ['of nothing that expires', nowMs + expiryNoticeMs, together2026, 'policy_invalid'],
  ])('R2 an announcement %s', (_, effectiveAtMs, policy, code) => {
    expect(refuseAnnouncement({ effectiveAtMs, policy }, nowMs)?.code ?? null).toBe(code);
  });
});

describe('R68 a policy as JSON', () => {
  it.each([together202511, together2026, expiring])('$version comes back the same', (policy) => {
    const json: unknown = JSON.parse(JSON.stringify(policyJson(policy)));
    expect(parsePolicy(json)).toEqual({ status: 'parsed', policy });
  });

  const good = policyJson(together202511);
  const usd = {
    ...{ minimumPurchase: '5.00', maximumPurchase: '100.00', balanceLimitCeiling: '50.00' },
    ...{ maximumBalanceLimitCeiling: '60.00', secondPersonAbove: '1.00' },
    buildTierThresholds: ['5.00', '50.00'],
  };
  const withCollection = (change: object) => {
    return { ...good, collection: { ...together202511.collection, ...change } };
  };
  const withUsd = (change: object) => ({ ...good, currencies: { usd: { ...usd, ...change } } });

  it('takes what is allowed', () => {
    expect(parsePolicy(withUsd({}))).toMatchObject({ status: 'parsed' });
  });

  it.each<[string, unknown, string[]]>([
    ['no object', [], ['It must be an object.']],
    ['a version with spaces', { ...good, version: 'My policy' }, ['version: 1 to 63']],
    ['a missing field', { ...good, postpaid: undefined }, ['postpaid: is needed, "allowed"']],
    ['an unknown field', { ...good, postPaid: 'none' }, ['postPaid: is not known; known are']],
    ['a choice there is not', { ...good, postpaid: 'some' }, ['postpaid: "allowed" or "none".']],
    ['a number as text', { ...good, graceAfterDueMs: '1' }, ['graceAfterDueMs: a whole number']],
    ['a fraction', { ...good, graceAfterDueMs: 0.5 }, ['graceAfterDueMs: a whole number']],
    ['no currency', { ...good, currencies: {} }, ['currencies: at least one']],
    ['an unknown currency', { ...good, currencies: { chf: usd } }, ['currencies.chf: one of usd']],
    ['money as a float', withUsd({ minimumPurchase: 5 }), ['currencies.usd.minimumPurchase: an']],
    ['part of a cent', withUsd({ minimumPurchase: '5.001' }), ['currencies.usd.minimumPurchase']],
    ['less than Stripe takes', withUsd({ minimumPurchase: '0.49' }), ['charged at least $0.50']],
    [
      'retry days that do not rise',
      withCollection({ retryAfterDays: [3, 3] }),
      ['collection.retry'],
    ],
    ['a retry on the same day', withCollection({ retryAfterDays: [0] }), ['whole number from 1']],
    [
      'too short a daytime',
      withCollection({ daytimeHours: { from: 9, until: 10 } }),
      ['collection.daytimeHours.from: at most two hours before until'],
    ],
    [
      'a minimum above the maximum',
      withUsd({ minimumPurchase: '100.01' }),
      ['currencies.usd.minimumPurchase: at most currencies.usd.maximumPurchase'],
    ],
    [
      'a ceiling above the greatest',
      withUsd({ balanceLimitCeiling: '60.01' }),
      ['balanceLimitCeiling: at most currencies.usd.maximumBalanceLimitCeiling'],
    ],
    [
      'thresholds that do not rise',
      withUsd({ buildTierThresholds: ['5.00', '5.00'] }),
      ['currencies.usd.buildTierThresholds: each is above'],
    ],
    [
      'a tier reached by nothing',
      withUsd({ buildTierThresholds: ['0.00', '5.00'] }),
      ['the first is above zero'],
    ],
    ['a tax of a planet', { ...good, taxRates: { Mars: {} } }, ['taxRates.Mars: a country as']],
    [
      'a tax above the price',
      { ...good, taxRates: { DE: { name: 'VAT', partsPerMillion: 1_000_001 } } },
      ['taxRates.DE.partsPerMillion: a whole number from 0 to 1000000'],
    ],
    ['an unknown tier', { ...good, modelTiers: { m: 'gold' } }, ['modelTiers.m: "limited"']],
    [
      'a default longer than the longest',
      { ...good, holds: { defaultTtlMs: 2_000, maximumTtlMs: 1_000 } },
      ['holds.defaultTtlMs: at most holds.maximumTtlMs'],
    ],
    [
      'several faults, all of them',
      { ...good, version: '', postpaid: 1, holds: null },
      ['version:', 'postpaid:', 'holds: must be an object'],
    ],
  ])('names %s', (_, json, faults) => {
    const parsed = parsePolicy(json);
    const found = parsed.status === 'faulty' ? parsed.faults.join('\n') : 'no fault';
    for (const fault of faults) expect(found).toContain(fault);
  });

  it('a field that a recorded version has not yet is the first policy’s', () => {
    const { graceAfterDueMs, ...older } = policyJson(together2026);
    expect(graceAfterDueMs).toBe(together202511.graceAfterDueMs);
    expect(parsePolicy(older)).toMatchObject({ status: 'faulty' });
    expect(recordedPolicy(older)).toEqual(together2026);
    expect(() => recordedPolicy({ ...older, postpaid: 'some' })).toThrow('postpaid');
  });
});
