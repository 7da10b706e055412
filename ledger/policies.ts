import { recordedPolicy } from '../domain/policy-json.ts';
import type { PolicyActivation, PolicySchedule } from '../domain/policy-schedule.ts';
import type { Ledger, Session } from './database.ts';
import { LedgerUnavailable } from './errors.ts';

/** Where a process learns which policy is in force when. */
export interface Policies {
  /** @throws LedgerUnavailable; an old copy is never used instead. */
  read(): Promise<PolicySchedule>;
}

/** A copy that is older is read again. */
const maximumAgeMs = 20_000;

/** Two clocks, since each alone can hide time: one stands still in sleep, one can be set back. */
interface Clocks {
  readonly elapsedMs: () => number;
  readonly wallMs: () => number;
}
const clocks: Clocks = { elapsedMs: () => performance.now(), wallMs: () => Date.now() };

/**
 * The schedule, kept as a copy for 20 seconds. No copy misses a change that is in force (B15): an
 * activation takes effect 60 seconds after it is recorded at the earliest, which the table itself
 * sees to when the change commits. So a copy read at R knows all that take effect before R + 60 s,
 * and decides for instants up to R + 20 s; the 40 s between are for clocks that differ, and for a
 * decision that took its time before it asked for the schedule. Only an account whose test clock is
 * ahead of the real one may see a new activation up to 20 seconds late.
 */
export function openPolicies(ledger: Ledger, { elapsedMs, wallMs }: Clocks = clocks): Policies {
  let copy: { schedule: PolicySchedule; elapsedAtMs: number; wallAtMs: number } | undefined;
  let reading: Promise<void> | undefined;
  const fresh = () => {
    if (copy === undefined) return undefined;
    const age = Math.max(elapsedMs() - copy.elapsedAtMs, Math.abs(wallMs() - copy.wallAtMs));
    return age <= maximumAgeMs ? copy.schedule : undefined;
  };
  const readAgain = async () => {
    // Taken before the question: an activation may be recorded while the answer is on its way.
    const [elapsedAtMs, wallAtMs] = [elapsedMs(), wallMs()];
    const schedule = await readSchedule(ledger);
    copy = { schedule, elapsedAtMs, wallAtMs };
  };
  return {
    async read() {
      const known = fresh();
      if (known !== undefined) return known;
      reading ??= readAgain().finally(() => {
        reading = undefined;
      });
      await reading;
      const read = fresh();
      if (read === undefined) throw new LedgerUnavailable('reading the policies took too long');
      return read;
    },
  };
}

/** The schedule as it is recorded now. */
export async function readSchedule(ledger: Ledger): Promise<PolicySchedule> {
  return scheduleOf(await ledger.run<ScheduleRow>(scheduleQuery));
}

/** As {@link readSchedule}, within a transaction. */
export async function readScheduleIn(session: Session): Promise<PolicySchedule> {
  return scheduleOf(await session.read<ScheduleRow>(scheduleQuery));
}

interface ScheduleRow {
  readonly effectiveAtMs: number | null;
  readonly values: unknown;
}

const scheduleQuery = `
  select effective_at as "effectiveAtMs", values
  from policy_activations join policies using (version)
  order by effective_at nulls first, activation_id`;

function scheduleOf(rows: readonly ScheduleRow[]): PolicySchedule {
  const [first, ...later] = rows.map(({ effectiveAtMs, values }): PolicyActivation => {
    return { effectiveAtMs: effectiveAtMs ?? 0, policy: recordedPolicy(values) };
  });
  if (first === undefined) throw new Error('no policy is in force: was the ledger migrated?');
  return [first, ...later];
}

export interface RecordedVersion {
  readonly version: string;
  readonly actor: string;
  readonly recordedAtMs: number;
}

export interface RecordedActivation extends RecordedVersion {
  /** Null: it has no beginning. */
  readonly effectiveAtMs: number | null;
}

/** All versions and all activations, each in the order in which they were recorded. */
export async function listPolicies(ledger: Ledger): Promise<{
  readonly versions: readonly RecordedVersion[];
  readonly activations: readonly RecordedActivation[];
}> {
  const [versions, activations] = await Promise.all([
    ledger.run<RecordedVersion>(
      `select version, actor, recorded_at as "recordedAtMs" from policies
       order by recorded_at, version`,
    ),
    ledger.run<RecordedActivation>(
      `select version, effective_at as "effectiveAtMs", actor, recorded_at as "recordedAtMs"
       from policy_activations order by activation_id`,
    ),
  ]);
  return { versions, activations };
}
