import { once } from 'node:events';
import { Agent, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { expect, it } from 'vitest';
import { stopServing } from '../../http/stopping.ts';

/** Asks again as soon as it was answered, on the connection that it has. Resolves when it is cut off. */
function askAgainAndAgain(port: number, answered: () => void): Promise<string> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return new Promise((resolve) => {
    const ask = () => {
      get({ host: '127.0.0.1', port, agent }, (response) => {
        answered();
        response.resume().once('end', ask);
      }).once('error', (error: NodeJS.ErrnoException) => {
        agent.destroy();
        resolve(error.code ?? error.message);
      });
    };
    ask();
  });
}

it('a server that is to stop ends, however busy a client keeps its connection', async () => {
  let requests = 0;
  const handler = () => {
    requests += 1;
    if (requests === 3) stopServing(server, () => server.emit('stopped'));
    return new Response('answered');
  };
  const server = serve({ fetch: handler, hostname: '127.0.0.1', port: 0 }) as Server;
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let answers = 0;
  const stopped = once(server, 'stopped');
  const cutOff = askAgainAndAgain(port, () => {
    answers += 1;
  });
  await stopped;
  // What was asked was answered; only a new connection is refused.
  expect(await cutOff).toBe('ECONNREFUSED');
  expect({ requests, answers }).toEqual({ requests: 4, answers: 4 });
});
