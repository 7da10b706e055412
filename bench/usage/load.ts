import { randomBytes } from 'node:crypto';
import { Connection } from '../access/load.ts';
import { Latencies, type LatencySummary } from '../access/latencies.ts';
import { model, type Case } from './cases.ts';

export interface LoadOrder extends Case {
  readonly port: number;
  readonly apiKey: string;
  readonly accountIds: readonly string[];
  readonly seconds: number;
}

export interface LoadResult extends LatencySummary {
  readonly eventsPerSecond: number;
  /** All events that were told, the warm-up's included. */
  readonly done: number;
}

const warmUpMs = 500;

/** Keeps each connection busy with one request after another, of events that nobody told before. */
export async function makeLoad(order: LoadOrder): Promise<LoadResult> {
  const { connections, eventsInRequest, seconds } = order;
  const latencies = new Latencies();
  const startMs = performance.now() + warmUpMs;
  const endMs = startMs + seconds * 1000;
  const clients = await Promise.all(
    Array.from({ length: connections }, () => Connection.open(order)),
  );
  let [done, counted] = [0, 0];
  await Promise.all(
    clients.map(async (connection) => {
      let nowMs = performance.now();
      while (nowMs < endMs) {
        const body = bodyOf(order);
        const sentMs = performance.now();
        await connection.postText('/v1/usage', body);
        nowMs = performance.now();
        if (sentMs >= startMs && nowMs < endMs) latencies.add(nowMs - sentMs);
        if (nowMs >= startMs && nowMs < endMs) counted += eventsInRequest;
        done += eventsInRequest;
      }
      connection.close();
    }),
  );
  return { eventsPerSecond: counted / seconds, done, ...latencies.summary() };
}

/** Written as text: making objects of them first would take the processor from what is measured. */
function bodyOf({ accountIds, accounts, eventsInRequest }: LoadOrder): string {
  const now = Date.now();
  const time = new Date(now).toISOString();
  const events: string[] = [];
  for (let count = 0; count < eventsInRequest; count += 1) {
    const account = accountIds[Math.floor(Math.random() * accounts)] ?? '';
    const input = 1 + Math.floor(Math.random() * 4_000);
    const output = 1 + Math.floor(Math.random() * 400);
    events.push(
      `{"specversion":"1.0","id":"${uuidOfNow(now)}","source":"/bench","type":"com.solvent.usage",` +
        `"subject":"${account}","time":"${time}","data":{"model":"${model}",` +
        `"input_tokens":${input},"output_tokens":${output}}}`,
    );
  }
  const [first = ''] = events;
  return eventsInRequest === 1 ? first : `[${events.join(',')}]`;
}

let counter = 0;
const chance = randomBytes(5).toString('hex');

/** A UUIDv7: the time, then a counter so that those of one millisecond ascend, too. */
function uuidOfNow(now: number): string {
  counter = (counter + 1) % 2 ** 26;
  const time = now.toString(16).padStart(12, '0');
  const count = counter.toString(16).padStart(8, '0');
  const tail = `${count.slice(0, 3)}-8${count.slice(3, 6)}-${count.slice(6)}${chance}`;
  return `${time.slice(0, 8)}-${time.slice(8)}-7${tail}`;
}
