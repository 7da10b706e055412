/** Readers of JSON from outside that name every wrong field, and not only the first. */

import { isStorableText } from './storable-text.ts';

export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/**
 * Reads one value. What is wrong is added to `faults`, as a sentence that begins with `at`; the
 * answer is then of no use. `missing` has the values of fields that are absent.
 */
export type Read<Value> = (json: unknown, at: string, faults: string[], missing?: Json) => Value;

/** A value that `accept` knows; undefined is a fault, and `allowed` says what would be none. */
export function cased<Value>(
  allowed: string,
  accept: (json: unknown) => Value | undefined,
): Read<Value> {
  return (json, at, faults) => {
    const value = accept(json);
    if (value === undefined)
      faults.push(`${at}: ${json === undefined ? 'is needed, ' : ''}${allowed}.`);
    return value as Value;
  };
}

/** A whole number, both bounds included. */
export function integer(least: number, most: number): Read<number> {
  return cased(`a whole number from ${least} to ${most}`, (json) =>
    typeof json === 'number' && Number.isSafeInteger(json) && json >= least && json <= most
      ? json
      : undefined,
  );
}

/** A text that is not blank and that PostgreSQL can keep. */
export function text(longest: number): Read<string> {
  return cased(`a text of 1 to ${longest} characters`, (json) =>
    typeof json === 'string' && json.trim() !== '' && json.length <= longest && isStorableText(json)
      ? json
      : undefined,
  );
}

/** One of these words. */
export function oneOf<const Value extends string>(...values: readonly Value[]): Read<Value> {
  return cased(values.map((value) => `"${value}"`).join(' or '), (json) =>
    values.find((value) => value === json),
  );
}

/** Null, or what `read` takes. */
export function nullable<Value>(read: Read<Value>): Read<Value | null> {
  return (json, at, faults, missing) => (json === null ? null : read(json, at, faults, missing));
}

/** A list, each item read by `read`; an empty one is no fault. */
export function list<Value>(read: Read<Value>): Read<readonly Value[]> {
  return (json, at, faults) => {
    if (Array.isArray(json))
      return json.map((item, index) => read(item, `${at}[${index}]`, faults));
    faults.push(`${at}: ${json === undefined ? 'is needed, ' : ''}a list.`);
    return [];
  };
}

/** An object with exactly these fields. */
export function object<Shape extends object>(fields: {
  readonly [Name in keyof Shape]-?: Read<Shape[Name]>;
}): Read<Shape> {
  const names = Object.keys(fields) as (keyof Shape & string)[];
  return (json, at, faults, missing) => {
    const given = membersOf(json, at, faults);
    const absent = isObject(missing) ? missing : {};
    for (const name of Object.keys(given)) {
      if (!Object.hasOwn(fields, name)) {
        faults.push(`${path(at, name)}: is not known; known are ${names.join(', ')}.`);
      }
    }
    const entries = names.map((name) => {
      const value = given[name] === undefined ? absent[name] : given[name];
      return [name, fields[name](value, path(at, name), faults, absent[name])];
    });
    return Object.fromEntries(entries) as Shape;
  };
}

/** An object whose names are data: each is read by `name`, its value by what `read` gives for it. */
export function record<Name extends string, Value>(
  name: Read<Name>,
  read: (name: Name) => Read<Value>,
): Read<Readonly<Record<Name, Value>>> {
  return (json, at, faults, missing) => {
    const absent = isObject(missing) ? missing : {};
    const entries = Object.entries(membersOf(json, at, faults)).flatMap(([key, value]) => {
      const before = faults.length;
      const known = name(key, path(at, key), faults);
      if (faults.length > before) return [];
      return [[known, read(known)(value, path(at, key), faults, absent[key])] as const];
    });
    return Object.fromEntries(entries) as Record<Name, Value>;
  };
}

function membersOf(json: unknown, at: string, faults: string[]): Record<string, unknown> {
  if (isObject(json)) return json;
  faults.push(`${at === '' ? 'It' : `${at}:`} must be an object.`);
  return {};
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function path(at: string, name: string): string {
  return at === '' ? name : `${at}.${name}`;
}
