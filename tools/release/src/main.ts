import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { release } from './release.js';

const usage = `Usage: npm run release -- [options] [version or kind of step]

Shows what would be released; runs only in the job of release.yml.

  --publish          does it: commits, tags, publishes and pushes
  --preid NAME       makes pre-releases, such as 1.2.0-beta.0, published as NAME
  --first-release    for packages that are not on the registry yet
  --output FOLDER    where bills of materials and a list of what was released go (dist/release)
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    publish: { type: 'boolean', default: false },
    preid: { type: 'string' },
    'first-release': { type: 'boolean', default: false },
    output: { type: 'string', default: 'dist/release' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help || positionals.length > 1) {
  console.log(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  process.exitCode = (await release(
    { cwd: process.cwd(), env: process.env },
    {
      dryRun: !values.publish,
      preid: values.preid,
      specifier: positionals[0],
      firstRelease: values['first-release'],
      output: resolve(values.output),
    },
  ))
    ? 0
    : 1;
}
