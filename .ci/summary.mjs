/**
 * Counts what passed and failed: the tests of vitest's JSON report, and the checks as one. What no
 * report tells of (a file that did not load, a run that crashed or took too long) counts as failed.
 * Arguments: report, exit codes of tests and checks, seconds taken, seconds allowed.
 */
import { existsSync, readFileSync } from 'node:fs';

const [reportFile, ...numbers] = process.argv.slice(2);
const [testsCode, checkCode, tookSeconds, allowedSeconds] = numbers.map(Number);

const report = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')) : undefined;
const unloaded = (report?.testResults ?? []).filter(
  ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
);
let passed = report?.numPassedTests ?? 0;
let failed = (report?.numFailedTests ?? 0) + unloaded.length;
const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);

for (const { name } of unloaded) console.log(`Failed as a whole: ${name}`);
if (testsCode !== 0 && failed === 0) {
  console.log(`The tests ended with ${testsCode} without a failed test.`);
  failed += 1;
}
if (testsCode === 0 && passed === 0) {
  console.log('No test ran.');
  failed += 1;
}
if (checkCode === 0) passed += 1;
else {
  console.log(`npm run check ended with ${checkCode}.`);
  failed += 1;
}
if (tookSeconds > allowedSeconds) {
  console.log(`It may take at most ${allowedSeconds / 60} minutes.`);
  failed += 1;
}
if (skipped > 0) console.log(`${skipped} skipped.`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
