import type { Policy } from '../domain/policy.ts';
import { onlyPolicy, type PolicySchedule } from '../domain/policy-schedule.ts';

/** Where a process learns which policy is in force when. */
export interface Policies {
  read(): Promise<PolicySchedule>;
}

/** One policy for ever, without a database. */
export function fixedPolicies(policy: Policy): Policies {
  const schedule = onlyPolicy(policy);
  return { read: () => Promise.resolve(schedule) };
}
