import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLoneApp, type LoneApp } from '../http/lone-app.ts';
import { openLedger } from '../../ledger/database.ts';
import { createTestDatabase } from '../support/services.ts';
import { runSolvent } from './run-solvent.ts';

let lone: LoneApp;
let environment: Record<string, string>;
beforeAll(async () => {
  const { appUrl } = await createTestDatabase();
  lone = await createLoneApp({}, openLedger({ url: appUrl }));
  environment = { DATABASE_URL: appUrl, PUBLIC_URL: 'http://solvent.test' };
});
afterAll(() => lone.close());

it('R64 a link is for a person with an API key of role operator, works once, and is ended by name', async () => {
  const ask = (...args: string[]) => runSolvent(['operators', ...args], environment);
  expect(await ask('link')).toMatchObject({ exitCode: 2, stdout: '' });
  const refused = await ask('link', '--operator', 'ada');
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
  expect(refused.stderr).toContain('api-keys create --role operator --name ada');

  const key = ['api-keys', 'create', '--role', 'operator', '--name', 'Ada'];
  expect((await runSolvent(key, environment)).exitCode).toBe(0);
  const { stdout } = await ask('link', '--operator', 'ADA');
  expect(stdout).toMatch(/^http:\/\/solvent\.test\/operator\/sign-in\/ol_[0-9a-f]{64}\n$/);
  const link = stdout.trim().replace('http://solvent.test', '');
  const used = await lone.app.request(link, { method: 'POST' });
  expect(used.status).toBe(303);
  const cookie = (used.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const open = async () => (await lone.app.request('/operator', { headers: { cookie } })).status;
  expect(await open()).toBe(200);

  const out = await ask('sign-out', 'ada', '--operator', 'bob');
  expect(out).toMatchObject({ exitCode: 0, stdout: 'ada: 1 sessions and links ended\n' });
  expect(await open()).toBe(401);
});
