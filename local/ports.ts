import { connect, createServer } from 'node:net';

/** A port of 127.0.0.1 nobody listens on: the preferred one if free, else any. */
export async function freePort(preferred = 0): Promise<number> {
  if (preferred !== 0 && (await answers(preferred))) return freePort();
  const port = (await tryPort(preferred)) ?? (await tryPort(0));
  if (port === undefined) throw new Error('127.0.0.1 has no free port');
  return port;
}

/** Asked besides listening: some systems let two listen on one port, for different addresses. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' ? address?.port : undefined);
      });
    });
  });
}
