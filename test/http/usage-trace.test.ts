import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { parse } from 'lossless-json';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLedger } from '../../ledger/database.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { runSolvent } from '../cli/run-solvent.ts';
import { aPaidPurchase, anAccount, dollars } from '../ledger/ledger-fixture.ts';
import { createTestDatabase } from '../support/services.ts';
import { createLoneApp, type LoneApp } from './lone-app.ts';
import { keyWith } from './running-app.ts';

const data = join(import.meta.dirname, '../../../shared/data');
const traceFile = join(data, 'azure-llm-conv-2023.csv');
const mapFile = join(data, 'litellm-model-prices.json');
const isThere = existsSync(traceFile) && existsSync(mapFile);
if (!isThere) console.warn(`The real trace is not tried: ${data} is not there.`);

const accountsInAll = 200;
const dayMs = 86_400_000;

/** One request of the trace as it was played: what the independent computation knows of it. */
interface Played {
  readonly accountId: string;
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly timeMs: number;
  readonly event: object;
}

/** Chance that is the same in every run. */
function chanceOf(seed: string): () => number {
  let count = 0;
  return () => {
    const digest = createHash('sha256')
      .update(`${seed} ${(count += 1)}`)
      .digest();
    return digest.readUInt32BE() / 2 ** 32;
  };
}
const chance = chanceOf('trace');

function shuffled<Item>(items: readonly Item[]): Item[] {
  const order = [...items];
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = Math.floor(chance() * (at + 1));
    [order[at], order[other]] = [order[other] as Item, order[at] as Item];
  }
  return order;
}

/** A price per token as numerator and power of ten, from the digits of the file: "8e-07". */
interface Exact {
  readonly digits: bigint;
  readonly places: number;
}

function exactOf(text: string): Exact {
  const [, whole = '', fraction = '', exponent = '0'] =
    /^(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  return { digits: BigInt(whole + fraction), places: fraction.length - Number(exponent) };
}

/** Micro-dollars for so many tokens, half to even: written apart from the code it is held against. */
function microsOf(tokens: bigint, { digits, places }: Exact): bigint {
  const divisor = 10n ** BigInt(Math.max(0, places - 6));
  const exact = tokens * digits * 10n ** BigInt(Math.max(0, 6 - places));
  const [whole, rest] = [exact / divisor, exact % divisor];
  const isMore = rest * 2n > divisor || (rest * 2n === divisor && whole % 2n === 1n);
  return isMore ? whole + 1n : whole;
}

type ModelPrices = Readonly<Record<'input' | 'output', Exact>>;

/** Models of the map with both prices, read by another way than the import. */
function pricesOfMap(): Map<string, ModelPrices> {
  const map = parse(readFileSync(mapFile, 'utf8'), undefined, (text) => ({ text }));
  const found = new Map<string, ModelPrices>();
  for (const [name, fields] of Object.entries(map as Record<string, Record<string, unknown>>)) {
    if (fields['litellm_provider'] !== 'together_ai' || !name.startsWith('together_ai/')) continue;
    const [input, output] = ['input_cost_per_token', 'output_cost_per_token'].map(
      (field) => (fields[field] as { text: string } | undefined)?.text,
    );
    if (input === undefined || output === undefined) continue;
    const model = name.slice('together_ai/'.length);
    found.set(model, { input: exactOf(input), output: exactOf(output) });
  }
  return found;
}

/** The trace ends now, so that its hour is one that may still be told. */
function play(accountIds: readonly string[], models: readonly string[], nowMs: number): Played[] {
  const rows = readFileSync(traceFile, 'utf8').trim().split('\r\n').slice(1);
  const told = rows.map((row) => {
    const [time = '', input = '', output = ''] = row.split(',');
    return { ms: Date.parse(`${time.slice(0, 23).replace(' ', 'T')}Z`), input, output };
  });
  const shiftMs = nowMs - Math.max(...told.map(({ ms }) => ms));
  return told.map(({ ms, input, output }, index): Played => {
    const accountId = accountIds[Math.floor(chance() * accountIds.length)] ?? '';
    const model = models[Math.floor(chance() * models.length)] ?? '';
    const timeMs = ms + shiftMs;
    const tokens = { input_tokens: Number(input), output_tokens: Number(output) };
    const event = {
      ...{ specversion: '1.0', id: `request-${index}`, source: '/trace', subject: accountId },
      ...{ type: 'com.solvent.usage', time: new Date(timeMs).toISOString() },
      data: { model, ...tokens },
    };
    const of = { inputTokens: tokens.input_tokens, outputTokens: tokens.output_tokens };
    return { accountId, model, timeMs, event, ...of };
  });
}

/** Per account, price and month: one exact sum, rounded once. */
function exactTotal(played: readonly Played[], prices: ReadonlyMap<string, ModelPrices>): bigint {
  const tokens = new Map<string, { count: bigint; readonly price: Exact }>();
  for (const { accountId, model, timeMs, ...used } of played) {
    const price = prices.get(model);
    if (price === undefined) throw new Error(`no price of ${model}`);
    const month = new Date(timeMs).toISOString().slice(0, 7);
    for (const [meter, count] of [
      ['input', used.inputTokens],
      ['output', used.outputTokens],
    ] as const) {
      const name = `${accountId} ${model} ${meter} ${month}`;
      const total = tokens.get(name) ?? { count: 0n, price: price[meter] };
      total.count += BigInt(count);
      tokens.set(name, total);
    }
  }
  let micros = 0n;
  for (const { count, price } of tokens.values()) micros += microsOf(count, price);
  return micros;
}

describe.skipIf(!isThere)('R69 B14 the real trace: 19,366 requests over 200 accounts', () => {
  let lone: LoneApp;
  let url: string;
  let appUrl: string;
  let stop: () => void;
  beforeAll(async () => {
    ({ appUrl } = await createTestDatabase());
    lone = await createLoneApp({}, openLedger({ url: appUrl, maxConnections: 10 }));
    const server = serve({ fetch: lone.app.fetch, hostname: '127.0.0.1', port: 0 });
    await new Promise((resolve) => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/usage`;
    stop = () => void server.close();
  });
  afterAll(async () => {
    stop();
    await lone.close();
  });

  it('told shuffled, 5 % twice, in requests of any size, is charged to the micro-dollar', async () => {
    const nowMs = Date.now();
    const effective = new Date(nowMs - dayMs).toISOString().slice(0, 10);
    const imported = await runSolvent(
      ['prices', 'import', mapFile, '--provider', 'together_ai', '--effective', effective, '--yes'],
      { DATABASE_URL: appUrl },
    );
    expect(imported).toMatchObject({ exitCode: 0 });
    const accountIds: string[] = [];
    for (let count = 0; count < accountsInAll; count += 20) {
      const made = Array.from({ length: 20 }, async () => {
        const accountId = await anAccount(lone.ledger);
        await aPaidPurchase(lone.ledger, accountId, { amount: dollars(25) });
        return accountId;
      });
      accountIds.push(...(await Promise.all(made)));
    }
    const prices = pricesOfMap();
    const played = play(accountIds, [...prices.keys()], nowMs);
    expect(played).toHaveLength(19_366);

    const key = await keyWith(lone.ledger, 'service');
    const again = played.filter(() => chance() < 0.05);
    const events = shuffled([...played, ...again]).map(({ event }) => event);
    const counts: Record<string, number> = {};
    let answeredMicros = 0n;
    const send = async (body: readonly object[]) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/cloudevents-batch+json',
        },
        body: JSON.stringify(body),
      });
      const report = (await response.json()) as {
        results: { status: string }[];
        accounts: { charged: string; writtenOff: string }[];
      };
      for (const { status } of report.results) counts[status] = (counts[status] ?? 0) + 1;
      for (const { charged, writtenOff } of report.accounts) {
        expect(Number(writtenOff)).toBe(0);
        const [whole = '0', fraction = ''] = charged.split('.');
        answeredMicros += BigInt(whole + fraction.padEnd(6, '0'));
      }
    };
    const startedMs = performance.now();
    const requests: object[][] = [];
    while (events.length > 0)
      requests.push(events.splice(0, 1 + Math.floor(chance() ** 3 * 1_000)));
    const senders = Array.from({ length: 6 }, async () => {
      for (let body = requests.pop(); body !== undefined; body = requests.pop()) await send(body);
    });
    await Promise.all(senders);
    const seconds = (performance.now() - startedMs) / 1_000;

    const exact = exactTotal(played, prices);
    const [ledgered] = await lone.ledger.run<{ cost: string; spent: string }>(
      `select (select sum(cost) from usage_postings)::text as cost,
         (select sum(amount - remaining) from lots)::text as spent`,
    );
    console.log(
      `trace: ${played.length} requests, ${again.length} of them told twice, in ${seconds.toFixed(1)} s\n` +
        `charged ${ledgered?.cost} micro-dollars; computed independently ${exact}`,
    );
    expect(counts).toEqual({ accepted: played.length, duplicate: again.length });
    expect(ledgered).toEqual({ cost: String(exact), spent: String(exact) });
    expect(answeredMicros).toBe(exact);
    expect((await verifyLedger(lone.ledger)).differences).toEqual([]);
  });
});
