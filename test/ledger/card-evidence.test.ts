import { describe, expect, it } from 'vitest';
import { parseBinLines } from '../../ledger/bin-file.ts';
import { importBinRanges } from '../../ledger/bin-ranges.ts';
import { readCardEvidence, refuseFingerprint } from '../../ledger/card-evidence.ts';
import { nowMs, useLedger } from './ledger-fixture.ts';

const test = useLedger();

const load = (lines: readonly string[], source = 'operator') =>
  importBinRanges(test.ledger, {
    ...{ source, lines: ['start,end,funding', ...lines], actor: 'test', nowMs },
  });
const ask = async (iin: string | null, wallet: string | null = null) =>
  (await readCardEvidence(test.ledger, { fingerprint: null, iin, wallet })).binAnswer;

describe('R10 the table of card number ranges', () => {
  it('says nothing before it was imported', async () => {
    expect(await ask('420000')).toBe('not_available');
  });

  it.each([
    ['the range that holds the digits', ['420000,420009,prepaid'], '420005', 'prepaid'],
    ['the last number of a range', ['420000,420009,prepaid'], '420009', 'prepaid'],
    ['no range', ['420000,420009,prepaid'], '420010', 'not_available'],
    ['the narrower range', ['420000,429999,debit', '420100,420199,prepaid'], '420150', 'prepaid'],
    ['the wider range', ['420000,429999,debit', '420100,420199,prepaid'], '420200', 'debit'],
    ['a range of more digits', ['42000012,42000013,prepaid'], '42000012', 'prepaid'],
    ['only a part of the digits', ['42000012,42000013,prepaid'], '420000', 'not_available'],
    [
      'digits that a narrower range splits',
      ['420000,420000,debit', '42000012,42000013,prepaid'],
      ...['420000', 'not_available'],
    ],
    [
      'digits that narrower ranges agree on',
      ['420000,420000,debit', '42000012,42000013,debit'],
      ...['420000', 'debit'],
    ],
    ['digits too short to tell', ['420000,420009,prepaid'], '4200', 'not_available'],
  ] as [string, string[], string, string][])('for %s', async (_, lines, iin, answer) => {
    await load(lines);
    expect(await ask(iin)).toBe(answer);
  });

  it('is not asked for a wallet’s number, or without first digits', async () => {
    await load(['420000,420009,prepaid']);
    expect(await ask('420000', 'apple_pay')).toBe('not_available');
    expect(await ask(null)).toBe('not_available');
  });

  it('takes prepaid where two sources disagree about the same range', async () => {
    await load(['420000,420009,debit'], 'one');
    await load(['420000,420009,prepaid'], 'two');
    expect(await ask('420000')).toBe('prepaid');
    await load([], 'two');
    await load([], 'one');
  });

  it('replaces what its source said before, and nothing when a line is wrong', async () => {
    const many = Array.from(
      { length: 2_500 },
      (_, index) => `${500_000 + index},${500_000 + index},debit`,
    );
    expect(await load(many)).toEqual({ ranges: 2_500 });
    expect([await ask('502499'), await ask('420000')]).toEqual(['debit', 'not_available']);
    await expect(load([...many.slice(0, 1_500), 'x'])).rejects.toThrow('line 1502: ');
    await expect(load([...many, '500007,500007,debit'])).rejects.toThrow(
      'line 2502: this range stands in the file twice',
    );
    expect(await ask('502499')).toBe('debit');
  });
});

describe('parseBinLines', () => {
  const parse = async (lines: readonly string[]) => {
    const ranges = [];
    for await (const range of parseBinLines(lines)) ranges.push(range);
    return ranges;
  };

  it('fills prefixes up and passes over comments', async () => {
    const lines = ['\uFEFF# from the bank', 'Start,End,Funding', '', ' 420000 , 4200091 , debit '];
    expect(await parse(lines)).toEqual([
      { start: 42_000_000_000, end: 42_000_919_999, funding: 'debit', line: 4 },
    ]);
  });

  it.each([
    [['420000,420009,debit'], 'line 1: the header must be start,end,funding'],
    [['start,end,funding', '420000,420009'], 'line 2: a range has three fields'],
    [['start,end,funding', '42000,420009,debit'], 'line 2: start and end must be 6 to 11 digits'],
    [['start,end,funding', '420000,42000x,debit'], 'line 2: start and end must be 6 to 11 digits'],
    [['start,end,funding', '', '420009,420000,debit'], 'line 3: start lies after end'],
    [
      ['start,end,funding', '420000,420009,gift'],
      'line 2: funding must be credit, debit or prepaid',
    ],
    [['# nothing'], 'line 1: the file is empty'],
  ])('refuses %j', async (lines, message) => {
    await expect(parse(lines)).rejects.toThrow(message);
  });
});

describe('R10 a refused fingerprint', () => {
  it('stays refused, for the first reason', async () => {
    const card = { fingerprint: 'fp_1', iin: null, wallet: null };
    expect(await readCardEvidence(test.ledger, card)).toEqual({
      ...{ fingerprintRefused: false, binAnswer: 'not_available' },
    });
    for (const source of ['processor', 'bin_table']) {
      await refuseFingerprint(test.ledger, { fingerprint: 'fp_1', source, nowMs });
    }
    const { fingerprintRefused } = await readCardEvidence(test.ledger, card);
    expect(fingerprintRefused).toBe(true);
    const { rows } = await test.asSuperuser('select source from refused_cards');
    expect(rows).toEqual([{ source: 'processor' }]);
  });
});
