import type { AccountId } from './account.ts';
import { isAccountId } from './ids.ts';
import {
  isMeter,
  meterNames,
  meters,
  parseQuantity,
  quantity,
  stepsPerUnit,
  type Meter,
} from './meter.ts';
import type { MeteredQuantity, UsageEvent } from './usage.ts';

/** What a CloudEvent tells of usage; its id and source are not yet the key it is known by. */
export interface ToldUsage extends Omit<UsageEvent, 'usageKey'> {
  readonly id: string;
  readonly source: string;
  readonly accountId: AccountId;
}

export type ReadUsage =
  | { readonly status: 'read'; readonly usage: ToldUsage }
  /** `id` where there is one, so that the reporter finds its event. */
  | { readonly status: 'refused'; readonly id: string | null; readonly message: string };

/** Why an event cannot be read: the field, and what is allowed. Never leaves this file. */
class Fault extends Error {}

/**
 * Reads one usage event in the form of CloudEvents 1.0 JSON. By hand, since a thousand of them come
 * in one request; unknown attributes are allowed, as the format demands, but none of the data: a
 * misspelt meter must not go unbilled.
 */
export function readUsageEvent(json: unknown): ReadUsage {
  if (!isObject(json)) return { status: 'refused', id: null, message: 'must be a JSON object.' };
  try {
    return { status: 'read', usage: usageOf(json) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const id = typeof json['id'] === 'string' ? json['id'] : null;
    return { status: 'refused', id, message: error.message };
  }
}

function usageOf(json: Record<string, unknown>): ToldUsage {
  if (json['specversion'] !== '1.0') throw new Fault('specversion must be "1.0".');
  const id = textOf(json, 'id', 255);
  const source = textOf(json, 'source', 500);
  textOf(json, 'type', 255);
  const { subject } = json;
  if (typeof subject !== 'string' || !isAccountId(subject)) {
    throw new Fault('subject must be an account id, such as "acct_…".');
  }
  const { data } = json;
  if (!isObject(data)) throw new Fault('data must be an object with a model and its meters.');
  return { id, source, accountId: subject, occurredAtMs: instantOf(json['time']), ...dataOf(data) };
}

/** Characters that are seen, so that an id in a log is the id that was sent. */
const visible = /^[^\p{Cc}]+$/u;

function textOf(json: Record<string, unknown>, name: string, longest: number): string {
  const value = json[name];
  if (typeof value === 'string' && value.length <= longest && visible.test(value)) return value;
  throw new Fault(`${name} must be a text of 1 to ${longest} characters without line breaks.`);
}

const instantPattern =
  /^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** RFC 3339; what is finer than a millisecond is cut off. */
function instantOf(value: unknown): number {
  const match = typeof value === 'string' ? instantPattern.exec(value) : null;
  const [text = '', year, month, day] = match ?? [];
  // JavaScript takes the 31st of any month, as a day of the next.
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  const instantMs = match === null || Number(day) > lastDay ? NaN : Date.parse(text.toUpperCase());
  if (Number.isNaN(instantMs)) {
    throw new Fault('time must be an instant of RFC 3339, such as "2026-11-15T12:00:00Z".');
  }
  return instantMs;
}

function dataOf(data: Record<string, unknown>) {
  const model = textOf(data, 'model', 200);
  const quantities: MeteredQuantity[] = [];
  let holdId: string | null = null;
  for (const name of Object.keys(data)) {
    if (name === 'model') continue;
    else if (name === 'hold') holdId = textOf(data, 'hold', 255);
    else if (isMeter(name))
      quantities.push({ meter: name, quantity: quantityOf(data[name], name) });
    else throw new Fault(`data.${name} is no meter; meters are ${meterNames.join(', ')}.`);
  }
  if (quantities.length === 0) {
    throw new Fault(`data must have at least one meter: ${meterNames.join(', ')}.`);
  }
  return { model, quantities, holdId };
}

/** A JSON number or, where a reporter's numbers are floats, a decimal string. */
function quantityOf(value: unknown, meter: Meter) {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) {
    if (value <= meters[meter].mostPerEvent) return quantity(value * stepsPerUnit(meter));
  }
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  const read = parseQuantity(text, meter);
  if (read.status === 'read') return read.quantity;
  throw new Fault(`data.${meter} ${read.message}.`);
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
