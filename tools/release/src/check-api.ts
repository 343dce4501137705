// `npm run api:breaks`: fails when a package breaks its users and no commit says so.
import { unannouncedBreaks } from './api-breaks.js';
import { releasedPackages } from './manifests.js';

const cwd = process.cwd();
const breaks = await unannouncedBreaks({ cwd, env: process.env }, releasedPackages(cwd));
for (const line of breaks) console.error(line);
process.exitCode = breaks.length > 0 ? 1 : 0;
