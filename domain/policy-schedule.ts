import type { Policy } from './policy.ts';

/** From when on a policy is in force. */
export interface PolicyActivation {
  /** Milliseconds since 1970. Of no weight on a schedule's first row, which has no beginning. */
  readonly effectiveAtMs: number;
  readonly policy: Policy;
}

/** Which policy is in force when, in the order of time (R68). There is always one. */
export type PolicySchedule = readonly [PolicyActivation, ...PolicyActivation[]];

/** The policy in force at `nowMs`, an account's own time: at its very beginning already. */
export function policyAt([first, ...later]: PolicySchedule, nowMs: number): Policy {
  return (later.findLast(({ effectiveAtMs }) => effectiveAtMs <= nowMs) ?? first).policy;
}

/** A schedule that never changes. */
export function onlyPolicy(policy: Policy): PolicySchedule {
  return [{ effectiveAtMs: 0, policy }];
}
