import { InvalidArgumentError, type Command } from 'commander';
import { instant } from '../domain/answer-values.ts';
import { isCurrencyCode, type CurrencyCode } from '../domain/currencies.ts';
import { failure } from '../domain/failures.ts';
import { isMeter, meterNames, meters, type Meter } from '../domain/meter.ts';
import type { Rate, RateTier } from '../domain/price.ts';
import type { RecordedPrice } from '../ledger/price-rows.ts';
import { listPrices, recordPrices, type PriceRevision } from '../ledger/prices.ts';
import { currencyCode, instantMs, wholeNumber } from './arguments.ts';
import { importPriceMap, type ImportOptions } from './price-import.ts';
import { endIfRefused, priceText, reportRevision, revisionJson } from './price-view.ts';
import type { Session } from './session.ts';
import { table, utcTime } from './words.ts';

interface SetOptions {
  per?: number;
  tier: RateTier[];
  currency: string;
  effective?: number;
}

export function addPriceVerbs(prices: Command, session: Session): void {
  prices
    .command('list')
    .description('list the prices in force and to come, by model and meter')
    .option('--model <model>', 'only of this model')
    .option('--all', 'also those that were')
    .action((options: { model?: string; all?: true }) => list(options, session));
  prices
    .command('set')
    .description('add a price; it takes the place of the one before from its instant on')
    .argument('<model>', 'as usage names it')
    .argument('<meter>', `what is counted: ${meterNames.join(', ')}`, meter)
    .argument('<amount>', 'in whole units of the currency, as 0.18')
    .option('--per <units>', 'how many units it is for; else as usual', wholeNumber(1, 1e9))
    .option('--tier <from:amount>', 'beyond so many units in a month; repeatable', tier, [])
    .option('--currency <code>', 'of the accounts it is for', currencyCode, 'usd')
    .option('--effective <date>', 'from when on; else as soon as may be', instantMs)
    .action((model: string, of: Meter, amount: string, options: SetOptions) => {
      const { per = meters[of].usualPer, tier: tiers } = options;
      return revise(model, of, { amount, per, tiers }, options, session);
    });
  prices
    .command('end')
    .description('sell a model by this meter no more')
    .argument('<model>', 'as usage names it')
    .argument('<meter>', `what is counted: ${meterNames.join(', ')}`, meter)
    .option('--currency <code>', 'of the accounts it is for', currencyCode, 'usd')
    .option('--effective <date>', 'from when on; else as soon as may be', instantMs)
    .action((model: string, of: Meter, options: Omit<SetOptions, 'per' | 'tier'>) =>
      revise(model, of, null, options, session),
    );
  prices
    .command('import')
    .description('take a provider’s prices from the LiteLLM price map; shows what would change')
    .argument('<file>', 'model_prices_and_context_window.json; none ships with Solvent')
    .requiredOption('--provider <name>', 'whose, as litellm_provider names it: together_ai')
    .option('--currency <code>', 'of the accounts they are for; not converted', currencyCode, 'usd')
    .option('--effective <date>', 'from when on; else as soon as may be', instantMs)
    .option('--end-gone', 'end the provider’s prices that the file has no more')
    .option('--yes', 'record it')
    .action((file: string, options: ImportOptions & { currency: string }) => {
      const { currency } = options;
      return importPriceMap(file, { ...options, currency: keptCurrency(currency) }, session);
    });
}

function meter(text: string): Meter {
  if (isMeter(text)) return text;
  throw new InvalidArgumentError(`Meters are ${meterNames.join(', ')}.`);
}

function tier(text: string, before: RateTier[]): RateTier[] {
  const [, from, amount] = /^(\d{1,15}):(\d[\d.]*)$/.exec(text) ?? [];
  if (from === undefined || amount === undefined) {
    throw new InvalidArgumentError('Write units and amount with a colon, as 1000000000:0.15.');
  }
  return [...before, { from: Number(from), amount }];
}

/** Throws currency_not_supported. */
function keptCurrency(code: string): CurrencyCode {
  if (isCurrencyCode(code)) return code;
  throw failure('currency_not_supported');
}

async function revise(
  model: string,
  of: Meter,
  rate: Rate | null,
  { currency, effective = null }: { currency: string; effective?: number | null },
  session: Session,
): Promise<void> {
  const revision: PriceRevision = {
    wanted: [{ currency: keptCurrency(currency), model, meter: of, rate }],
    source: 'operator',
    endsGone: false,
    effectiveFromMs: effective,
    nowMs: session.nowMs(),
  };
  const outcome = await recordPrices(await session.ledger(), { ...revision, actor: session.actor });
  endIfRefused(outcome, session);
  session.print(revisionJson(outcome), () => reportRevision(outcome));
}

const pageSize = 1_000;

async function list(
  { model = null, all = false }: { model?: string | null; all?: boolean },
  session: Session,
): Promise<void> {
  const ledger = await session.ledger();
  const prices: RecordedPrice[] = [];
  let cursor: string | null = null;
  do {
    const page = await listPrices(ledger, { model, cursor, limit: pageSize });
    prices.push(...page.prices);
    cursor = page.nextCursor;
  } while (cursor !== null);
  const nowMs = session.nowMs();
  const shown = prices.filter(
    ({ effectiveUntilMs, rate, effectiveFromMs }) =>
      all || effectiveFromMs > nowMs || (rate !== null && (effectiveUntilMs ?? nowMs + 1) > nowMs),
  );
  session.print({ data: shown.map(priceJson) }, () => listWords(shown, model, nowMs));
}

function priceJson({ effectiveFromMs, effectiveUntilMs, rate, ...price }: RecordedPrice) {
  const { priceId, currency, model, meter: of, source } = price;
  const until = instant(effectiveUntilMs);
  const cost = { amount: rate?.amount ?? null, per: rate?.per ?? null };
  const tiers = (rate?.tiers ?? []).map(({ from, amount }) => ({ from, amount }));
  return {
    id: priceId,
    currency,
    model,
    meter: of,
    ...cost,
    tiers,
    source,
    effectiveFrom: instant(effectiveFromMs),
    effectiveUntil: until,
  };
}

function listWords(shown: readonly RecordedPrice[], model: string | null, nowMs: number): string {
  if (shown.length === 0) {
    return model === null ? 'no prices yet' : `no price of ${model}; see all: solvent prices list`;
  }
  return table(
    ['MODEL', 'PRICE', 'FROM', 'UNTIL'],
    shown.map(({ model: name, currency, meter: of, rate, ...price }) => [
      name,
      priceText(rate, of, currency),
      `${utcTime(price.effectiveFromMs)}${price.effectiveFromMs > nowMs ? ' (to come)' : ''}`,
      price.effectiveUntilMs === null ? '' : utcTime(price.effectiveUntilMs),
    ]),
  );
}
