import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const defaultPayments = 20_000;
const blocks = 5;
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
 * idempotency keys, as the system does. The load is made here, on the same machine.
 */
export async function run(args: readonly string[] = []): Promise<void> {
  const payments = Number(args[0] ?? defaultPayments);
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-bench-'));
  const main = join(root, 'sandbox', 'main.ts');
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', main, '--port', '0', '--data-folder', folder],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const port = Number(/:(\d+)\s*$/.exec(line.toString())?.[1]);
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
  for (let block = 1; block <= blocks; block += 1) {
    const before = await load.figures();
    const startedAt = performance.now();
    await load.pay(customer, method, perBlock);
    const seconds = (performance.now() - startedAt) / 1000;
    const after = await load.figures();
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
