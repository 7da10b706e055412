import { describe, expect, it } from 'vitest';
import { explainDecline, knownDeclineCodes, saysPrepaid } from '../../domain/declines.ts';

const plain = explainDecline({ declineCode: 'generic_decline' });

describe('R14 a decline', () => {
  it.each(knownDeclineCodes)('%s says why, who can fix it and what to do', (declineCode) => {
    const { reason, whatToDo, whoCanFix } = explainDecline({ declineCode });
    expect(reason).toMatch(/^[A-Z].*\.$/);
    expect(whatToDo).toMatch(/^[A-Z].*\.$/);
    expect(['customer', 'bank', 'operator', 'nobody']).toContain(whoCanFix);
  });

  it.each(knownDeclineCodes)('%s also says to check for a prepaid card', (declineCode) => {
    expect(explainDecline({ declineCode }).whatToDo).toContain('prepaid');
  });

  it.each([
    ...['lost_card', 'stolen_card', 'pickup_card', 'fraudulent', 'merchant_blacklist'],
    ...['security_violation', 'highest_risk_level', 'rule', 'low_probability_of_authorization'],
    'blocked',
  ])('%s reads exactly as a plain decline', (declineCode) => {
    expect(explainDecline({ declineCode })).toEqual(plain);
  });

  it.each(['a_code_of_tomorrow', '', 'constructor', '__proto__'])(
    'with the unknown code "%s" is explained as a plain one',
    (declineCode) => {
      expect(explainDecline({ declineCode })).toEqual({ ...plain, code: declineCode });
    },
  );
});

it.each([
  ['40', true],
  ['41', true],
  ['03', false],
  [null, false],
])('R10 network advice %s says prepaid: %s', (networkAdviceCode, prepaid) => {
  expect(saysPrepaid({ networkAdviceCode })).toBe(prepaid);
});
