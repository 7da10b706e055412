import { randomUUID } from 'node:crypto';
import { quantity, type Meter } from '../../domain/meter.ts';
import type { WantedPrice } from '../../domain/price-change.ts';
import { policies } from './ledger-fixture.ts';
import type { Ledger } from '../../ledger/database.ts';
import { openPrices, recordPrices } from '../../ledger/prices.ts';
import { openUsageDesk, type ReportedEvent, type UsageDesk } from '../../ledger/usage.ts';

/** The time of usage in these tests: prices hold from long before it. */
export const usageNowMs = Date.UTC(2026, 10, 15, 12);
export const chat = 'openai/gpt-oss-20b';
export const image = 'black-forest-labs/FLUX.1-schnell';

/** Prices that a rounding per event would get wrong: an event of a token costs a fraction. */
export const wanted: readonly WantedPrice[] = [
  priceOf(chat, 'input_tokens', '0.05', 1_000_000),
  priceOf(chat, 'output_tokens', '0.2', 1_000_000),
  priceOf(image, 'images', '0.0027', 1),
];

function priceOf(model: string, meter: Meter, amount: string, per: number): WantedPrice {
  return { currency: 'usd', model, meter, rate: { amount, per, tiers: [] } };
}

export async function setPrices(ledger: Ledger, prices = wanted): Promise<void> {
  const nowMs = Date.now();
  const { refused } = await recordPrices(ledger, {
    ...{ wanted: prices, source: 'test', endsGone: false, actor: 'test', nowMs },
    effectiveFromMs: Date.UTC(2026, 0, 1),
  });
  if (refused.length > 0) throw new Error(JSON.stringify(refused));
}

export function deskOf(ledger: Ledger): UsageDesk {
  return openUsageDesk(ledger, openPrices(ledger));
}

export function used(
  accountId: string,
  quantities: Partial<Record<Meter, number>>,
  change: Partial<ReportedEvent> = {},
): ReportedEvent {
  return {
    ...{ accountId, usageKey: randomUUID(), occurredAtMs: usageNowMs, model: chat, holdId: null },
    quantities: Object.entries(quantities).map(([meter, steps]) => {
      return { meter: meter as Meter, quantity: quantity(steps) };
    }),
    ...change,
  };
}

export function report(desk: UsageDesk, events: readonly ReportedEvent[], nowMs = usageNowMs) {
  return desk.report({ events, policies, nowMs });
}
