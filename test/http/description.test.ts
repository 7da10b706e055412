import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { failures } from '../../domain/failures.ts';
import { createLoneApp, type LoneApp } from './lone-app.ts';

let lone: LoneApp;
beforeAll(async () => {
  lone = await createLoneApp();
});
afterAll(() => lone.close());

interface Description {
  paths: Record<string, Record<string, { security?: unknown[]; parameters?: { name: string }[] }>>;
}

async function served(): Promise<Description> {
  return (await (await lone.app.request('/openapi.json')).json()) as Description;
}

it('the committed openapi.json is what the routes say (npm run openapi writes it)', async () => {
  const committed = await readFile(new URL('../../http/openapi.json', import.meta.url), 'utf8');
  expect(JSON.parse(committed)).toEqual(await served());
});

it('R64 every call but health and webhooks needs a key, and is refused without one', async () => {
  for (const [path, methods] of Object.entries((await served()).paths)) {
    for (const [method, { security }] of Object.entries(methods)) {
      if (security?.length === 0) continue;
      const address = path.replaceAll(/\{\w+\}/g, 'x');
      const response = await lone.app.request(address, { method: method.toUpperCase() });
      expect([method, path, response.status]).toEqual([method, path, 401]);
    }
  }
});

it('R5 every POST takes an idempotency key, but for holds and usage, whose ids are one, and what changes nothing', async () => {
  const without = Object.entries((await served()).paths)
    .filter(([, { post }]) => post !== undefined)
    .filter(([, { post }]) => !post?.parameters?.some(({ name }) => name === 'idempotency-key'))
    .map(([path]) => path);
  const holds = ['', '/{holdId}/settle', '/{holdId}/extend', '/{holdId}/release'];
  expect(without.toSorted()).toEqual(
    [
      ...holds.map((path) => `/v1/holds${path}`),
      ...['/v1/accounts/{accountId}/purchase-previews', '/v1/usage', '/webhooks/stripe'],
    ].toSorted(),
  );
});

it('the address in every problem’s type explains its code', async () => {
  for (const [code, { title }] of Object.entries(failures)) {
    const response = await lone.app.request(`/problems/${code}`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain(title.replaceAll("'", '&#39;'));
  }
  expect((await lone.app.request('/problems/nonesuch')).status).toBe(404);
});

it('the API page loads nothing from another host', async () => {
  for (const path of ['/', '/docs', '/problems']) {
    const html = await (await lone.app.request(path)).text();
    const loaded = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
    expect(loaded.length).toBeGreaterThan(0);
    for (const address of loaded) {
      expect(address).toMatch(/^[/#]/);
      if (address?.startsWith('/assets') === true || address?.includes('/docs/') === true) {
        expect((await lone.app.request(address)).status).toBe(200);
      }
    }
  }
  const script = await (await lone.app.request('/assets/reference.js')).text();
  expect(script).toContain('validatorUrl: null');
});
