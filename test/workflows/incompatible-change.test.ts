import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contentsOf } from '../histories/history-contents.ts';
import { readRecordings } from '../histories/recordings.ts';
import { replayAll } from '../histories/replay.ts';
import type { WorkflowType } from '../histories/required.ts';
// Quiets the SDK's log, before any worker.
import '../support/temporal.ts';

/**
 * The replay of recorded histories must be able to fail: a copy of the workflows is changed in ways
 * that would block runs under way, and the replay has to refuse just those runs.
 */
interface Change {
  readonly what: string;
  readonly type: WorkflowType;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The histories that reach the changed place. */
  readonly reaches: (history: ReturnType<typeof contentsOf>) => boolean;
}

const changes: readonly Change[] = [
  {
    what: 'a step moved',
    type: 'purchase',
    file: 'workflows/purchase.ts',
    from: `    run.conclude(outcome);
    await deliverNotices(run);`,
    to: `    await deliverNotices(run);
    run.conclude(outcome);`,
    reaches: ({ status }) => status !== 'pending' && status !== 'requires_action',
  },
  {
    what: 'a step replaced',
    type: 'cardSetup',
    file: 'workflows/card-setup.ts',
    from: 'await step.checkCard({',
    to: 'await step.readSetup({',
    reaches: ({ activities }) => activities.has('checkCard'),
  },
  {
    what: 'a step added',
    type: 'cardRemoval',
    file: 'workflows/card-removal.ts',
    from: `  return { status: 'removed' };`,
    to: `  await step.detachCard({ paymentMethodId, idempotencyKey: 'again' });
  return { status: 'removed' };`,
    reaches: ({ status }) => status === 'removed',
  },
  {
    what: 'a step left out',
    type: 'sweep',
    file: 'workflows/sweep.ts',
    from: '  await step.markWebhooksRelayed(',
    to: '  void (',
    reaches: ({ activities }) => activities.has('markWebhooksRelayed'),
  },
];

const root = join(import.meta.dirname, '../..');
const copies: string[] = [];
const recordings = readRecordings();
const refused = new Map<string, Error | null>();

beforeAll(async () => {
  const bundle = await bundleChanged(changes);
  for (const { name, refusal } of await replayAll(recordings, bundle)) refused.set(name, refusal);
});

afterAll(() => {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
});

/** Today's workflows, bundled from a copy in which the changes are made. */
async function bundleChanged(
  edits: readonly Pick<Change, 'file' | 'from' | 'to'>[],
): Promise<{ code: string }> {
  const copy = mkdtempSync(join(tmpdir(), 'solvent-changed-'));
  copies.push(copy);
  for (const folder of ['workflows', 'domain']) {
    cpSync(join(root, folder), join(copy, folder), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
  for (const { file, from, to } of edits) {
    const source = readFileSync(join(copy, file), 'utf8');
    if (source.split(from).length !== 2) {
      throw new Error(`${file} has no longer the one place that this test changes:\n${from}`);
    }
    writeFileSync(join(copy, file), source.replace(from, to));
  }
  const workflowsPath = join(copy, 'workflows/index.ts');
  return bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
}

describe.each(changes)('$what in $type', ({ type, reaches }) => {
  const ofType = recordings.filter(({ history }) => contentsOf(history).type === type);
  const [reaching, others] = [true, false].map((wanted) =>
    ofType.filter(({ history }) => reaches(contentsOf(history)) === wanted),
  );

  test('is refused by every history that reaches it', () => {
    expect(reaching?.length).toBeGreaterThan(0);
    const answers = reaching?.map(({ name }) => `${name}: ${refused.get(name)?.name}`);
    expect(answers).toEqual(reaching?.map(({ name }) => `${name}: DeterminismViolationError`));
  });

  test('leaves the others alone', () => {
    expect(others?.filter(({ name }) => refused.get(name) !== null)).toEqual([]);
  });
});

test('a workflow without a change replays as before', () => {
  const watches = recordings.filter(({ history }) => contentsOf(history).type === 'paymentWatch');
  expect(watches.map(({ name }) => refused.get(name))).toEqual(watches.map(() => null));
});

test('the same change behind patched() is refused by none', async () => {
  const { file, from, to } = changes[0] as Change;
  const begin = 'export async function purchase(';
  const bundle = await bundleChanged([
    { file, from, to: `if (patched('moved')) {\n${to}\n} else {\n${from}\n}` },
    { file, from: begin, to: `import { patched } from '@temporalio/workflow';\n${begin}` },
  ]);
  const replays = await replayAll(recordings, bundle);
  expect(replays).toHaveLength(recordings.length);
  expect(replays.filter(({ refusal }) => refusal !== null)).toEqual([]);
});
