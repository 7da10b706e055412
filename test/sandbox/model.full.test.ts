import { test } from 'vitest';
import { comparePlays } from './model-agreement.ts';

test('10,000 random sequences of calls go as an independent model says', async () => {
  await comparePlays(10_000);
});
