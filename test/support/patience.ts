/**
 * How long a test waits for what must come, in milliseconds. It ends a test that hangs and measures
 * nothing: what takes a second here may take a minute on a busy machine. `expect.poll` has it by
 * vitest.config.ts.
 */
export const patienceMs = 180_000;
