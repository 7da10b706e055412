import type { CurrencyCode } from './currencies.ts';
import { meterNames, meters, type Meter } from './meter.ts';
import { faultOfRate, isSameRate, type Rate } from './price.ts';
import type { WantedPrice } from './price-change.ts';

/** A number of a JSON text as it stands there: read by JavaScript, 1.8e-07 would be a float. */
export interface ExactNumber {
  readonly exactNumber: string;
}

/**
 * Fields of the LiteLLM price map that a meter can be priced by. Of several the one that is not
 * zero is meant (a transcription has its price on the input or on the output); where two differ
 * the map charges both, which one meter cannot.
 */
const fieldsOf: Readonly<Record<Meter, readonly string[]>> = {
  input_tokens: ['input_cost_per_token'],
  cached_input_tokens: ['cache_read_input_token_cost'],
  output_tokens: ['output_cost_per_token'],
  images: ['output_cost_per_image', 'input_cost_per_image'],
  seconds: ['output_cost_per_second', 'input_cost_per_second'],
  gpu_minutes: [],
  requests: ['input_cost_per_request'],
  characters: ['input_cost_per_character', 'output_cost_per_character'],
};

export interface PriceMap {
  readonly models: number;
  readonly prices: readonly WantedPrice[];
  /** Models that the provider is listed with, and no price that is understood. */
  readonly withoutPrice: readonly string[];
  /** Models listed twice, with and without the provider's prefix, at different prices: not taken. */
  readonly ambiguous: readonly string[];
  /** Fields about prices that no meter is priced by, and of how many models. */
  readonly skippedFields: readonly { readonly field: string; readonly models: number }[];
  /** Prices with more digits than a float tells apart: likely noise of one. Taken as they stand. */
  readonly longPrices: readonly WantedPrice[];
}

export type ReadPriceMap =
  | { readonly status: 'read'; readonly map: PriceMap }
  | { readonly status: 'refused'; readonly message: string };

/**
 * Takes one provider's prices from the LiteLLM price map, exactly. `json` is the parsed text with
 * each number as an {@link ExactNumber}. Refused, with what to do, is a map that is none, that lacks
 * the provider, or has a price that cannot be one: nothing of it is taken then.
 */
export function readPriceMap(
  json: unknown,
  { provider, currency }: { readonly provider: string; readonly currency: CurrencyCode },
): ReadPriceMap {
  if (!isObject(json)) return refused('it is no object of models; is it the LiteLLM price map?');
  const listed = Object.entries(json).filter(([, fields]) => providerOf(fields) === provider);
  if (listed.length === 0) return refused(noSuchProvider(json, provider));
  const pricesOfModel = new Map<string, readonly MeterPrice[]>();
  const ambiguous = new Set<string>();
  const skipped = new Map<string, number>();
  for (const [name, fields] of listed) {
    if (!isObject(fields)) continue; // Cannot be: it names its provider.
    const found = pricesOf(fields);
    if (typeof found === 'string') return refused(`${name}: ${found}`);
    const model = name.startsWith(`${provider}/`) ? name.slice(provider.length + 1) : name;
    if (!isSamePrices(pricesOfModel.get(model) ?? found.prices, found.prices)) ambiguous.add(model);
    pricesOfModel.set(model, found.prices);
    for (const field of found.skipped) skipped.set(field, (skipped.get(field) ?? 0) + 1);
  }
  const prices = [...pricesOfModel]
    .filter(([model]) => !ambiguous.has(model))
    .flatMap(([model, of]) => of.map((price) => ({ currency, model, ...price })));
  const withoutPrice = [...pricesOfModel].flatMap(([model, of]) => (of.length > 0 ? [] : [model]));
  const skippedFields = [...skipped].map(([field, models]) => ({ field, models }));
  skippedFields.sort((a, b) => b.models - a.models);
  const longPrices = prices.filter(({ rate }) => digitsOf(rate.amount) > 15);
  const map = { models: listed.length, prices, withoutPrice, skippedFields, longPrices };
  return { status: 'read', map: { ...map, ambiguous: [...ambiguous] } };
}

function refused(message: string): ReadPriceMap {
  return { status: 'refused', message };
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function providerOf(fields: unknown): unknown {
  return isObject(fields) ? fields['litellm_provider'] : undefined;
}

function noSuchProvider(json: Fields, provider: string): string {
  const names = Object.values(json).map(providerOf);
  const known = [...new Set(names.filter((name) => typeof name === 'string'))]
    .filter((name) => !name.includes(' ')) // The map's own sample has a sentence there.
    .toSorted();
  if (known.length === 0) return 'no model in it has a litellm_provider; is it the price map?';
  const few = known.slice(0, 200).join(', ');
  return `it has no model of "${provider}"; --provider is one of ${few}`;
}

interface MeterPrice {
  readonly meter: Meter;
  readonly rate: Rate;
}

function isSamePrices(a: readonly MeterPrice[], b: readonly MeterPrice[]): boolean {
  const isIn = ({ meter, rate }: MeterPrice) =>
    b.some((other) => other.meter === meter && isSameRate(other.rate, rate));
  return a.length === b.length && a.every(isIn);
}

/** What one model costs; a text where a price in it is wrong. */
function pricesOf(fields: Fields): { prices: MeterPrice[]; skipped: string[] } | string {
  const prices: MeterPrice[] = [];
  // What the map says about prices, and we cannot charge by, must be seen by whoever imports it.
  const left = new Set(Object.keys(fields).filter((name) => /cost|pric/i.test(name)));
  for (const meter of meterNames) {
    const candidates: { field: string; rate: Rate }[] = [];
    for (const field of fieldsOf[meter]) {
      if (fields[field] === undefined || fields[field] === null) continue;
      const rate = rateOf(fields[field], meter);
      if (typeof rate === 'string') return `${field} ${rate}`;
      candidates.push({ field, rate });
    }
    const costly = candidates.filter(({ rate }) => /[1-9]/.test(rate.amount));
    const [first, ...others] = costly.length > 0 ? costly : candidates;
    if (first === undefined || others.some(({ rate }) => rate.amount !== first.rate.amount)) {
      continue;
    }
    prices.push({ meter, rate: first.rate });
    for (const { field } of candidates) left.delete(field);
  }
  return { prices, skipped: [...left] };
}

function rateOf(value: unknown, meter: Meter): Rate | string {
  const text = isObject(value) ? value['exactNumber'] : undefined;
  if (typeof text !== 'string') return 'must be a number';
  const per = meters[meter].usualPer;
  const amount = decimalOf(text, String(per).length - 1);
  if (amount === undefined) return `must be a price, zero or more: ${text.slice(0, 40)}`;
  const rate = { amount, per, tiers: [] };
  const fault = faultOfRate(rate);
  return fault === undefined ? rate : `is ${text.slice(0, 40)}, but ${fault}`;
}

/** More than any price has; a larger exponent would write a text of that length. */
const mostExponent = 60;

/** `number x 10^shift` as a plain decimal, exactly: "1.8e-07" shifted by 6 is "0.18". */
function decimalOf(number: string, shift: number): string | undefined {
  const match = /^(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,4}))?$/.exec(number);
  if (match === null) return undefined;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const places = fraction.length - Number(exponent) - shift;
  if (Math.abs(places) > mostExponent) return undefined;
  const digits = `${whole}${fraction}${'0'.repeat(Math.max(0, -places))}`;
  const behind = Math.max(0, places);
  const padded = digits.padStart(behind + 1, '0');
  const point = padded.length - behind;
  const units = padded.slice(0, point).replace(/^0+(?=\d)/, '');
  const rest = padded.slice(point).replace(/0+$/, '');
  return rest === '' ? units : `${units}.${rest}`;
}

function digitsOf(amount: string): number {
  return amount.replace('.', '').replace(/^0+/, '').length;
}
