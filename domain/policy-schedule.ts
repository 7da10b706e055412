import type { Policy } from './policy.ts';

/** From when on a policy is in force. */
export interface PolicyActivation {
  /** Milliseconds since 1970. Of no weight on a schedule's first row, which has no beginning. */
  readonly effectiveAtMs: number;
  readonly policy: Policy;
}

/** Which policy is in force when, in the order of time (R68). There is always one. */
export type PolicySchedule = readonly [PolicyActivation, ...PolicyActivation[]];

/**
 * The policy in force at `nowMs`, an account's own time: at its very beginning already. Where two
 * begin at the same instant, the later row counts.
 */
export function policyAt([first, ...later]: PolicySchedule, nowMs: number): Policy {
  return (later.findLast(({ effectiveAtMs }) => effectiveAtMs <= nowMs) ?? first).policy;
}

/** A schedule that never changes. */
export function onlyPolicy(policy: Policy): PolicySchedule {
  return [{ effectiveAtMs: 0, policy }];
}

/** The schedule with one activation more; it takes the place of one at the same instant. */
export function withActivation(
  [first, ...later]: PolicySchedule,
  activation: PolicyActivation,
): PolicySchedule {
  const { effectiveAtMs } = activation;
  return [
    first,
    ...later.filter((row) => row.effectiveAtMs < effectiveAtMs),
    activation,
    ...later.filter((row) => row.effectiveAtMs > effectiveAtMs),
  ];
}

/** True where the version is in force at `nowMs`, or will be. */
export function isInForceFrom(schedule: PolicySchedule, version: string, nowMs: number): boolean {
  const [, ...later] = schedule;
  return (
    policyAt(schedule, nowMs).version === version ||
    later.some((row) => row.effectiveAtMs > nowMs && row.policy.version === version)
  );
}
