import type { ServerResponse } from 'node:http';
import type { ApiResult } from './api.ts';

const dripPieces = 10;

/** Sends an answer, or goes wrong in sending it as its fault wants. */
export function send(response: ServerResponse, result: ApiResult): void {
  if (result === 'dropped') {
    // A reset, not a polite end: what a client sees when the other side is gone.
    response.socket?.resetAndDestroy();
    return;
  }
  const { status, headers, text, fault } = result;
  const bytes = Buffer.from(text);
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  switch (fault?.kind) {
    case 'cut_body':
      response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => {
        response.socket?.destroy();
      });
      return;
    case 'drip':
      void drip(response, bytes, fault.delayMs ?? 200);
      return;
    default:
      response.end(bytes);
  }
}

async function drip(response: ServerResponse, bytes: Buffer, delayMs: number): Promise<void> {
  const size = Math.ceil(bytes.length / dripPieces);
  for (let start = 0; start < bytes.length && !response.destroyed; start += size) {
    response.write(bytes.subarray(start, start + size));
    await new Promise((resolve) => setTimeout(resolve, delayMs));
  }
  response.end();
}
