import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Context } from 'hono';
import { failure } from '../domain/failures.ts';

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Serves a fixed set of files by name, each read once. Browsers ask again each time and mostly get
 * "not modified", so that a new release shows at once.
 */
export function staticFiles(files: Readonly<Record<string, string>>) {
  const read = new Map<string, Promise<{ body: string; tag: string }>>();
  return async (context: Context): Promise<Response> => {
    const name = context.req.param('file') ?? '';
    const path = Object.hasOwn(files, name) ? files[name] : undefined;
    if (path === undefined) throw failure('resource_not_found');
    let file = read.get(name);
    if (file === undefined) {
      file = readTagged(path);
      read.set(name, file);
    }
    const { body, tag } = await file;
    const headers = {
      'content-type': contentTypes[extname(name)] ?? 'application/octet-stream',
      'cache-control': 'no-cache',
      etag: tag,
    };
    if (context.req.header('if-none-match') === tag) return context.body(null, 304, headers);
    return context.body(body, 200, headers);
  };
}

async function readTagged(path: string): Promise<{ body: string; tag: string }> {
  const body = await readFile(path, 'utf8');
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  return { body, tag: `"${digest}"` };
}
