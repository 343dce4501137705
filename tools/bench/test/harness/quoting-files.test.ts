import { expect, it } from 'vitest';
import { readRecord } from '../../src/harness/benchmark-record.js';
import { quotingFiles } from '../../src/harness/quoting-files.js';
import { staleQuotes } from '../../src/harness/quoted-figures.js';
import { committedRecord, root } from '../../src/harness/repository.js';
import { unquotedFigures } from '../../src/harness/unquoted-figures.js';

const record = readRecord(`${committedRecord}.json`);
const files = quotingFiles(root);

it('every package quotes figures in its README', () => {
  const quoting = files.filter(({ text }) => text.includes('<!-- figure '));
  expect(quoting.map(({ path }) => path)).toEqual(
    expect.arrayContaining(
      ['alerting', 'anomaly', 'logging', 'metrics', 'tracing'].map(
        (name) => `packages/${name}/README.md`,
      ),
    ),
  );
});

it.each(files)(
  '$path quotes figures as they were recorded: `npm run bench:figures`',
  ({ text }) => {
    expect(staleQuotes(text, record)).toEqual([]);
  },
);

it.each(files)('$path has no figure by hand beside a command that measures', ({ text }) => {
  expect(unquotedFigures(text)).toEqual([]);
});
