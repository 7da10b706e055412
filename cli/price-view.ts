import { instant } from '../domain/answer-values.ts';
import type { CurrencyCode } from '../domain/currencies.ts';
import { meters, type Meter } from '../domain/meter.ts';
import type { NewPrice } from '../domain/price-change.ts';
import { formatRate, type PriceKey, type Rate } from '../domain/price.ts';
import type { PriceRevisionOutcome } from '../ledger/prices.ts';
import { CommandEnded } from './command-ended.ts';
import { exitCodes } from './exit-codes.ts';
import type { Json } from './json.ts';
import type { Session } from './session.ts';
import { table, utcTime } from './words.ts';

/** "USD 0.18 per 1,000,000 input tokens". */
export function priceText(rate: Rate | null, meter: Meter, currency: CurrencyCode): string {
  if (rate === null) return `no ${meters[meter].units} sold`;
  return `${currency.toUpperCase()} ${formatRate(rate, meter)}`;
}

/** What was recorded, or would be, in words. */
export function reportRevision(outcome: PriceRevisionOutcome): string {
  const { added, changed, unchanged } = outcome;
  const rows = [
    ...added.map((price) => row('new', price, '')),
    ...changed.map((price) =>
      row(
        price.rate === null ? 'ended' : 'changed',
        price,
        `was ${priceText(price.before, price.meter, price.currency)}`,
      ),
    ),
  ];
  const counts = `${added.length} new, ${changed.length} changed, ${unchanged} unchanged`;
  if (rows.length === 0) return `nothing changes: ${counts}`;
  return `${table(['', 'MODEL', 'PRICE', 'FROM', ''], rows)}\n\n${counts}`;
}

function row(what: string, price: NewPrice, before: string): string[] {
  const { model, rate, meter, currency, effectiveFromMs } = price;
  return [what, model, priceText(rate, meter, currency), utcTime(effectiveFromMs), before];
}

export function revisionJson({ added, changed, unchanged, refused, gone }: PriceRevisionOutcome) {
  return {
    added: added.map(newPriceJson),
    changed: changed.map((price) => ({ ...newPriceJson(price), before: rateJson(price.before) })),
    unchanged,
    refused: refused.map((price) => ({ ...keyJson(price), message: price.message })),
    gone: gone.map((price) => ({ ...keyJson(price), rate: rateJson(price.rate) })),
  };
}

function newPriceJson(price: NewPrice) {
  const { rate, effectiveFromMs } = price;
  return { ...keyJson(price), rate: rateJson(rate), effectiveFrom: instant(effectiveFromMs) };
}

export function keyJson({ currency, model, meter }: PriceKey) {
  return { currency, model, meter };
}

function rateJson(rate: Rate | null): Json {
  if (rate === null) return null;
  const { amount, per, tiers } = rate;
  return { amount, per, tiers: tiers.map(({ from, amount: of }) => ({ from, amount: of })) };
}

/** Ends the verb where a price was refused: then nothing was recorded. */
export function endIfRefused(outcome: PriceRevisionOutcome, session: Session): void {
  const { refused } = outcome;
  if (refused.length === 0) return;
  if (session.json) session.print(revisionJson(outcome), () => '');
  session.remark(`Nothing was recorded. ${refused.length} of the prices cannot be:`);
  for (const { model, meter, message } of refused.slice(0, mostShown)) {
    session.remark(`  ${model} ${meter}: ${message}`);
  }
  if (refused.length > mostShown) session.remark(`  and ${refused.length - mostShown} more`);
  throw new CommandEnded(exitCodes.failed);
}

const mostShown = 20;
