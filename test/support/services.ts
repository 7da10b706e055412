import { inject } from 'vitest';

export interface TestDatabase {
  /** As role solvent_app, which is what the application uses. */
  appUrl: string;
  /** As role solvent_owner: for migrations, and for planting what the application cannot write. */
  ownerUrl: string;
}

/**
 * A migrated database of its own, a copy made in some 20 ms. Call it once per file (`beforeAll`) or
 * per test. Nothing drops it: the whole cluster goes when the run ends, and dropping would race
 * with sessions that are still closing. Give every pool an `error` listener for the same reason.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  return askTestServices<TestDatabase>('/database');
}

/** Asks the run's main process, which starts servers at first need: see global-setup.ts. */
export async function askTestServices<Answer>(path: string): Promise<Answer> {
  const response = await fetch(`${inject('testServices')}${path}`);
  if (!response.ok) throw new Error(await response.text());
  return ((await response.json()) as { value: Answer }).value;
}
