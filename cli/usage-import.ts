import { open } from 'node:fs/promises';
import { readUsageEvent } from '../domain/usage-report.ts';
import { openPrices } from '../ledger/prices.ts';
import { usageKeyOf } from '../ledger/usage-key.ts';
import { openUsageDesk, type ReportedEvent, type UsageDesk } from '../ledger/usage.ts';
import { CommandEnded } from './command-ended.ts';
import { exitCodes } from './exit-codes.ts';
import type { Session } from './session.ts';

const eventsInRequest = 1_000;
const progressEvery = 50_000;
/** More are counted and not shown. */
const mostShown = 20;

/** One line of the file: an event, or why it is none. */
type Line =
  | { readonly number: number; readonly event: ReportedEvent }
  | { readonly number: number; readonly fault: string };

interface Counts {
  accepted: number;
  duplicate: number;
  conflict: number;
  rejected: number;
}

/**
 * Reports a file of usage, a thousand events at a time. It may be ended at any point and run again:
 * what was told before is a duplicate. Ends with an error where lines were refused.
 */
export async function importUsage(file: string, session: Session): Promise<void> {
  const ledger = await session.ledger();
  const desk = openUsageDesk(ledger, openPrices(ledger));
  const counts: Counts = { accepted: 0, duplicate: 0, conflict: 0, rejected: 0 };
  let shown = 0;
  const refuse = (number: number, message: string) => {
    if ((shown += 1) <= mostShown) session.remark(`line ${number}: ${message}`);
  };
  let lines: Line[] = [];
  for await (const line of linesOf(file, session)) {
    lines.push(line);
    if (lines.length < eventsInRequest) continue;
    await tell(lines, { desk, session, counts, refuse });
    lines = [];
    const told = total(counts);
    if (told % progressEvery === 0) session.remark(`${told} lines told`);
  }
  await tell(lines, { desk, session, counts, refuse });
  if (shown > mostShown) session.remark(`… and ${shown - mostShown} lines more`);
  session.print({ lines: total(counts), ...counts }, () =>
    Object.entries({ lines: total(counts), ...counts })
      .map(([name, count]) => `${name}: ${count}`)
      .join(', '),
  );
  if (counts.conflict + counts.rejected > 0) throw new CommandEnded(exitCodes.failed);
}

interface Telling {
  readonly desk: UsageDesk;
  readonly session: Session;
  readonly counts: Counts;
  readonly refuse: (number: number, message: string) => void;
}

async function tell(
  lines: readonly Line[],
  { desk, session, counts, refuse }: Telling,
): Promise<void> {
  const told = lines.flatMap((line) => ('event' in line ? [line] : []));
  const events = told.map(({ event }) => event);
  const policies = await session.policies.read();
  const { answers } = await desk.report({ events, policies, nowMs: session.nowMs() });
  for (const line of lines) {
    if (!('fault' in line)) continue;
    counts.rejected += 1;
    refuse(line.number, line.fault);
  }
  for (const [index, answer] of answers.entries()) {
    counts[answer.status] += 1;
    if ('refusal' in answer) refuse(told[index]?.number ?? 0, answer.refusal.message);
  }
}

function total({ accepted, duplicate, conflict, rejected }: Counts): number {
  return accepted + duplicate + conflict + rejected;
}

async function* linesOf(file: string, session: Session): AsyncGenerator<Line> {
  let number = 0;
  try {
    const handle = await open(file);
    for await (const text of handle.readLines()) {
      number += 1;
      if (text.trim() !== '') yield lineOf(text, number);
    }
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    session.remark(`The file cannot be read: ${error.message}`);
    throw new CommandEnded(exitCodes.failed);
  }
}

function lineOf(text: string, number: number): Line {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { number, fault: `no JSON: ${(error as Error).message}` };
  }
  const read = readUsageEvent(json);
  if (read.status === 'refused') return { number, fault: read.message };
  const { id, source, ...usage } = read.usage;
  return { number, event: { ...usage, usageKey: usageKeyOf({ id, source }) } };
}
