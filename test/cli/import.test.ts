import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAccount } from '../../ledger/accounts.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { useLedger } from '../ledger/ledger-fixture.ts';
import { endOf, runSolvent, startSolvent, type Run } from './run-solvent.ts';

const test = useLedger();

const folder = mkdtempSync(join(tmpdir(), 'solvent-import-'));
let files = 0;
function fileOf(text: string | Buffer, ending = 'csv'): string {
  const file = join(folder, `${(files += 1)}.${ending}`);
  writeFileSync(file, text);
  return file;
}

const wordsFor = (file: string, source: string, ...more: string[]) => {
  return ['import', 'accounts', file, '--source', source, ...more];
};
const importing = (...asked: Parameters<typeof wordsFor>) =>
  runSolvent(wordsFor(...asked), { DATABASE_URL: test.appUrl });

interface Result extends Record<string, unknown> {
  status: string;
  rows: number;
  new: number;
  begun: number;
  done: number;
  pastGrace: number;
  totals: { currency: string; accounts: number; openingCredits: string }[];
  bad: { line: number; faults: string[] }[];
  conflicts: { line: number; externalId: string }[];
}
const resultOf = (run: Run) => run.json() as Result;

const header =
  'external_id,name,email,currency,country,region,plan,opening_credits,unbilled,invoices';
const small = `\uFEFF${header}
c-1,"Ada, ""the first"" Ltd",ada@example.com,usd,US,WA,build,25.000001,,
c-2,Grace,grace@example.com,eur,DE,,scale,0,2026-01=12.50; 2026-02=3,A-17=120.00@2026-12-03
c-3,Plain,plain@example.com,,,,,,,

`;
const smallJson = [
  {
    ...{ external_id: 'c-2', name: 'Grace', email: 'grace@example.com', currency: 'eur' },
    ...{ country: 'DE', plan: 'scale', opening_credits: '0.00' },
    unbilled: [
      { month: '2026-02', amount: '3.00' },
      { month: '2026-01', amount: '12.50' },
    ],
    invoices: [{ number: 'A-17', amount: '120', due_date: '2026-12-03' }],
  },
  { external_id: 'c-3', name: 'Plain', email: 'plain@example.com' },
]
  .map((row) => JSON.stringify(row))
  .join('\n');

const accountCount = async () => (await test.ledger.run('select from accounts')).length;

async function stateOf(idsFile: string, externalId: string) {
  const line = readFileSync(idsFile, 'utf8')
    .split('\r\n')
    .find((text) => text.startsWith(`${externalId},`));
  const accountId = line?.split(',')[1] ?? '';
  return readAccount(test.ledger, { accountId });
}

describe('import accounts', () => {
  it('shows what would happen, and records nothing', async () => {
    const before = await accountCount();
    const run = await importing(fileOf(small), 'dry', '--dry-run', '--json');
    expect(run).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('--yes') });
    expect(resultOf(run)).toMatchObject({
      ...{ status: 'preview', rows: 3, new: 3, begun: 0, done: 0, bad: [], conflicts: [] },
      totals: [
        { currency: 'eur', accounts: 1, unbilled: '15.50', invoiced: '120.00', invoices: 1 },
        { currency: 'usd', accounts: 2, openingCredits: '25.000001', invoices: 0 },
      ],
    });
    expect(await accountCount()).toBe(before);
  });

  it('brings in credits as purchased, debts as owed, and no tier spend', async () => {
    const ids = join(folder, 'ids.csv');
    const run = await importing(fileOf(small), 'crm', '--yes', '--ids', ids);
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain('3 rows: 3 imported, 0 done before');
    const first = await stateOf(ids, 'c-1');
    expect(first).toMatchObject({
      account: { currency: 'usd', plan: 'build', taxCountry: 'US', taxRegion: 'WA' },
      balances: { purchased: 25_000_001, free: 0, unbilled: 0, lifetimePaid: 0 },
      lots: [{ kind: 'purchased', amount: 25_000_001, expiresAtMs: null }],
    });
    expect(await stateOf(ids, 'c-2')).toMatchObject({
      account: { currency: 'eur', plan: 'scale' },
      balances: { purchased: 0, unbilled: 15_500_000, invoiced: 120_000_000 },
      unbilledPeriods: [
        { period: '2026-01', amount: 12_500_000 },
        { period: '2026-02', amount: 3_000_000 },
      ],
    });
    expect(await stateOf(ids, 'c-3')).toMatchObject({ balances: { version: 1, purchased: 0 } });
    expect((await verifyLedger(test.ledger)).differences).toEqual([]);
  });

  it('a second run finds all done, also from another file and format', async () => {
    await importing(fileOf(small), 'twice', '--yes');
    const before = await accountCount();
    const again = await importing(fileOf(smallJson, 'jsonl'), 'twice', '--yes', '--json');
    expect(resultOf(again)).toMatchObject({ status: 'imported', rows: 2, done: 2, new: 0 });
    expect(await accountCount()).toBe(before);
    // Another source is another business: its customers are other accounts.
    const other = await importing(fileOf(smallJson, 'jsonl'), 'elsewhere', '--json');
    expect(resultOf(other)).toMatchObject({ new: 2, done: 0 });
  });

  it.each([
    ['another mail address', 'plain@example.com', 'secret@example.org'],
    ['opening credits where there were none', 'plain@example.com,,,,,', 'plain@example.com,,,,,5'],
    ['other opening credits', '25.000001', '25.000002'],
    ['another debt', '120.00@', '120.01@'],
    ['another due date', '2026-12-03', '2026-12-04'],
  ])('a row with %s is a conflict, named, and nothing at all is recorded', async (_, was, is) => {
    const source = `changed-${files}`;
    await importing(fileOf(small), source, '--yes');
    const before = await accountCount();
    const extra = 'c-4,New,new@example.com,,,,,,,';
    const run = await importing(fileOf(`${small.replace(was, is)}${extra}`), source, '--yes');
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('1 conflicts');
    expect(run.stderr).toMatch(/line [234]: c-[123] was imported before with other values/);
    expect(run.stderr).not.toMatch(/@|Plain|Grace/);
    expect(await accountCount()).toBe(before);
  });

  const badRows = [
    ['no mail address', 'x,Zoe,nowhere,,,,,,,', 'email: a mail address'],
    [
      'an external id with a mail address',
      'zoe@example.com,Zoe,z@e.com,,,,,,,',
      'external_id: 1 to',
    ],
    ['no name', 'x,,z@e.com,,,,,,,', 'name: is needed'],
    ['a currency that is not kept', 'x,Zoe,z@e.com,chf,,,,,,', 'currency: "usd" or'],
    ['a region without a country', 'x,Zoe,z@e.com,,,WA,,,,', 'region: needs a country'],
    ['an unknown plan', 'x,Zoe,z@e.com,,,,gold,,,', 'plan: "build" or'],
    ['credits below zero', 'x,Zoe,z@e.com,,,,,-5,,', 'opening_credits: an amount of 0 or more'],
    ['credits with a separator', 'x,Zoe,z@e.com,,,,,"1,000",,', 'opening_credits: an amount'],
    ['too fine an amount', 'x,Zoe,z@e.com,,,,,0.0000001,,', 'opening_credits: an amount'],
    ['a month to come', 'x,Zoe,z@e.com,,,,,,2999-01=5,', 'unbilled[0].month: a month up to'],
    ['a month twice', 'x,Zoe,z@e.com,,,,,,2026-01=5;2026-01=6,', 'a month is there twice'],
    ['a debt without its day', 'x,Zoe,z@e.com,,,,,,,A-1=5', 'invoices[0].due_date: a day'],
    ['no such day', 'x,Zoe,z@e.com,,,,,,,A-1=5@2026-02-30', 'invoices[0].due_date: a day'],
    ['a debt of less than a cent', 'x,Zoe,z@e.com,,,,,,,A-1=5.001@2026-12-03', 'can be charged'],
    ['a number twice', 'x,Zoe,z@e.com,,,,,,,A=5@2026-12-03;A=6@2026-12-03', 'a number is there'],
    ['an absurd amount', 'x,Zoe,z@e.com,,,,,9000000000,,', 'at most 1,000,000,000 in all'],
    ['too many cells', 'x,Zoe,z@e.com,,,,,,,,,', 'more cells than the first line'],
    ['an external id twice', 'c-1,Zoe,z@e.com,,,,,,,', 'external_id: is on line 2 already'],
    ['an open quotation', 'x,"Zoe,z@e.com,,,,,,,', 'a quotation mark is not closed'],
  ] as const;

  it('each row that is wrong is named by its line, with what to do and nothing personal', async () => {
    const before = await accountCount();
    const rows = badRows.map(([, row]) => `${row}\n`).join('');
    const run = await importing(fileOf(`${small.trimEnd()}\n${rows}`), 'bad', '--yes');
    expect(run.exitCode).toBe(1);
    const told = run.stderr.split('\n');
    for (const [at, [what, , says]] of badRows.entries()) {
      const line = told.find((text) => text.startsWith(`line ${at + 5}: `));
      expect([what, line]).toEqual([what, expect.stringContaining(says)]);
    }
    expect(run.stderr).not.toMatch(/Zoe|z@e\.com|zoe@example/);
    expect(await accountCount()).toBe(before);
  });

  it.each([
    ['empty', '', 'csv', 'it is empty'],
    ['without the needed columns', 'id,name\n1,Ada', 'csv', 'lacks external_id, email'],
    ['not UTF-8', Buffer.from([0x65, 0xff, 0xfe]), 'csv', 'its text is not UTF-8'],
    ['JSON where CSV is expected', smallJson, 'csv', 'a quotation mark stands within'],
  ])('a file that is %s is not imported, and says why', async (_, text, ending, says) => {
    const run = await importing(fileOf(text, ending), 'odd', '--yes');
    expect(run).toMatchObject({ exitCode: 1, stdout: '' });
    expect(run.stderr).toContain(says);
    expect(run.stderr).not.toContain('    at ');
  });

  it('of JSON Lines, numbers for amounts, broken lines and unknown fields are refused', async () => {
    const rows = [
      '{"external_id":"a","name":"Zoe","email":"z@e.com","opening_credits":0.1}',
      '{"external_id":"b","name":"Zoe","email":"z@e.com"',
      '{"external_id":"c","name":"Zoe","email":"z@e.com","limit":"5"}',
    ];
    const run = await importing(fileOf(rows.join('\n'), 'jsonl'), 'lines', '--json');
    const { bad } = resultOf(run);
    expect(bad.map(({ line }) => line)).toEqual([1, 2, 3]);
    expect(bad.flatMap(({ faults }) => faults).join(' ')).toMatch(
      /as a text such as "25\.00".* one JSON object on a line .* limit: is not known/,
    );
    expect(run.stderr).not.toContain('Zoe');
  });

  it('R50 says how many accounts come in with an invoice too late to be used', async () => {
    const late = `${header}\nl-1,Late,l@e.com,,,,,10,,A-1=5@2020-01-01\n`;
    const run = await importing(fileOf(late), 'late');
    expect(run.stderr).toContain('1 accounts have an invoice whose grace is over');
  });
});

/** More in `npm run test:full`. */
const many = Number(process.env['IMPORTED_ACCOUNTS'] ?? 3_000);

describe(`an import of ${many} accounts`, () => {
  const text = [
    header,
    ...Array.from({ length: many }, (_, at) => {
      const debts =
        at % 10 === 0 ? `2026-0${(at % 9) + 1}=${at % 7}.25,I-${at}=12.34@2026-12-03` : ',';
      return `cust-${at},Customer ${at},c${at}@example.com,usd,,,build,${at % 100}.5,${debts}`;
    }),
  ].join('\n');

  it('killed in its middle and run again brings in each account once, and the totals agree', async () => {
    const file = fileOf(text);
    await killInTheMiddle(file);
    const rowsOf = async () =>
      (
        await test.ledger.run(
          `select from billing_events where idempotency_key = 'opening_balance/import/big'`,
        )
      ).length;
    const broken = await rowsOf();
    expect(broken).toBeGreaterThan(0);
    expect(broken).toBeLessThan(many);
    const preview = resultOf(await importing(file, 'big', '--json'));
    expect(preview.done).toBe(broken);
    const startedAt = performance.now();
    const run = await importing(file, 'big', '--yes', '--json');
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    console.log(`${many - broken} accounts imported, ${broken} found, in ${seconds} s`);
    expect(run.exitCode).toBe(0);
    const { totals, ...done } = resultOf(run);
    expect(done).toMatchObject({ status: 'imported', rows: many, done: broken });
    expect(totals).toEqual(preview.totals);
    expect(totals).toMatchObject([{ accounts: many, openingCredits: `${many * 50}.00` }]);
    expect(await rowsOf()).toBe(many);
    const [sums] = await test.ledger.run<{ purchased: number }>(
      `select sum(t.amount)::bigint as purchased from transfers t
       join billing_events e using (account_id, event_id)
       where idempotency_key = 'opening_balance/import/big' and credit_book = 'purchased'`,
    );
    expect(sums).toEqual({ purchased: many * 50_000_000 });
    const again = resultOf(await importing(file, 'big', '--yes', '--json'));
    expect(again).toMatchObject({ status: 'imported', done: many, new: 0, begun: 0 });
    expect((await verifyLedger(test.ledger)).differences).toEqual([]);
  });

  /** However late the kill comes, the import is not over: the last accounts wait for a minute. */
  async function killInTheMiddle(file: string): Promise<void> {
    await test.asSuperuser(
      `create sequence opening_balances;
       create function hold_up() returns trigger language plpgsql security definer as $$
       begin
         if nextval('opening_balances') > tg_argv[0]::bigint then perform pg_sleep(60); end if;
         return new;
       end $$;
       create trigger hold_up before insert on billing_events
         for each row execute function hold_up('${0.8 * many}')`,
    );
    const child = startSolvent(wordsFor(file, 'big', '--yes'), { DATABASE_URL: test.appUrl });
    let told = '';
    child.stderr.on('data', (piece: Buffer) => {
      told += piece.toString();
      if (told.includes('1500 of')) child.kill('SIGKILL');
    });
    expect(await endOf(child)).toMatchObject({ exitCode: null, stdout: '' });
    expect(told).not.toContain(`${many} of`);
    // A session in the middle of a statement does not notice that its client is gone.
    await test.asSuperuser(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and wait_event = 'PgSleep'`,
    );
    await test.asSuperuser('drop trigger hold_up on billing_events');
  }
});
