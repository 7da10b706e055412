/** Bundles the workflows into the file named by the argument. See workflow-bundle.ts. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const [target] = process.argv.slice(2);
if (target === undefined) throw new Error('the target file is missing');
const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
});
writeFileSync(target, code);
