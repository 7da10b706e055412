import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const defaultPayments = 20_000;
const blocks = 10;
const bound = 5_000;
const unbounded = Number.MAX_SAFE_INTEGER;
const atOnce = 16;

interface ProcessFigures {
  memory_bytes: number;
  heap_bytes: number;
  cpu_ms: number;
  journal_bytes: number;
}

/**
 * Requests a second and memory of the sandbox, as a process of its own with a data folder, over
 * 20,000 payments (or as many as given): each is created and confirmed with a saved card, under
 * idempotency keys, as the system does. The load is made here, on the same machine. Once the
 * sandbox keeps 5,000 payments at most and once all of them: the bound is shown by the difference.
 */
export async function run(args: readonly string[] = []): Promise<void> {
  const payments = Number(args[0] ?? defaultPayments);
  for (const mostPayments of [bound, unbounded]) await runWith(payments, mostPayments);
}

async function runWith(payments: number, mostPayments: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-bench-'));
  const main = join(root, 'sandbox', 'main.ts');
  const child = spawn(
    process.execPath,
    // Memory is read after a forced collection, so it is what is held and not what lies about.
    ['--expose-gc', '--import', 'tsx', main, '--port', '0', '--data-folder', folder].concat(
      '--most-payments',
      String(mostPayments),
    ),
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const port = Number(/:(\d+)\s*$/.exec(line.toString())?.[1]);
    const kept = mostPayments === unbounded ? 'all payments' : `${mostPayments} payments at most`;
    console.log(`\nkeeping ${kept}:`);
    await measure(new Load(port), payments);
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(load: Load, payments: number): Promise<void> {
  const customer = await load.post('/v1/customers', '');
  const method = await load.post('/v1/payment_methods/pm_card_visa/attach', `customer=${customer}`);
  const perBlock = Math.ceil(payments / blocks);
  console.log(`${availableParallelism()} processors, Node ${process.version}, ${atOnce} at once\n`);
  const titles = ['payments', 'requests/s', 'of its CPU', 'memory MB', 'heap MB', 'journal MB'];
  console.log(titles.map((title) => title.padStart(12)).join(''));
  const seen: ProcessFigures[] = [];
  for (let block = 1; block <= blocks; block += 1) {
    const before = await load.figures();
    const startedAt = performance.now();
    await load.pay(customer, method, perBlock);
    const seconds = (performance.now() - startedAt) / 1000;
    const after = await load.figures();
    seen.push(after);
    const cpuSeconds = (after.cpu_ms - before.cpu_ms) / 1000;
    const row = [
      block * perBlock,
      Math.round((perBlock * 2) / seconds),
      // What one core does when it does nothing else.
      Math.round((perBlock * 2) / cpuSeconds),
      megabytes(after.memory_bytes),
      megabytes(after.heap_bytes),
      megabytes(after.journal_bytes),
    ];
    console.log(row.map((figure) => String(figure).padStart(12)).join(''));
  }
  const later = seen.slice(blocks / 2);
  const slopes = (['heap_bytes', 'memory_bytes', 'journal_bytes'] as const).map(
    (figure) => slope(later.map((figures) => figures[figure])) / perBlock,
  );
  const [heap = 0, memory = 0, journal = 0] = slopes.map(Math.round);
  console.log(`second half, bytes a payment: heap ${heap}, memory ${memory}, journal ${journal}`);
}

/** By how much a figure grows from one to the next: the line of least squares. */
function slope(figures: readonly number[]): number {
  const middle = (figures.length - 1) / 2;
  const products = figures.map((figure, at) => (at - middle) * figure);
  const squares = figures.map((_, at) => (at - middle) ** 2);
  return sum(products) / sum(squares);
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000);
}

class Load {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  #count = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** Makes payments, several at a time. */
  async pay(customer: string, method: string, payments: number): Promise<void> {
    let left = payments;
    const terms = `amount=2500&currency=usd&customer=${customer}&allowed_payment_method_types[0]=card`;
    const worker = async () => {
      while (left > 0) {
        left -= 1;
        const id = await this.post('/v1/payment_intents', `${terms}&metadata[operation]=${left}`);
        const confirm = `payment_method=${method}&off_session=true`;
        await this.post(`/v1/payment_intents/${id}/confirm`, confirm);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }

  async post(path: string, form: string): Promise<string> {
    this.#count += 1;
    const text = await this.#send('POST', path, form, `bench-${this.#count}`);
    const body = JSON.parse(text) as { id?: string; error?: { message: string } };
    if (body.id === undefined) throw new Error(body.error?.message ?? text);
    return body.id;
  }

  async figures(): Promise<ProcessFigures> {
    return JSON.parse(await this.#send('GET', '/_sandbox/process', '', '')) as ProcessFigures;
  }

  async #send(method: string, path: string, body: string, key: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          agent: this.#agent,
          headers: {
            authorization: 'Bearer sk_test_localsandbox',
            'content-length': Buffer.byteLength(body),
            'content-type': 'application/x-www-form-urlencoded',
            'stripe-version': '2026-10-28.endive',
            ...(key === '' ? {} : { 'idempotency-key': key }),
          },
          host: '127.0.0.1',
          method,
          path,
          port: this.#port,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            resolve(Buffer.concat(chunks).toString());
          });
          response.on('error', reject);
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }
}
