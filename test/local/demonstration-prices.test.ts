import { afterAll, beforeAll, expect, it } from 'vitest';
import { together202511 } from '../../domain/policy.ts';
import { openLedger, type Ledger } from '../../ledger/database.ts';
import { listPrices, recordPrices } from '../../ledger/prices.ts';
import { recordDemonstrationPrices } from '../../local/demonstration-prices.ts';
import { createTestDatabase } from '../support/services.ts';

let urls: string[];
let ledgers: Ledger[];
beforeAll(async () => {
  urls = [(await createTestDatabase()).appUrl, (await createTestDatabase()).appUrl];
  ledgers = urls.map((url) => openLedger({ url, maxConnections: 1 }));
});
afterAll(() => Promise.all(ledgers.map((ledger) => ledger.close())));

const pricesOf = async (ledger: Ledger | undefined) => {
  if (ledger === undefined) throw new Error('no ledger');
  return (await listPrices(ledger, { model: null, cursor: null, limit: 100 })).prices;
};

it('a ledger without prices gets some once, two of the models with a tier of their own', async () => {
  const [url = ''] = urls;
  await recordDemonstrationPrices(url);
  const prices = await pricesOf(ledgers[0]);
  const models = [...new Set(prices.map(({ model }) => model))];
  expect(models).toHaveLength(3);
  expect(models.filter((model) => model in together202511.modelTiers)).toHaveLength(2);
  await recordDemonstrationPrices(url);
  expect(await pricesOf(ledgers[0])).toEqual(prices);
});

it('a ledger that has prices keeps them as they are', async () => {
  const [, url = ''] = urls;
  const rate = { amount: '1', per: 1, tiers: [] };
  const own = { currency: 'usd', model: 'own', meter: 'images', rate } as const;
  const asked = { source: 'test', endsGone: false, effectiveFromMs: null, actor: 'test' };
  const [, ledger] = ledgers;
  if (ledger === undefined) throw new Error('no ledger');
  await recordPrices(ledger, { ...asked, wanted: [own], nowMs: Date.now() });
  await recordDemonstrationPrices(url);
  expect(await pricesOf(ledger)).toMatchObject([{ model: 'own' }]);
});
