import { test } from 'vitest';
import { comparePlays } from './model-agreement.ts';

test('300 random sequences of calls go as an independent model says', async () => {
  await comparePlays(300);
});
