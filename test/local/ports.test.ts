import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../local/ports.ts';

describe('a free port', () => {
  it('is the preferred one when nobody listens there', async () => {
    const port = await freePort();
    expect(await freePort(port)).toBe(port);
  });

  it('is another one when somebody does', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await freePort(port)).not.toBe(port);
    server.close();
  });

  it.each([undefined, 0])('is never the wildcard (preferred %s)', async (preferred) => {
    expect(await freePort(preferred)).toBeGreaterThan(1_024);
  });

  it('is not one that an outgoing connection may take meanwhile', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
    expect(Math.max(...ports)).toBeLessThan(32_768);
  });
});
