import { activityInfo, heartbeat } from '@temporalio/activity';
import { toApplicationFailure } from './failures.ts';

type Activity = (input: never) => Promise<unknown>;

/** Well below the heartbeat timeout of `workflows/proxies.ts`. */
const heartbeatEveryMs = 1_000;

/**
 * What every activity gets around it: a sign of life while it lasts, so that another worker takes
 * over soon after this one died, and failures that say whether a retry helps.
 */
export function supervised<Activities extends Record<string, Activity>>(
  activities: Activities,
): Activities {
  const wrapped = Object.entries(activities).map(([name, activity]) => [
    name,
    async (input: never) => {
      const { isLocal } = activityInfo();
      const beat = isLocal ? undefined : setInterval(heartbeat, heartbeatEveryMs);
      try {
        return await activity(input);
      } catch (error) {
        throw toApplicationFailure(error);
      } finally {
        clearInterval(beat);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as Activities;
}
