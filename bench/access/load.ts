import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { zipfExponent, type Pattern, type Work } from './cases.ts';
import { Latencies, type LatencySummary } from './latencies.ts';

export interface LoadOrder {
  readonly port: number;
  readonly apiKey: string;
  readonly accountIds: readonly string[];
  readonly pattern: Pattern;
  readonly work: Work;
  readonly connections: number;
  readonly seconds: number;
}

export interface LoadResult extends LatencySummary {
  /** Holds, or pairs, a second. */
  readonly perSecond: number;
  /** The same of each tenth of the time: a rate that falls tells of bloat. */
  readonly perSecondByTenth: readonly number[];
  /** All holds or pairs that were done, the warm-up's included. */
  readonly done: number;
}

const warmUpMs = 500;
const tenths = 10;

/**
 * Keeps each connection busy with one request after another. HTTP/1.1 is written by hand on plain
 * sockets: node:http would take as much of the processors as what is measured.
 */
export async function makeLoad(order: LoadOrder): Promise<LoadResult> {
  const pick = accountPicker(order);
  const latencies = new Latencies();
  const doneByTenth = Array.from({ length: tenths }, () => 0);
  let done = 0;
  const startMs = performance.now() + warmUpMs;
  const endMs = startMs + order.seconds * 1000;
  const clients = await Promise.all(
    Array.from({ length: order.connections }, () => Connection.open(order)),
  );
  const ask = async (connection: Connection, path: string, body: object) => {
    const sentMs = performance.now();
    await connection.post(path, body);
    const nowMs = performance.now();
    if (sentMs >= startMs && nowMs < endMs) latencies.add(nowMs - sentMs);
    return nowMs;
  };
  await Promise.all(
    clients.map(async (connection) => {
      let nowMs = performance.now();
      while (nowMs < endMs) {
        const account = pick();
        const id = randomUUID();
        nowMs = await ask(connection, '/v1/holds', { account, id, cost: '0.002', model: 'bench' });
        if (order.work === 'pair') {
          nowMs = await ask(connection, `/v1/holds/${id}/settle`, { account, cost: '0.0015' });
        }
        const tenth = Math.floor(((nowMs - startMs) * tenths) / (endMs - startMs));
        if (tenth >= 0 && tenth < tenths) doneByTenth[tenth] = (doneByTenth[tenth] ?? 0) + 1;
        done += 1;
      }
      connection.close();
    }),
  );
  const counted = doneByTenth.reduce((total, count) => total + count, 0);
  return {
    perSecond: counted / order.seconds,
    perSecondByTenth: doneByTenth.map((count) => (count * tenths) / order.seconds),
    done,
    ...latencies.summary(),
  };
}

function accountPicker({ accountIds, pattern }: LoadOrder): () => string {
  const count = accountIds.length;
  const at = (index: number) => accountIds[index] ?? '';
  switch (pattern) {
    case 'hot':
      return () => at(0);
    case 'spread':
      return () => at(Math.floor(Math.random() * count));
    case 'zipf': {
      const shares = new Float64Array(count);
      let total = 0;
      for (let rank = 1; rank <= count; rank += 1) {
        total += rank ** -zipfExponent;
        shares[rank - 1] = total;
      }
      return () => at(firstAbove(shares, Math.random() * total));
    }
  }
}

function firstAbove(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** One keep-alive connection with one request on its way at a time. */
export class Connection {
  readonly #socket: Socket;
  readonly #head: string;
  #received = '';
  #answered: { resolve: () => void; reject: (error: Error) => void } | undefined;

  static open({ port, apiKey }: Pick<LoadOrder, 'port' | 'apiKey'>): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        const head =
          ` HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${apiKey}\r\n` +
          'content-type: application/json\r\ncontent-length: ';
        resolve(new Connection(socket, head));
      });
    });
  }

  private constructor(socket: Socket, head: string) {
    this.#socket = socket;
    this.#head = head;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#receive(text);
    });
    socket.on('error', (error) => this.#answered?.reject(error));
    socket.on('close', () => this.#answered?.reject(new Error('the server hung up')));
  }

  /** Any answer but 2xx is an error: what is measured are holds that are admitted. */
  post(path: string, body: object): Promise<void> {
    return this.postText(path, JSON.stringify(body));
  }

  /** The same for JSON that is text already, of characters that take one byte each. */
  postText(path: string, text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#answered = { resolve, reject };
      this.#socket.write(`POST ${path}${this.#head}${text.length}\r\n\r\n${text}`);
    });
  }

  close(): void {
    this.#answered = undefined;
    this.#socket.destroy();
  }

  #receive(text: string): void {
    this.#received += text;
    const bodyAt = this.#received.indexOf('\r\n\r\n') + 4;
    if (bodyAt === 3) return;
    const length = /\r\ncontent-length: (\d+)\r\n/i.exec(this.#received.slice(0, bodyAt))?.[1];
    if (length === undefined) throw new Error(`an answer without length: ${this.#received}`);
    if (this.#received.length < bodyAt + Number(length)) return;
    const answer = this.#received;
    const answered = this.#answered;
    this.#received = '';
    if (answer.startsWith('HTTP/1.1 2')) answered?.resolve();
    else answered?.reject(new Error(answer));
  }
}
