import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { priceAt } from '../../domain/price.ts';
import { readPriceBook } from '../../ledger/prices.ts';
import { useLedger } from '../ledger/ledger-fixture.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runSolvent, type Run } from './run-solvent.ts';

const test = useLedger();
const solvent = (...args: string[]) =>
  runSolvent(['prices', ...args], { DATABASE_URL: test.appUrl });

function fileOf(text: string): string {
  const file = join(temporaryFolder(), 'prices.json');
  writeFileSync(file, text);
  return file;
}

const rowCount = async () => (await test.ledger.run('select from prices')).length;

async function amountOf(model: string, meter: 'input_tokens' | 'output_tokens' | 'images') {
  const key = { currency: 'usd', model, meter } as const;
  return priceAt(await readPriceBook(test.ledger), key, Date.now())?.rate;
}

interface Result extends Record<string, unknown> {
  status: string;
  added: { model: string; meter: string; rate: { amount: string; per: number } }[];
  changed: { model: string; before: { amount: string }; rate: { amount: string } | null }[];
  unchanged: number;
  gone: { model: string; meter: string }[];
  models: number;
  withoutPrice: string[];
  skippedFields: { field: string; models: number }[];
  longPrices: { model: string }[];
}
const resultOf = (run: Run) => run.json() as Result;

/** The price map's shape, with the numbers and oddities that it has. */
const sample = (provider: string) => `\uFEFF{
  "sample_spec": { "input_cost_per_token": 0.0, "litellm_provider": "one of https://x" },
  "elsewhere/m": { "litellm_provider": "elsewhere", "input_cost_per_token": 9 },
  "${provider}/maker/chat": {
    "litellm_provider": "${provider}", "mode": "chat", "max_tokens": 8192,
    "input_cost_per_token": 1.8e-07, "output_cost_per_token": 5.0000000000000004e-08,
    "cache_read_input_token_cost": 8.00000000000000000001e-09, "input_cost_per_token_above_200k_tokens": 4e-07
  },
  "${provider}/maker/paint": {
    "litellm_provider": "${provider}", "output_cost_per_image": 0.04, "output_cost_per_token": 0.0,
    "input_cost_per_pixel": 1e-9
  },
  "${provider}/maker/hear": {
    "litellm_provider": "${provider}", "input_cost_per_second": 0.0001, "output_cost_per_second": 0.0
  },
  "${provider}/maker/talk": {
    "litellm_provider": "${provider}", "input_cost_per_second": 1, "output_cost_per_second": 2,
    "input_cost_per_character": 1.5E-5, "input_cost_per_request": 3
  },
  "${provider}/maker/none": { "litellm_provider": "${provider}", "mode": "chat" }
}`;

describe('R69 prices import', () => {
  it('takes each number as it is written, never as a float', async () => {
    const file = fileOf(sample('exact_ai'));
    const run = await solvent('import', file, '--provider', 'exact_ai', '--json');
    expect(run).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('--yes') });
    const { status, added, ...told } = resultOf(run);
    expect(status).toBe('preview');
    expect(added.map(({ model, meter, rate }) => [model, meter, rate.amount, rate.per])).toEqual([
      ['maker/chat', 'input_tokens', '0.18', 1_000_000],
      ['maker/chat', 'cached_input_tokens', '0.00800000000000000000001', 1_000_000],
      ['maker/chat', 'output_tokens', '0.050000000000000004', 1_000_000],
      ['maker/paint', 'output_tokens', '0', 1_000_000],
      ['maker/paint', 'images', '0.04', 1],
      ['maker/hear', 'seconds', '0.0001', 1],
      ['maker/talk', 'requests', '3', 1],
      ['maker/talk', 'characters', '15', 1_000_000],
    ]);
    expect(told).toMatchObject({
      models: 5,
      withoutPrice: ['maker/none'],
      longPrices: [{ meter: 'cached_input_tokens' }, { meter: 'output_tokens' }],
    });
    expect(told.skippedFields).toEqual(
      expect.arrayContaining([
        { field: 'input_cost_per_token_above_200k_tokens', models: 1 },
        { field: 'input_cost_per_pixel', models: 1 },
        { field: 'input_cost_per_second', models: 1 },
        { field: 'output_cost_per_second', models: 1 },
      ]),
    );
    expect(told.skippedFields).toHaveLength(4);
    expect(await amountOf('maker/chat', 'input_tokens')).toBeUndefined();
  });

  it('records with --yes, and the same file again changes nothing', async () => {
    const file = fileOf(sample('again_ai').replaceAll('maker/', 'again/'));
    const asked = ['import', file, '--provider', 'again_ai', '--yes'];
    const first = await solvent(...asked);
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(first.stdout).toContain('8 new, 0 changed, 0 unchanged');
    expect(first.stdout).toMatch(/new +again\/chat +USD 0\.18 per 1,000,000 input tokens/);
    expect(first.stdout).toContain('without a price: again/none');
    expect(first.stdout).toContain('input_cost_per_pixel  1 models');
    expect(first.stdout).toContain('looks like a float’s noise: again/chat cached_input_tokens');
    const rows = await rowCount();
    const second = await solvent(...asked);
    expect(second).toMatchObject({ exitCode: 0, stderr: '' });
    expect(second.stdout).toContain('nothing changes: 0 new, 0 changed, 8 unchanged');
    expect(await rowCount()).toBe(rows);
    expect(await amountOf('again/chat', 'input_tokens')).toMatchObject({ amount: '0.18' });
  });

  it('shows old and new price, and what the file has no more, which ends only when asked', async () => {
    const text = sample('later_ai').replaceAll('maker/', 'later/');
    const asked = ['--provider', 'later_ai', '--yes', '--json'];
    await solvent('import', fileOf(text), ...asked);
    const changed = text.replace('1.8e-07', '2e-7').replace('"output_cost_per_image": 0.04,', '');
    const run = await solvent('import', fileOf(changed), ...asked);
    expect(resultOf(run)).toMatchObject({
      ...{ added: [], unchanged: 6, gone: [{ model: 'later/paint', meter: 'images' }] },
      changed: [{ before: { amount: '0.18' }, rate: { amount: '0.2' } }],
    });
    expect(run.stderr).toContain('They stay. End them with --end-gone.');
    const words = await solvent('list', '--model', 'later/chat');
    expect(words.stdout).toMatch(/USD 0\.18 per .* UTC +\d{4}-.* UTC\n/);
    expect(words.stdout).toMatch(/USD 0\.2 per .* UTC \(to come\)/);
    const ended = await solvent('import', fileOf(changed), '--end-gone', ...asked);
    expect(resultOf(ended)).toMatchObject({ changed: [{ rate: null }], unchanged: 7 });
    // What is in force holds until then: past usage keeps its price.
    expect(await amountOf('later/chat', 'input_tokens')).toMatchObject({ amount: '0.18' });
    expect(await amountOf('later/paint', 'images')).toMatchObject({ amount: '0.04' });
  });

  const price = (cost: string) =>
    `{"bad_ai/m": {"litellm_provider": "bad_ai", "input_cost_per_token": ${cost}},
      "bad_ai/n": {"litellm_provider": "bad_ai", "input_cost_per_token": 1e-7}}`;

  it.each([
    ['no JSON', 'prices!', 'it is no JSON'],
    ['cut off in its middle', price('1e-7').slice(0, 80), 'it is no JSON'],
    ['empty', '', 'it is no JSON'],
    ['a list', '[]', 'is it the LiteLLM price map?'],
    ['another file', '{"name": "solvent"}', 'is it the price map?'],
    ['without the provider', sample('good_ai'), '--provider is one of elsewhere, good_ai'],
    ['with a price below zero', price('-1e-7'), 'bad_ai/m: input_cost_per_token must be a price'],
    ['with a price in words', price('"cheap"'), 'bad_ai/m: input_cost_per_token must be a number'],
    ['with an endless price', price('1e999'), 'must be a price'],
    ['with an absurd price', price('1e9'), 'at most 9 digits before the point'],
    ['with an absurdly fine price', price('1e-40'), '24 behind'],
  ])('of a file that is %s records nothing and says why', async (_, text, says) => {
    const rows = await rowCount();
    const run = await solvent('import', fileOf(text), '--provider', 'bad_ai', '--yes');
    expect(run).toMatchObject({ exitCode: 1, stdout: '' });
    expect(run.stderr).toContain(says);
    expect(run.stderr).not.toContain('    at ');
    expect(await rowCount()).toBe(rows);
  });

  it('a model listed with and without prefix is taken once, and not at different prices', async () => {
    const once = await solvent(
      ...['import', fileOf(price('1e-7').replace('bad_ai/n', 'm')), '--provider', 'bad_ai'],
      '--json',
    );
    expect(resultOf(once)).toMatchObject({ ambiguous: [], added: [{ model: 'm' }] });
    expect(resultOf(once).added).toHaveLength(1);
    const file = fileOf(price('2e-7').replace('bad_ai/n', 'm'));
    const differing = await solvent('import', file, '--provider', 'bad_ai', '--json');
    expect(resultOf(differing)).toMatchObject({ ambiguous: ['m'], added: [] });
    const words = await solvent('import', file, '--provider', 'bad_ai');
    expect(words.stdout).toContain('listed twice at different prices: m\n');
  });

  it('of a file that cannot be read says so', async () => {
    const folder = temporaryFolder();
    for (const file of [join(folder, 'absent.json'), folder]) {
      const { exitCode, stderr } = await solvent('import', file, '--provider', 'x');
      expect(exitCode).toBe(1);
      expect(stderr).toContain('The file cannot be read');
    }
  });

  it('of a date too soon for a change records nothing, the new ones neither', async () => {
    const text = sample('soon_ai').replaceAll('maker/', 'soon/');
    await solvent('import', fileOf(text), '--provider', 'soon_ai', '--yes');
    const rows = await rowCount();
    const changed = text
      .replace('1.8e-07', '2e-7')
      .replace('"mode": "chat" }', '"input_cost_per_token": 1 }');
    const asked = ['--provider', 'soon_ai', '--yes', '--effective', '2026-01-01'];
    const run = await solvent('import', fileOf(changed), ...asked);
    expect(run.exitCode).toBe(1);
    expect(changed).toContain('"input_cost_per_token": 1 }');
    expect(run.stderr).toContain('Nothing was recorded. 8 of the prices cannot be:');
    expect(run.stderr).toContain('soon/chat input_tokens: it had a price before');
    expect(await rowCount()).toBe(rows);
  });
});

const realMap = join(import.meta.dirname, '../../../shared/data/litellm-model-prices.json');

describe.skipIf(!existsSync(realMap))(`the real price map (${realMap})`, () => {
  /** `1.8e-07` as digits and a power of ten, from the text. */
  function scientific(text: string): { digits: bigint; power: number } {
    const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
    const [whole = '', places = ''] = mantissa.split('.');
    return { digits: BigInt(whole + places), power: Number(exponent) - places.length };
  }

  function isEqual(a: string, b: string, shift: number): boolean {
    const [left, right] = [scientific(a), scientific(b)];
    const scale = (power: number) => 10n ** BigInt(power + 100);
    return left.digits * scale(left.power) === right.digits * scale(right.power + shift);
  }

  it('R69 together_ai: every price of it is recorded to the last digit', async () => {
    const text = readFileSync(realMap, 'utf8');
    const asked = ['import', realMap, '--provider', 'together_ai', '--yes', '--json'];
    const run = await solvent(...asked);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    const { added, models, withoutPrice, skippedFields } = resultOf(run);
    expect({ models, prices: added.length, withoutPrice, skippedFields }).toMatchObject({
      ...{ models: 94, prices: 93 + 93 + 23, skippedFields: [] },
      withoutPrice: ['togethercomputer/CodeLlama-34b-Instruct'],
    });
    const fields: Record<string, string> = {
      input_tokens: 'input_cost_per_token',
      cached_input_tokens: 'cache_read_input_token_cost',
      output_tokens: 'output_cost_per_token',
    };
    for (const { model, meter, rate } of added) {
      const starts = [`    "together_ai/${model}": {`, `    "${model}": {`];
      const start = starts.map((line) => text.indexOf(line)).find((at) => at !== -1) ?? -1;
      const block = text.slice(start, text.indexOf('\n    }', start));
      const written = new RegExp(`"${fields[meter] ?? ''}": ([^,\\n]+)`).exec(block)?.[1] ?? '';
      expect(isEqual(rate.amount, written, 6), `${model} ${written} ${rate.amount}`).toBe(true);
    }
    expect(resultOf(await solvent(...asked))).toMatchObject({
      ...{ status: 'unchanged', unchanged: added.length },
    });
  });
});

describe('R69 prices set, end and list', () => {
  it('a price set by hand holds at once where there was none, with its volume tiers', async () => {
    const run = await solvent(
      ...['set', 'hand/chat', 'output_tokens', '0.60', '--per', '1000000'],
      ...['--tier', '1000000000:0.50', '--tier', '5000000000:0.40', '--effective', '2026-01-01'],
    );
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    const shown = '0.60 per 1,000,000 output tokens, 0.50 beyond 1,000,000,000';
    expect(run.stdout).toContain(shown);
    const list = await solvent('list', '--model', 'hand/chat');
    expect(list.stdout).toContain(`${shown}, 0.40 beyond 5,000,000,000  2026-01-01 00:00:00 UTC`);
    const again = await solvent('set', 'hand/chat', 'output_tokens', '0.6');
    expect(again.stdout).toContain('1 changed'); // It has no tiers any more.
  });

  it('a price that ended is told, and left out once it is past', async () => {
    await solvent('set', 'gone/chat', 'images', '0.04');
    const ended = await solvent('end', 'gone/chat', 'images', '--effective', '2999-01-01');
    expect(ended.stdout).toMatch(/ended +gone\/chat +no images sold +2999-01-01 00:00:00 UTC +was/);
    const json = await solvent('list', '--model', 'gone/chat', '--json');
    expect(json.json()).toMatchObject({
      data: [
        { amount: '0.04', per: 1, effectiveUntil: '2999-01-01T00:00:00.000Z', source: 'operator' },
        { amount: null, per: null, effectiveUntil: null },
      ],
    });
    const absent = await solvent('end', 'never/chat', 'images');
    expect(absent).toMatchObject({ exitCode: 1, stdout: '' });
    expect(absent.stderr).toContain('it never had a price that could end');
    expect((await solvent('list', '--model', 'nobody/chat')).stdout).toContain('no price of');
  });

  it.each([
    [['m', 'tokens', '1'], 'Meters are input_tokens'],
    [['m', 'images', '1', '--per', '0'], 'A whole number from 1'],
    [['m', 'images', '1', '--tier', '5'], 'with a colon'],
    [['m', 'images', '1', '--effective', 'tomorrow'], 'a day or an instant in UTC'],
    [['m', 'images', '1', '--effective', '2026-02-30'], 'a day or an instant in UTC'],
  ])('%j is wrong usage', async (args, says) => {
    const { exitCode, stderr } = await solvent('set', ...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(says);
  });

  it.each([
    [['m', 'images', 'cheap'], 'a price is a decimal'],
    [['m', 'images', '1e-7'], 'a price is a decimal'],
    [['m', 'images', '1', '--tier', '9:1', '--tier', '8:1'], 'each above the one before'],
    [['m', 'images', '1', '--currency', 'xyz'], 'currency_not_supported'],
  ])('%j is refused, and nothing recorded', async (args, says) => {
    const rows = await rowCount();
    const { exitCode, stderr } = await solvent('set', ...args);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(says);
    expect(await rowCount()).toBe(rows);
  });
});
