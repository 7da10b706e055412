import type { Context } from 'hono';
import { accepts } from 'hono/accepts';

/** True where the caller would rather have CSV than JSON, by its Accept header. */
export function wantsCsv(context: Context): boolean {
  const supports = ['application/json', 'text/csv'];
  return (
    accepts(context, { header: 'Accept', supports, default: 'application/json' }) === 'text/csv'
  );
}

/** An export as a file, sent as it is made; one that fails on its way breaks off. */
export function csvResponse(fileName: string, pieces: AsyncGenerator<string, void>): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await pieces.next();
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
  return new Response(body, {
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${fileName}"`,
      'cache-control': 'no-store',
    },
  });
}

/** For a route's `responses`. */
export const csvContent = {
  'text/csv': { schema: { type: 'string' as const } },
} as const;
