import { checkConsumers } from 'package-check';
import { rehearse } from './rehearsal.js';

const start = performance.now();
const elapsed = (): string => `${((performance.now() - start) / 60_000).toFixed(1)} min`;

const failures = await rehearse(process.cwd(), process.env, {
  checkConsumers,
  onStep: (title) => console.log(`\n# ${title} (${elapsed()})\n`),
});
for (const failure of failures) console.error(`FAILED ${failure}`);
console.log(`\nRehearsed in ${elapsed()}, ${failures.length} failed`);
process.exitCode = failures.length > 0 ? 1 : 0;
