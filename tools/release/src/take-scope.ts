import { takeScope } from './scope.js';

const [scope, repository] = process.argv.slice(2);
if (scope === undefined) {
  console.error('Usage: npm run scope -- @acme [https://github.com/acme/observability]');
  process.exitCode = 2;
} else {
  const changed = await takeScope({ cwd: process.cwd(), env: process.env }, { scope, repository });
  console.log(`${changed.length} files changed. Now: npm install && npm run check`);
}
