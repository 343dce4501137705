// Sums the JSON reports that the test runners wrote and prints "N passed, N failed[, N skipped]".
// Exits with 1 when a test failed or when none ran.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const counts = { passed: 0, failed: 0, skipped: 0 };
for (const group of ['packages', 'apps', 'tools']) {
  for (const project of readdirSync(group)) {
    const directory = join(group, project, 'reports');
    let files = [];
    try {
      files = readdirSync(directory).filter((file) => file.endsWith('.json'));
    } catch {
      continue; // a project without tests
    }
    for (const file of files) {
      const report = JSON.parse(readFileSync(join(directory, file), 'utf8'));
      counts.passed += report.numPassedTests;
      counts.failed += report.numFailedTests;
      counts.skipped += report.numPendingTests + report.numTodoTests;
      // A file that could not be loaded has no tests to fail.
      counts.failed += report.testResults.filter(
        ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
      ).length;
    }
  }
}
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
