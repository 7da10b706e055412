import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDoors, type Doors } from '../../local/demo-doors.ts';
import { playMonth, type Month } from '../../local/demo-month.ts';
import { mailsTo } from '../../local/demo-play.ts';
import { generatedTrace, readTrace } from '../../local/demo-requests.ts';
import { columns, Teller } from '../../local/demo-teller.ts';
import { newOpenFolder } from '../support/open-folder.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = newOpenFolder('demo-test-');
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => /^(PATH|HOME|TMPDIR|XDG_\w+|LANG)$/.test(name)),
);
const dayMs = 86_400_000;
const hourMs = 3_600_000;

let stack: ChildProcess;
let doors: Doors;
let month: Month;
const told: string[] = [];

/** As `npm start` does, on ports and in a folder of its own. */
async function startStack(): Promise<ChildProcess> {
  const script = join(root, 'local', 'start.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, '--folder', folder], {
    ...{ cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: environment },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  }
  while (!said.includes('Ready after')) {
    if (child.exitCode !== null) throw new Error(`the stack did not start:\n${said}`);
    await sleep(100);
  }
  return child;
}

/** Charges that took money from the account's cards, in cents, oldest first. */
async function captured(): Promise<readonly number[]> {
  interface Charge {
    readonly amount_captured: number;
    readonly status: string;
    readonly metadata: { readonly account_id?: string };
  }
  const { data } = await doors.sandbox<{ data: Charge[] }>('GET', '/v1/charges?limit=100');
  const own = data.filter(({ metadata }) => metadata.account_id === month.accountId);
  const paid = own.filter(({ status }) => status === 'succeeded');
  return paid.map((charge) => charge.amount_captured).reverse();
}

/** As a browser asks that opened the two links of the first step: each signs in and leads on. */
async function statusesOf(addresses: readonly string[]): Promise<Record<string, number>> {
  const links = addresses.filter((address) => /\/portal\/|\/sign-in\//.test(address));
  const cookies: string[] = [];
  const statuses: Record<string, number> = {};
  for (const link of links) {
    const isButton = link.includes('/sign-in/');
    const form = { method: 'POST', headers: { origin: doors.publicUrl } };
    const opened = await fetch(link, { redirect: 'manual', ...(isButton ? form : {}) });
    cookies.push(...opened.headers.getSetCookie().map((one) => one.split(';')[0] ?? ''));
    statuses[link] = opened.status;
  }
  for (const address of addresses.filter((one) => !links.includes(one))) {
    const headers = address.startsWith(doors.publicUrl) ? { cookie: cookies.join('; ') } : {};
    statuses[address] = (await fetch(address, { headers })).status;
  }
  return statuses;
}

describe('npm run demo: an account’s month on real servers', () => {
  beforeAll(async () => {
    stack = await startStack();
    doors = openDoors(folder);
    month = await playMonth(doors, new Teller((line) => told.push(line)));
  });
  afterAll(async () => {
    await doors.close();
    stack.kill('SIGTERM');
    if (stack.exitCode === null) await once(stack, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });

  it('R9 R10 a prepaid card is refused before any payment object exists', () => {
    expect(month.refusedCard).toMatchObject({
      ...{ status: 422, code: 'card_prepaid_not_supported', paymentObjects: 0 },
      words: expect.stringContaining('standard credit or debit card'),
    });
  });

  it('R11 R18 the card on file gives no limit before Build Tier 1', () => {
    expect(month.account).toMatchObject({
      defaultCard: { funding: 'debit', default: true },
      balanceLimit: { own: '10.00', effective: '0.00', ceiling: '100.00' },
      tier: { code: 'limited' },
    });
  });

  it('R3 R45 the pack has a receipt with its tax apart', () => {
    expect(month.pack).toMatchObject({
      status: 'succeeded',
      receipt: { credits: '10.00', tax: '0.65', total: '10.65', addedToBalance: '10.00' },
    });
    expect(month.pack.receipt?.number).toMatch(/^R-\d{6}$/);
  });

  it('R19 R20 credits, then the limit, are used up, and nothing goes beyond it', () => {
    const { refusal, purchased, owed, requests, held } = month.usedUp;
    expect(refusal).toMatchObject({ status: 402, code: 'balance_limit_reached', rule: 'R19' });
    expect(refusal.access?.remedies.map(({ action }) => action)).toEqual([
      ...['buy_credits', 'raise_limit'],
    ]);
    expect(purchased).toBe('0.00');
    expect(Number(owed)).toBeGreaterThan(9.9);
    expect(Number(owed)).toBeLessThanOrEqual(10);
    expect(held).toBeGreaterThanOrEqual(40);
    expect(requests).toBeGreaterThan(1_000);
  });

  it('R38 the month’s invoice asks for whole cents of what is owed, and tax, on the 3rd', () => {
    const { invoice, pdfBegins } = month.closed;
    const cents = Math.floor(Number(month.usedUp.owed) * 100);
    expect(Math.round(Number(invoice.net) * 100)).toBe(cents);
    expect(Math.round(Number(invoice.tax.amount) * 100)).toBe(Math.round(cents * 0.065));
    expect(invoice.chargeAt.slice(8)).toBe('03T00:00:00.000Z');
    expect(invoice.number).toMatch(/^INV-\d{6}$/);
    expect(pdfBegins).toBe('%PDF-');
  });

  it('R49 the declined card is charged again on the days of the schedule, and no more', () => {
    const chargeAtMs = Date.parse(month.closed.invoice.chargeAt);
    const after = [0, 1, 3, 5, 7].map((days) => days * dayMs + (days === 0 ? 0 : 8 * hourMs));
    const minute = (ms: number) => Math.floor(ms / 60_000);
    const passed = month.attempts.map(({ atMs }) => minute(atMs - chargeAtMs));
    expect(passed).toEqual(after.map(minute));
    for (const attempt of month.attempts) {
      expect(attempt).toMatchObject({
        ...{ status: 'declined', code: 'insufficient_funds', origin: 'scheduled' },
      });
    }
  });

  it('R50 it is past due from the 4th on, and refuses service when grace is over', () => {
    expect(month.attempts.map(({ pastDue }) => pastDue)).toEqual([false, true, true, true, true]);
    expect(month.attempts.every(({ allowed }) => allowed)).toBe(true);
    expect(month.suspension).toMatchObject({ holdStatus: 402, holdCode: 'past_due_invoice' });
    expect(month.suspension.access).toMatchObject({ allowed: false, rule: 'R50' });
  });

  it('R47 R48 credits bought while past due leave it unchanged, and service off', () => {
    const { dueBefore, dueAfter, credits, access, purchase, saidBefore } = month.coreRule;
    const { due } = month.closed.invoice;
    expect(saidBefore).toContain(`$${due} is past due, and stays past due`);
    expect(purchase).toMatchObject({ status: 'succeeded', stillDue: { pastDue: due } });
    expect([dueBefore, dueAfter]).toEqual([due, due]);
    expect(Number(credits)).toBeGreaterThan(24.99);
    expect(access).toMatchObject({ allowed: false, code: 'past_due_invoice' });
    expect(told.join('\n')).toContain('BUYING CREDITS NEVER PAYS AN INVOICE');
  });

  it('R51 R52 the payment restores service at once and leaves the credits alone', () => {
    const { payment, access, holdStatus, credits } = month.restoration;
    expect(payment).toMatchObject({
      status: 'succeeded',
      invoiceState: 'paid',
      origin: 'customer',
    });
    expect(payment.amount).toBe(month.closed.invoice.due);
    expect([holdStatus, access.allowed]).toEqual([201, true]);
    expect(credits).toBe(month.coreRule.credits);
    expect(month.paidInvoice).toMatchObject({ state: 'paid', due: '0.00', pastDue: false });
  });

  it('B1 R65 three charges took money, and the books agree to the micro-dollar', async () => {
    const invoiceCents = Math.round(Number(month.closed.invoice.amount) * 100);
    expect(await captured()).toEqual([1_065, 2_662, invoiceCents]);
    expect(month.verified.differences).toEqual([]);
  });

  it('R61 every turn of it is told by mail', async () => {
    const mails = await mailsTo(doors.mailboxUrl ?? '', month.email);
    const subjects = mails.map(({ subject }) => subject);
    const { number } = month.closed.invoice;
    const declined = subjects.filter((subject) => /^Your card was declined/.test(subject));
    expect(subjects).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^Your purchase of \$10\.00 of credits was not made/),
        expect.stringMatching(/^Receipt R-\d+: \$10\.00 of credits/),
        expect.stringMatching(new RegExp(`^Invoice ${number} for `)),
        expect.stringMatching(new RegExp(`^Past due: .*${number}`)),
        `Service stopped: invoice ${number} is not paid`,
        expect.stringMatching(/^Receipt R-\d+: \$25\.00 of credits/),
        `Service restored: invoice ${number} is paid`,
        expect.stringMatching(new RegExp(`^Payment received: invoice ${number}`)),
      ]),
    );
    expect(declined).toHaveLength(month.attempts.length);
  });

  it('it is told in 80 columns, and every address it names answers', async () => {
    const isAddress = (line: string) => /^ +(http:\/\/|npx )|^ +> /.test(line);
    expect(told.filter((line) => line.length > columns && !isAddress(line))).toEqual([]);
    const addresses = told.flatMap((line) => /^ +(http:\S+)$/.exec(line)?.[1] ?? []);
    const statuses = await statusesOf([...new Set(addresses)]);
    const failed = Object.entries(statuses).filter(
      ([, status]) => ![200, 302, 303].includes(status),
    );
    expect(Object.keys(statuses).length).toBeGreaterThan(8);
    expect(failed).toEqual([]);
  });
});

describe('the generated hour, where the Azure trace is not there', () => {
  it('has the trace’s shape', () => {
    const mean = (trace: typeof generatedTrace, of: 'inputTokens' | 'outputTokens') => {
      const { requests } = trace();
      return requests.reduce((total, request) => total + request[of], 0) / requests.length;
    };
    for (const of of ['inputTokens', 'outputTokens'] as const) {
      const ratio = mean(generatedTrace, of) / mean(readTrace, of);
      expect(ratio).toBeGreaterThan(0.8);
      expect(ratio).toBeLessThan(1.25);
    }
    expect(generatedTrace()).toEqual(generatedTrace());
  });
});
