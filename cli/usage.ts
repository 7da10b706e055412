import { randomUUID } from 'node:crypto';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { decimal, instant } from '../domain/answer-values.ts';
import { accountNowMs } from '../domain/account-time.ts';
import { meterNames, meters, parseQuantity, type Meter } from '../domain/meter.ts';
import { SolventError } from '../domain/failures.ts';
import type { MeteredQuantity } from '../domain/usage.ts';
import { openPrices } from '../ledger/prices.ts';
import { usageKeyOf } from '../ledger/usage-key.ts';
import { openUsageDesk } from '../ledger/usage.ts';
import { accountState } from './account-state.ts';
import { accountId, idempotencyKey, instantMs } from './arguments.ts';
import { CommandEnded } from './command-ended.ts';
import { exitCodes } from './exit-codes.ts';
import type { Session } from './session.ts';
import { addCorrectionVerb } from './usage-correction.ts';
import { importUsage } from './usage-import.ts';
import { money } from './words.ts';

interface ReportOptions {
  time?: number;
  hold?: string;
  key?: string;
}

export function addUsageVerbs(usage: Command, session: Session): void {
  const report = usage
    .command('report')
    .description('report what a request used, and charge it')
    .argument('<account>', 'account id', accountId)
    .argument('<model>', 'as the price book names it');
  for (const name of meterNames) report.addOption(meterOption(name));
  report
    .option('--time <instant>', 'when it was used; else now', instantMs)
    .option('--hold <hold>', 'the hold it ran under, which it settles')
    .option(
      '--key <key>',
      'the event’s id: told again with the same, it counts once',
      idempotencyKey,
    )
    .action((account: string, model: string, options: ReportOptions & MeterOptions) =>
      reportOne(account, model, options, session),
    );
  usage
    .command('import')
    .description('report the CloudEvents of a file, one a line; told again, each counts once')
    .argument('<file>', 'JSON lines, as POST /v1/usage takes them')
    .action((file: string) => importUsage(file, session));
  addCorrectionVerb(usage, session);
}

/** Commander names an option's value in camel case. */
type MeterOptions = Readonly<Record<string, unknown>>;

function meterOption(name: Meter): Option {
  const flag = `--${name.replaceAll('_', '-')} <count>`;
  return new Option(flag, `how many ${meters[name].units}`).argParser((text) => {
    const read = parseQuantity(text, name);
    if (read.status === 'read') return read.quantity;
    throw new InvalidArgumentError(`It ${read.message}.`);
  });
}

function quantitiesOf(options: MeterOptions): MeteredQuantity[] {
  return meterNames.flatMap((meter) => {
    const quantity = options[meter.replace(/_\w/g, ([, letter = '']) => letter.toUpperCase())];
    return quantity === undefined
      ? []
      : [{ meter, quantity: quantity as MeteredQuantity['quantity'] }];
  });
}

/** Throws SolventError account_not_found, and what the event was refused for. */
async function reportOne(
  account: string,
  model: string,
  options: ReportOptions & MeterOptions,
  session: Session,
): Promise<void> {
  const { hold = null, key = randomUUID() } = options;
  const quantities = quantitiesOf(options);
  if (quantities.length === 0) {
    session.remark('Say what was used, as --input-tokens 1200.');
    throw new CommandEnded(exitCodes.wrongUsage);
  }
  const ledger = await session.ledger();
  const { account: owner } = await accountState(session, account);
  const occurredAtMs = options.time ?? accountNowMs(owner, session.nowMs());
  if (options.key === undefined || options.time === undefined) {
    session.remark(`To repeat this safely: --key ${key} --time ${instant(occurredAtMs)}`);
  }
  const event = {
    accountId: account,
    occurredAtMs,
    model,
    quantities,
    holdId: hold,
    usageKey: usageKeyOf({ source: 'solvent usage report', id: key }),
  };
  const policies = await session.policies.read();
  const desk = openUsageDesk(ledger, openPrices(ledger));
  const told = await desk.report({ events: [event], policies, nowMs: session.nowMs() });
  const [answer] = told.answers;
  if (answer === undefined) throw new Error('the event was not answered');
  if ('refusal' in answer) throw new SolventError(answer.refusal);
  const { charged, writtenOff } = told.charged[0] ?? {};
  const became = answer.status === 'accepted' ? { hold: answer.hold } : {};
  const { currency } = owner;
  const amounts =
    charged === undefined || writtenOff === undefined
      ? { charged: null, writtenOff: null }
      : { charged: decimal(charged, currency), writtenOff: decimal(writtenOff, currency) };
  session.print({ status: answer.status, key, currency, ...amounts, ...became }, () => {
    if (charged === undefined || writtenOff === undefined) return 'duplicate: it was told before';
    const rest = writtenOff === 0 ? '' : `; ${money(writtenOff, currency)} written off (R21)`;
    return `accepted: ${money(charged, currency)} charged${rest}`;
  });
}
