import { hostname } from 'node:os';
import { join } from 'node:path';
import { readableText } from './history-contents.ts';
import type { HistoryJson } from './recordings.ts';

const root = join(import.meta.dirname, '../..');
/** What the SDK calls a process: it names the machine. */
const identity = `${process.pid}@${hostname()}`;

/**
 * The history without the machine it was recorded on: process names and the paths in stack traces.
 * Replay looks at neither.
 */
export function withoutMachine(history: HistoryJson): HistoryJson {
  const cleaned = JSON.stringify(history, (_key, value: unknown) =>
    typeof value === 'string'
      ? value.replaceAll(identity, 'recorder').replaceAll(`${root}/`, '').replaceAll(root, '')
      : value,
  );
  return JSON.parse(cleaned) as HistoryJson;
}

const forbidden: readonly (readonly [string, RegExp])[] = [
  ['a mail address', /[\w.+-]+@[\w-]+\.[a-z]{2,}/i],
  ['a card number', /(?<![\da-f])\d{16}(?![\da-f])/i],
  ['a secret key', /\b[rs]k_/],
  ['a webhook secret', /whsec_/],
  ['a client secret', /_secret_/],
];

/** What a history must not hold, found in its text or in a payload; empty where all is well. */
export function privateDataIn(history: HistoryJson, names: readonly string[]): string[] {
  const text = readableText(history);
  return [
    ...forbidden.flatMap(([what, pattern]) => {
      const found = pattern.exec(text)?.[0];
      return found === undefined ? [] : [`${what}: ${found}`];
    }),
    ...[...names, root, `@${hostname()}`].filter((name) => text.includes(name)),
  ];
}
