import type { WantedPrice } from '../domain/price-change.ts';
import { openLedger } from '../ledger/database.ts';
import { listPrices, recordPrices } from '../ledger/prices.ts';

/** Long enough ago for any usage that a newcomer makes up. */
const effectiveFromMs = Date.UTC(2025, 0, 1);

const perMillion = (
  model: string,
  meter: 'input_tokens' | 'cached_input_tokens' | 'output_tokens',
  amount: string,
): WantedPrice => ({
  currency: 'usd',
  model,
  meter,
  rate: { amount, per: 1_000_000, tiers: [] },
});

/** Made up, of the size such models cost: one for all accounts, two that need a tier (R31). */
const wanted: readonly WantedPrice[] = [
  perMillion('openai/gpt-oss-20b', 'input_tokens', '0.05'),
  perMillion('openai/gpt-oss-20b', 'cached_input_tokens', '0.025'),
  perMillion('openai/gpt-oss-20b', 'output_tokens', '0.20'),
  perMillion('deepseek-ai/DeepSeek-R1', 'input_tokens', '3.00'),
  perMillion('deepseek-ai/DeepSeek-R1', 'output_tokens', '7.00'),
  {
    currency: 'usd',
    model: 'black-forest-labs/FLUX.1-pro',
    meter: 'images',
    rate: { amount: '0.05', per: 1, tiers: [{ from: 1_000, amount: '0.04' }] },
  },
];

/** Gives a ledger without any price a few, so that the demonstration account can use something. */
export async function recordDemonstrationPrices(databaseUrl: string): Promise<void> {
  const ledger = openLedger({ url: databaseUrl, maxConnections: 1 });
  try {
    const { prices } = await listPrices(ledger, { model: null, cursor: null, limit: 1 });
    if (prices.length > 0) return;
    await recordPrices(ledger, {
      wanted,
      source: 'demonstration',
      endsGone: false,
      effectiveFromMs,
      nowMs: Date.now(),
      actor: 'npm start',
    });
  } finally {
    await ledger.close();
  }
}
