import { connect, createServer } from 'node:net';

/**
 * Below the range systems hand out to outgoing connections (from 32768 on Linux, 49152 elsewhere):
 * a port from that range may be taken between our probe and its use, by any connection at all.
 */
const lowest = 20_000;
const highest = 32_000;

/** A port of 127.0.0.1 nobody listens on: the preferred one if free, else any; 0 prefers none. */
export async function freePort(preferred = 0): Promise<number> {
  if (preferred !== 0 && (await isFree(preferred))) return preferred;
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (await isFree(port)) return port;
  }
  throw new Error('127.0.0.1 has no free port');
}

async function isFree(port: number): Promise<boolean> {
  return !(await answers(port)) && (await canListen(port));
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

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
