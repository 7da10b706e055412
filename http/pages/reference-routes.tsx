import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Hono } from 'hono';
import { failure, failures, type FailureCode } from '../../domain/failures.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { staticFiles } from '../static-files.ts';
import { contentSecurityPolicy } from './content-security.ts';
import { Document } from './frame.tsx';
import { ApiReference, Home, ProblemList, ProblemPage } from './reference.tsx';

const require = createRequire(import.meta.url);
const swaggerFolder = dirname(require.resolve('swagger-ui-dist/package.json'));
const assetsFolder = fileURLToPath(new URL('assets/', import.meta.url));

const assets = ['pages.css', 'mark.svg', 'forms.js', 'pending.js', 'card-entry.js', 'reference.js'];
const swaggerFiles = ['swagger-ui.css', 'swagger-ui-bundle.js'];

/** Swagger UI sets style attributes of its own and carries its icons as data. */
const referencePolicy =
  "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "script-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/** What anyone may read: the index, the API's reference, the meaning of each problem. */
export function referenceRoutes({ settings }: HttpDependencies): Hono {
  const routes = new Hono();
  const pagePolicy = contentSecurityPolicy({ cardEntry: { kind: 'unavailable' } });

  routes.get('/assets/:file', staticFiles(located(assets, assetsFolder)));
  routes.get('/docs/assets/:file', staticFiles(located(swaggerFiles, swaggerFolder)));

  routes.get('/', (context) => {
    context.header('content-security-policy', pagePolicy);
    return context.html(
      <Document title="Solvent">
        <Home testCards={settings.cardEntry.kind === 'test_cards'} />
      </Document>,
    );
  });

  routes.get('/docs', (context) => {
    context.header('content-security-policy', referencePolicy);
    return context.html(<ApiReference />);
  });

  routes.get('/problems', (context) => {
    context.header('content-security-policy', pagePolicy);
    return context.html(
      <Document title="Problems · Solvent">
        <ProblemList />
      </Document>,
    );
  });

  routes.get('/problems/:code', (context) => {
    const code = context.req.param('code');
    if (!isFailureCode(code)) throw failure('resource_not_found');
    context.header('content-security-policy', pagePolicy);
    return context.html(
      <Document title={`${code} · Solvent`}>
        <ProblemPage code={code} />
      </Document>,
    );
  });

  return routes;
}

function located(names: readonly string[], folder: string): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, join(folder, name)]));
}

function isFailureCode(code: string): code is FailureCode {
  return Object.hasOwn(failures, code);
}
