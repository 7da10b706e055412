import { beforeAll, describe, expect, test } from 'vitest';
import { createActivities } from '../../activities/create-activities.ts';
import type { Dependencies } from '../../activities/dependencies.ts';
import * as collectionMessages from '../../workflows/collection-messages.ts';
import * as messages from '../../workflows/messages.ts';
import { contentsOf } from '../histories/history-contents.ts';
import { privateDataIn } from '../histories/privacy.ts';
import { packageVersion, readRecordings } from '../histories/recordings.ts';
import { replayAll, type Replay } from '../histories/replay.ts';
import { requiredRecordings } from '../histories/required.ts';
import { workflowBundlePath } from '../support/temporal.ts';

/**
 * Recorded histories of every version, replayed against today's workflows: a run that an earlier
 * version began is carried on by this one. CONTRIBUTING.md says when to record.
 */
const recordings = readRecordings();
const version = packageVersion();
const ofThisVersion = new Map(
  recordings
    .filter((recording) => recording.version === version)
    .map(({ name, history }) => [name, contentsOf(history)]),
);

describe('today’s workflows carry on what was recorded', () => {
  let replays: Replay[] = [];
  beforeAll(async () => {
    replays = await replayAll(recordings, { codePath: await workflowBundlePath() });
    console.log(`Replayed:\n${replays.map(({ name }) => name).join('\n')}`);
  });

  test.each(recordings)('$name', ({ name }) => {
    const replay = replays.find((one) => one.name === name);
    expect(replay, 'it was not replayed').toBeDefined();
    expect(replay?.refusal).toBeNull();
  });
});

describe('this version has recorded', () => {
  test.each(requiredRecordings)('$type that is $status: $name', ({ name, type, status }) => {
    const contents = ofThisVersion.get(`${version}/${name}`);
    expect(contents, 'it has no recording: npm run histories:record').toBeDefined();
    expect(contents).toMatchObject({ type, status });
  });

  test('every activity, each in one history at least', () => {
    const recorded = new Set([...ofThisVersion.values()].flatMap((one) => [...one.activities]));
    // Activities are made over their dependencies and touch none before they are called.
    const all = Object.keys(createActivities({} as Dependencies));
    expect(all.filter((name) => !recorded.has(name))).toEqual([]);
  });

  test('every update and signal, each in one history at least', () => {
    const recorded = new Set([...ofThisVersion.values()].flatMap((one) => [...one.messages]));
    const { operationUpdates, ...others } = collectionMessages;
    const all = Object.values({ ...messages, ...others, ...operationUpdates }).flatMap((one) =>
      typeof one === 'object' && 'type' in one && one.type !== 'query' ? [one.name] : [],
    );
    expect(all).toContain('processorEvent');
    expect(all).toContain('promiseToPay');
    expect(all.filter((name) => !recorded.has(name))).toEqual([]);
  });
});

describe('a recording can be shown to anyone', () => {
  test.each(recordings)('$name holds no mail, card number or secret', ({ history }) => {
    expect(privateDataIn(history, [])).toEqual([]);
  });

  const secrets = [
    'ada@example.com',
    'Ada Lovelace',
    '4242424242424242',
    'sk_test_abc',
    'whsec_abc',
    'pi_1_secret_2',
  ];
  test.each(secrets)('%s is found, in the open and inside a payload', (secret) => {
    const eventType = 'EVENT_TYPE_ACTIVITY_TASK_COMPLETED';
    const data = Buffer.from(JSON.stringify({ text: secret })).toString('base64');
    const inPayload = { eventType, result: { payloads: [{ metadata: {}, data }] } };
    const inTheOpen = { eventType, reason: `of ${secret}` };
    for (const event of [inPayload, inTheOpen]) {
      expect(privateDataIn({ events: [event] }, ['Ada Lovelace'])).toHaveLength(1);
    }
  });
});
