import { Command } from 'commander';
import type { Session, Streams } from './session.ts';
import { verbs } from './verbs.ts';

const exitCodeHelp = `
Exit codes: 0 done; 1 refused, declined or failed; 2 wrong usage or a setting is missing;
3 not known yet, or a part does not answer (repeat with the same --key).

Addresses come from the environment, or from the stack that \`npm start\` runs.`;

/**
 * The command line, with the verbs that `words` name loaded and all others as `--help` lists them.
 * Throws CommanderError where it is used wrongly, or asked for help.
 */
export async function createProgram(
  session: Session,
  streams: Streams,
  words: readonly string[],
): Promise<Command> {
  const program = new Command('solvent')
    .description('Sell, keep and account for prepaid credits')
    .option('--json', 'print results as JSON')
    .addHelpText('after', exitCodeHelp)
    .exitOverride()
    .showHelpAfterError('Add --help for what is possible.')
    .configureOutput({
      writeOut: streams.result,
      writeErr: streams.remark,
      outputError: (text, write) => {
        write(text.replace(/^error: /, ''));
      },
    })
    .hook('preAction', (_, action) => {
      session.json = action.optsWithGlobals<{ json?: true }>().json === true;
    });
  for (const { name, description, load } of verbs) {
    const command = program.command(name).description(description);
    if (words.includes(name)) (await load())(command, session);
  }
  // Set last, so that the verbs do not inherit it: what one takes is known when it is loaded.
  return program.configureHelp({ subcommandTerm: (command) => command.name() });
}
