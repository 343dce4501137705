// Sums the JSON reports that the test runners wrote and prints "N passed, N failed[, N skipped]".
// Exits non-zero when a test failed or when no test ran.
import { globSync, readFileSync } from 'node:fs';
