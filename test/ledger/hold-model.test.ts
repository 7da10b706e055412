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

/** Thousands of accounts: hold-model.full.test.ts. */
it('R20 R21 R23 R53 R56 the ledger does what the rules say, whatever happens to an account', async () => {
  const { admitted, answers } = await playAccounts(test.ledger, hot, 40);
  expect(admitted).toBeGreaterThan(40);
  expect([...answers.keys()]).toEqual(
    expect.arrayContaining([
      ...['place admitted', 'place credits_exhausted', 'place stored', 'place hold_reused'],
      ...['settle settled', 'settle hold_ended', 'settle hold_not_found'],
      ...['extend continue', 'extend stop', 'release released', 'release hold_ended'],
    ]),
  );
});
