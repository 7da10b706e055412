import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLedger, type Ledger } from '../../ledger/database.ts';
import { playAccounts } from './account-comparison.ts';
import { useLedger } from './ledger-fixture.ts';

const test = useLedger();
let hot: Ledger;

beforeAll(() => {
  hot = openLedger({ url: test.appUrl, maxConnections: 2, repeatsStatements: true });
});

afterAll(() => hot.close());

it('R20 R21 R23 R53 R56 the ledger does what the rules say, with every answer there is', async () => {
  const { answers } = await playAccounts(test.ledger, hot, 1_000);
  const failed = ['hold_not_found', 'hold_ended'];
  const refused = ['account_on_hold', 'past_due_invoice', 'account_limited', 'tier_too_low'];
  const short = ['credits_exhausted', 'balance_limit_reached', 'holds_full'];
  const expected = {
    place: ['admitted', 'stored', 'hold_reused', ...refused.slice(0, 3), ...short],
    settle: ['settled', ...failed],
    'settle short': ['settled'],
    extend: ['continue', 'warn', 'pause', 'stop', 'hold_not_found'],
    release: ['released', 'stored', ...failed],
  };
  const names = Object.entries(expected).flatMap(([call, given]) =>
    given.map((answer) => `${call} ${answer}`),
  );
  expect(names.filter((name) => !answers.has(name))).toEqual([]);
});
