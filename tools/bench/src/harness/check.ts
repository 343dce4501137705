/** Compares the ratios of two records, the current one with the committed one if none are named: `npm run bench:check -- --help`. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { runCommand, textOption } from '../command-line.js';
import { table } from '../table.js';
import { parseRecord, type BenchmarkRecord } from './benchmark-record.js';
import { shown, type Spread } from './figure.js';
import { compareRecords } from './regression.js';
import { committedRecord, root } from './repository.js';

await runCommand(
  {
    usage: 'npm run bench:check --',
    summary:
      'Compares ratios, not times: how many times better than a peer, shares, and losses that were 0. Ends with 1 when\n' +
      'one is worse by more than the spread of both runs and a tenth, or when one is missing.',
    options: {
      before: textOption('', 'JSON of the earlier run (default: as it is committed)'),
      after: textOption('', 'JSON of the later run (default: docs/benchmarks.json)'),
    },
  },
  ({ before, after }) => {
    const earlier = before === '' ? committed() : read(before);
    const later = read(after === '' ? `${committedRecord}.json` : after);
    const { comparisons, missing } = compareRecords(earlier, later);
    const changed = comparisons.filter(({ verdict }) => verdict !== 'same');
    const rows = changed.map(({ name, before: was, after: is, verdict }) => [name, text(was), text(is), verdict]); // prettier-ignore
    if (rows.length > 0) console.log(table([['ratio', 'before', 'after', ''], ...rows]));
    for (const name of missing) console.log(`missing: ${name}`);
    const worse = comparisons.filter(({ verdict }) => verdict === 'worse').length;
    console.log(`${comparisons.length} ratios compared: ${worse} worse, ${changed.length - worse} better, ${missing.length} missing`); // prettier-ignore
    return Promise.resolve(worse === 0 && missing.length === 0);
  },
);

function committed(): BenchmarkRecord {
  const path = 'docs/benchmarks.json';
  const text = execFileSync('git', ['show', `HEAD:${path}`], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 }); // prettier-ignore
  return parseRecord(text, `HEAD:${path}`);
}

function read(path: string): BenchmarkRecord {
  return parseRecord(readFileSync(resolve(process.env['INIT_CWD'] ?? '.', path), 'utf8'), path);
}

function text({ median, low, high }: Spread): string {
  return `${shown(median)} (${shown(low)}..${shown(high)})`;
}
