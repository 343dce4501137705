// `npm run api`: writes what each entry of each package exports into packages/<name>/api, from the types that were built.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { apiReports } from './api-report.js';
import { publishedPackages } from './published-package.js';

const packages = publishedPackages();
const reports = apiReports(packages);
for (const { directory } of packages) {
  rmSync(join(directory, 'api'), { recursive: true, force: true });
}
for (const { file, text } of reports) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
