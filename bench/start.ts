import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { postToApi } from '../local/api.ts';
import { readState } from '../local/state-file.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, '.solvent', 'bench');
const laterStarts = 3;

/** What a single start was seen to take. */
interface Sample {
  tableMs: number;
  firstPurchaseMs: number;
  secondPurchaseMs: number;
  stopMs: number;
}

/**
 * Times the stack from the command to its table of links, everything downloaded: once on an empty
 * data folder without compiled code, then on the data it left; and the first purchases after each.
 */
export async function run(): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const first = await sample();
  const later: Sample[] = [];
  for (let count = 0; count < laterStarts; count += 1) later.push(await sample());
  rmSync(folder, { recursive: true, force: true });

  const rows: [string, keyof Sample][] = [
    ['command to table of links', 'tableMs'],
    ['first purchase answered', 'firstPurchaseMs'],
    ['second purchase answered', 'secondPurchaseMs'],
    ['SIGTERM to all stopped', 'stopMs'],
  ];
  console.log(`${availableParallelism()} processors, Node ${process.version}\n`);
  console.log(`${''.padEnd(28)}${'first start'.padStart(13)}${'later, median'.padStart(16)}`);
  for (const [title, field] of rows) {
    const numbers = [seconds(first[field]), seconds(median(later.map((one) => one[field])))];
    console.log(
      `${title.padEnd(28)}${(numbers[0] ?? '').padStart(13)}${(numbers[1] ?? '').padStart(16)}`,
    );
  }
}

async function sample(): Promise<Sample> {
  const startedAt = performance.now();
  const stack = spawn(
    process.execPath,
    ['--import', 'tsx', join(root, 'local', 'start.ts'), '--folder', folder],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      // Its own folder for compiled code, so that the first start finds none.
      env: { ...process.env, TMPDIR: folder },
    },
  );
  try {
    await untilTable(stack.stdout);
    const tableMs = performance.now() - startedAt;
    const firstPurchaseMs = await purchase();
    const secondPurchaseMs = await purchase();
    const stopAt = performance.now();
    stack.kill('SIGTERM');
    await once(stack, 'exit');
    return { tableMs, firstPurchaseMs, secondPurchaseMs, stopMs: performance.now() - stopAt };
  } finally {
    stack.kill('SIGTERM');
  }
}

function untilTable(output: NodeJS.ReadableStream): Promise<void> {
  let text = '';
  return new Promise((resolve, reject) => {
    output.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (/^Ready after/m.test(text)) resolve();
    });
    output.once('end', () => {
      reject(new Error(`the stack ended before its table of links:\n${text}`));
    });
  });
}

/** Milliseconds from the request to the answer `succeeded`, on an account with its card on file. */
async function purchase(): Promise<number> {
  const settings = parseEnv(readFileSync(join(folder, 'stack.env'), 'utf8'));
  const { apiKey = '' } = readState<{ apiKey: string }>(join(folder, 'demonstration.json'));
  const api = { url: settings['PUBLIC_URL'] ?? '', key: apiKey };
  const idempotencyKey = `bench-${Date.now()}`;
  const account = await postToApi<{ id: string }>(api, '/v1/accounts', {
    idempotencyKey,
    body: { currency: 'usd', name: 'Bench', email: 'bench@example.com' },
  });
  const cards = `/v1/accounts/${account.id}/payment-methods`;
  await postToApi(api, cards, { idempotencyKey, body: { paymentMethod: 'pm_card_visa' } });
  const startedAt = performance.now();
  const { status } = await postToApi<{ status: string }>(api, '/v1/purchases', {
    idempotencyKey,
    body: { accountId: account.id, amount: '25.00', currency: 'usd' },
  });
  const tookMs = performance.now() - startedAt;
  if (status !== 'succeeded') throw new Error(`the purchase was answered ${status}`);
  return tookMs;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? NaN;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(2)} s`;
}
