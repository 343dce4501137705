// `npm run docs:api`: pages of everything that the packages export. Fails when an export has no documentation.
import { join } from 'node:path';
import { ApiReference } from './api-reference.js';
import { workspaceRoot } from './document.js';

const folder = 'tools/docs-check/out-tsc/api';
const reference = await ApiReference.read();
const missing = reference.undocumented();
await reference.write(join(workspaceRoot, folder));
console.log(`${reference.size} exports: ${folder}/index.html`);
if (missing.length > 0) {
  console.error(`without documentation:\n  ${missing.join('\n  ')}`);
  process.exitCode = 1;
}
