import fc from 'fast-check';
import { expect, it } from 'vitest';
import { admit, decideAccess } from '../../domain/access.ts';
import { micros } from '../../domain/money.ts';
import { costs, factsOf, policyOf, states, uses } from './account-states.ts';
import { nowMs } from './samples.ts';

it('R53 the short answer for holds is the explained one, in all that both tell', () => {
  const admitted = { yes: 0, no: 0 };
  fc.assert(
    fc.property(states, costs, uses, (model, cost, use) => {
      const request = { cost: micros(cost), model: use };
      const asked = [factsOf(model), request, policyOf(model), nowMs] as const;
      const { allowed, spendable, limit, owed, allocation } = decideAccess(...asked);
      admitted[allowed ? 'yes' : 'no'] += 1;
      expect(admit(...asked)).toEqual(allowed ? { spendable, limit, owed, allocation } : null);
    }),
    { numRuns: 3_000 },
  );
  expect(Math.min(admitted.yes, admitted.no)).toBeGreaterThan(300);
});
