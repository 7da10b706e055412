/**
 * Makes the Temporal SDK download a server program into a folder: the arguments are which, its
 * version, and the folder. The server is asked for its help text instead of serving, so the SDK
 * reports a failed start afterwards; whether the download worked is told by the file alone.
 */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [which, version, downloadDir] = process.argv.slice(2);
if (version === undefined || downloadDir === undefined) throw new Error('three arguments needed');
const server = {
  executable: { type: 'cached-download', version, downloadDir } as const,
  extraArgs: ['--help'],
};

try {
  const environment =
    which === 'dev-server'
      ? await TestWorkflowEnvironment.createLocal({ server })
      : await TestWorkflowEnvironment.createTimeSkipping({ server });
  await environment.teardown();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
}
process.exit(0);
