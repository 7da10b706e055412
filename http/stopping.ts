import type { Server } from 'node:http';

/**
 * Takes no more connections, and calls back once the requests under way are answered. Node alone
 * would go on serving whoever keeps a connection busy, for ever: each answer from now on ends its
 * connection, and the next request of that client finds another process.
 */
export function stopServing(
  server: Pick<Server, 'close' | 'prependListener'>,
  stopped: () => void,
): void {
  server.prependListener('request', (_request, response) => {
    response.setHeader('connection', 'close');
  });
  server.close(stopped);
}
