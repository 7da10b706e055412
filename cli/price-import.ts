import { readFile } from 'node:fs/promises';
import type { CurrencyCode } from '../domain/currencies.ts';
import { readPriceMap, type ExactNumber, type PriceMap } from '../domain/price-map.ts';
import { previewPrices, recordPrices } from '../ledger/prices.ts';
import { CommandEnded } from './command-ended.ts';
import { exitCodes } from './exit-codes.ts';
import { endIfRefused, keyJson, priceText, reportRevision, revisionJson } from './price-view.ts';
import type { Session } from './session.ts';

export interface ImportOptions {
  provider: string;
  currency: CurrencyCode;
  effective?: number;
  endGone?: true;
  yes?: true;
}

/** Shows what a price map would change, and with --yes records it in one transaction. */
export async function importPriceMap(
  file: string,
  options: ImportOptions,
  session: Session,
): Promise<void> {
  const { provider, currency, effective = null, endGone = false, yes = false } = options;
  const read = readPriceMap(await readExactJson(file, session), { provider, currency });
  if (read.status === 'refused') return notImported(read.message, session);
  const revision = {
    wanted: read.map.prices,
    source: `litellm:${provider}`,
    endsGone: endGone,
    effectiveFromMs: effective,
    nowMs: session.nowMs(),
  };
  const ledger = await session.ledger();
  const outcome = yes
    ? await recordPrices(ledger, { ...revision, actor: session.actor })
    : await previewPrices(ledger, revision);
  endIfRefused(outcome, session);
  const isSame = outcome.added.length + outcome.changed.length === 0;
  const status = isSame ? 'unchanged' : yes ? 'recorded' : 'preview';
  session.print({ status, ...revisionJson(outcome), ...mapJson(read.map) }, () =>
    [...mapWords(read.map, provider), reportRevision(outcome)].join('\n'),
  );
  if (outcome.gone.length > 0 && !endGone) {
    session.remark(`${outcome.gone.length} prices are in force that the file has no more:`);
    for (const { model, meter, rate, currency: code } of outcome.gone) {
      session.remark(`  ${model}  ${priceText(rate, meter, code)}`);
    }
    session.remark('They stay. End them with --end-gone.');
  }
  if (status === 'preview') session.remark('Nothing was recorded. Repeat with --yes to record it.');
}

/** Numbers stay as they are written: as a float, 0.1 would not be 0.1 any more. */
async function readExactJson(file: string, session: Session): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    session.remark(`The file cannot be read: ${(error as Error).message}`);
    throw new CommandEnded(exitCodes.failed);
  }
  const { parse } = await import('lossless-json');
  try {
    const exact = (number: string): ExactNumber => ({ exactNumber: number });
    return parse(text.replace(/^\uFEFF/, ''), null, exact);
  } catch (error) {
    return notImported(`it is no JSON: ${(error as Error).message}`, session);
  }
}

function notImported(message: string, session: Session): never {
  session.remark(`The file was not imported: ${message}`);
  throw new CommandEnded(exitCodes.failed);
}

function mapJson({ models, withoutPrice, ambiguous, skippedFields, longPrices }: PriceMap) {
  return {
    models,
    withoutPrice: [...withoutPrice],
    ambiguous: [...ambiguous],
    skippedFields: skippedFields.map((skipped) => ({ ...skipped })),
    longPrices: longPrices.map(keyJson),
  };
}

const mostNamed = 10;

function mapWords(map: PriceMap, provider: string): string[] {
  const { models, prices, withoutPrice, ambiguous, skippedFields, longPrices } = map;
  const lines = [`${models} models of ${provider}, ${prices.length} prices`];
  if (withoutPrice.length > 0) lines.push(`without a price: ${named(withoutPrice)}`);
  if (ambiguous.length > 0) {
    lines.push(`not taken, since listed twice at different prices: ${named(ambiguous)}`);
  }
  if (skippedFields.length > 0) {
    lines.push('skipped, since no meter counts it:');
    for (const { field, models: count } of skippedFields) lines.push(`  ${field}  ${count} models`);
  }
  if (longPrices.length > 0) {
    const names = longPrices.map(({ model, meter }) => `${model} ${meter}`);
    lines.push(`taken as written, though it looks like a float’s noise: ${named(names)}`);
  }
  return [...lines, ''];
}

function named(names: readonly string[]): string {
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : '';
  return `${names.slice(0, mostNamed).join(', ')}${more}`;
}
