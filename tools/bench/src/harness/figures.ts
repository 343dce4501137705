/** Copies the recorded figures to where texts quote them: `npm run bench:figures`. */
import { quoteFigures } from './repository.js';

const { written, problems } = await quoteFigures();
for (const path of written) console.log(`wrote ${path}`);
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
