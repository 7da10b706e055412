import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { cardPlays } from './card-plays.ts';
import { collectionPlays, starterPlays } from './collection-plays.ts';
import { contentsOf } from './history-contents.ts';
import { invoicePlays } from './invoice-plays.ts';
import { privateDataIn, withoutMachine } from './privacy.ts';
import { purchasePlays } from './purchase-plays.ts';
import { isReleased, packageVersion, removeOthers, writeRecording } from './recordings.ts';
import { regularPlays } from './regular-plays.ts';
import { requiredRecordings, type RecordingName } from './required.ts';
import { email, fullName, historyOf, type Play } from './stage.ts';
import { webhookPlays } from './webhook-plays.ts';

/**
 * Plays every way a workflow can go on real servers and writes its history down. Not a test, but
 * run as one by `npm run histories:record`, for the servers that tests have.
 */
const version = packageVersion();
const besideOthers = { ...purchasePlays, ...cardPlays, ...webhookPlays, ...collectionPlays };
const alone = { ...regularPlays, ...invoicePlays, ...starterPlays };
const plays: Readonly<Record<RecordingName, Play>> = { ...besideOthers, ...alone };

beforeAll(() => {
  if (isReleased(version)) {
    throw new Error(`${version} is released, and its recordings stay. Raise the version first.`);
  }
  removeOthers(version, Object.keys(plays));
});

describe('beside others', () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startTestStack();
  });
  afterEach(() => {
    stack.sandbox.controls.clearFaults();
  });
  afterAll(() => stack.close());

  test.each(namesOf(besideOthers))('%s', (name) => record(stack, name), 120_000);
});

describe('alone', () => {
  let stack: TestStack | undefined;
  afterEach(() => stack?.close());

  test.each(namesOf(alone))(
    '%s',
    async (name) => {
      stack = await startTestStack();
      await record(stack, name);
    },
    120_000,
  );
});

async function record(stack: TestStack, name: RecordingName): Promise<void> {
  const history = withoutMachine(await historyOf(stack, await plays[name](stack)));
  const { type, status } = contentsOf(history);
  expect({ name, type, status }).toEqual(requiredRecordings.find((one) => one.name === name));
  expect(privateDataIn(history, [email, fullName])).toEqual([]);
  writeRecording(version, name, history);
}

function namesOf<Name extends RecordingName>(of: Readonly<Record<Name, Play>>): Name[] {
  return Object.keys(of) as Name[];
}
