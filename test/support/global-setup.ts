import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { Supervision } from '../../local/supervision.ts';
import { DatabaseService } from './database-service.ts';
import { newOpenFolder } from './open-folder.ts';
import { TemporalService } from './temporal-service.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address where test files ask for servers: see services.ts. */
    testServices: string;
  }
}

/**
 * One set of servers per run, shared by all test files and started when the first file asks: a run
 * of `test/domain` starts none. Test files live in other processes, hence the small HTTP service.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const folder = newOpenFolder('solvent-test-');
  const supervision = new Supervision(folder);
  supervision.onUnexpectedEnd = (message) => {
    console.error(message);
  };
  const databases = new DatabaseService(folder, supervision);
  const temporal = new TemporalService(supervision);
  const answers: Record<string, () => Promise<unknown>> = {
    '/database': () => databases.clone(),
    '/temporal': () => temporal.server(),
    '/workflow-bundle': () => temporal.bundle(),
    '/time-skipping-program': () => temporal.timeSkippingProgram(),
  };
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    Promise.resolve(answer?.())
      .then((value) => response.end(JSON.stringify({ value })))
      .catch((error: unknown) => {
        response.writeHead(500).end(error instanceof Error ? error.stack : String(error));
      });
  });
  // A first answer may take as long as a download.
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  project.provide('testServices', `http://127.0.0.1:${port}`);

  return async () => {
    server.closeAllConnections();
    server.close();
    const dataFolder = await databases.dataFolder();
    await databases.close();
    await supervision.stop();
    for (const left of [folder, dataFolder ?? folder]) {
      rmSync(left, { recursive: true, force: true });
    }
  };
}
