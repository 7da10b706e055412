import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { exitCodes } from '../../cli/exit-codes.ts';
import { createProgram } from '../../cli/program.ts';
import { openSession } from '../../cli/session.ts';
import { verbs as firstVerbs } from '../../cli/verbs.ts';

const documentation = readFileSync(new URL('../../docs/CLI.md', import.meta.url), 'utf8');

/** Nothing is run here, so nothing may be opened or printed. */
function refuse(): never {
  throw new Error('the documentation needs no settings');
}
const streams = { result: refuse, remark: refuse };

/** The command line as it is for one that says `words`. */
function programFor(words: readonly string[]): Promise<Command> {
  return createProgram(openSession(refuse, streams), streams, words);
}

const firstWords = firstVerbs.map(({ name }) => name);
const program = await programFor(firstWords);

interface Verb {
  readonly path: readonly string[];
  readonly command: Command;
}

function verbsOf(command: Command, path: readonly string[] = []): Verb[] {
  return command.commands.flatMap((child) => {
    const childPath = [...path, child.name()];
    return child.commands.length > 0
      ? verbsOf(child, childPath)
      : [{ path: childPath, command: child }];
  });
}
const verbs = verbsOf(program);

const placeholders: Readonly<Record<string, string>> = {
  ACCOUNT: `acct_${'0'.repeat(26)}`,
  GRANT: `grant_${'0'.repeat(26)}_${'0'.repeat(16)}`,
  PURCHASE: `pur_${'0'.repeat(26)}_${'0'.repeat(16)}`,
  ENDPOINT: `whe_${'0'.repeat(26)}_${'0'.repeat(16)}`,
  MESSAGE: `msg_${'0'.repeat(26)}_${'0'.repeat(16)}`,
};

function rowOf({ path, command }: Verb): string {
  const given = command.registeredArguments.map((argument) => `<${argument.name()}>`);
  const options = command.options.map(({ flags, mandatory }) =>
    mandatory ? `\`${flags}\` (needed)` : `\`${flags}\``,
  );
  const cells = [`\`${[...path, ...given].join(' ')}\``, command.description(), options.join(', ')];
  return `| ${cells.join(' | ')} |`.replace(/ +/g, ' ');
}

/** Prettier pads the cells of tables. */
function tableUnder(heading: string): string[] {
  const [, section = ''] = documentation.split(`\n## ${heading}\n`);
  return section
    .replace(/\n## .*/s, '')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.replace(/ +/g, ' '));
}

describe('docs/CLI.md', () => {
  it('lists every verb with its arguments, meaning and options, and no other', () => {
    expect(verbs.length).toBeGreaterThan(15);
    expect(tableUnder('All verbs')).toEqual(verbs.map(rowOf));
  });

  it('explains every exit code', () => {
    const explained = tableUnder('Output and exit codes').map((row) => Number(row.split('|')[1]));
    expect(explained).toEqual(Object.values(exitCodes));
  });

  const examples = documentation
    .split('\n')
    .filter((line) => line.startsWith('npx solvent '))
    .map((line) => line.slice('npx solvent '.length));

  it.each(examples)('its example is possible: solvent %s', (example) => {
    const words = (example.match(/"[^"]*"|\S+/g) ?? []).map((word) => placeholders[word] ?? word);
    const verb = verbs.find(({ path }) => path.every((name, index) => words[index] === name));
    if (verb === undefined) throw new Error(`no such verb: ${example}`);
    const { path, command } = verb;
    const { operands, unknown } = command.parseOptions(words.slice(path.length));
    expect(unknown.filter((word) => word !== '--json')).toEqual([]);
    expect(operands).toHaveLength(command.registeredArguments.length);
    for (const option of command.options) {
      const isGiven = command.getOptionValue(option.attributeName()) !== undefined;
      expect(isGiven || !option.mandatory, `${option.flags} is needed`).toBe(true);
    }
  });

  it('shows an example of nearly every verb', () => {
    const shown = verbs.filter(({ path }) =>
      examples.some((example) => `${example} `.startsWith(`${path.join(' ')} `)),
    );
    expect(shown.length).toBeGreaterThan(verbs.length / 2);
  });
});

describe('every verb', () => {
  it.each(verbs.map(({ path, command }) => ({ verb: path.join(' '), command })))(
    '$verb says what it, its arguments and its options are',
    ({ command }) => {
      expect(command.description()).toMatch(/^[a-z]/);
      for (const argument of command.registeredArguments) expect(argument.description).not.toBe('');
      for (const option of command.options) expect(option.description).not.toBe('');
    },
  );
});

describe('the program', () => {
  it('lists all its verbs and loads none before it is asked for one', async () => {
    const unloaded = await programFor(['--help']);
    expect(unloaded.helpInformation()).toBe(program.helpInformation());
    expect(unloaded.commands.map((command) => command.name())).toEqual(firstWords);
    expect(verbsOf(unloaded).map(({ path }) => path)).toEqual(firstWords.map((word) => [word]));
    const [asked, ...others] = (await programFor(['--json', 'accounts', 'show'])).commands;
    expect(asked?.commands.map((command) => command.name())).toContain('show');
    expect(others.flatMap(({ commands }) => commands)).toEqual([]);
  });
});
