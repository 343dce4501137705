import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documents } from '../src/document.js';
import { formatted } from '../src/formatted.js';
import { parted, withOptionTables } from '../src/options-table.js';

describe('the tables of options', () => {
  const pages = documents().filter(({ text }) => text.includes('<!-- options:'));

  it('are in the README of each package', () => {
    const packages = ['alerting', 'anomaly', 'logging', 'metrics', 'tracing'];
    expect(pages.map(({ path }) => path)).toEqual(
      expect.arrayContaining(packages.map((name) => `packages/${name}/README.md`)),
    );
  });

  it.each(pages)('of $path say what the types say (else: npm run docs:options)', async (page) => {
    const fresh = await formatted(withOptionTables(page.text, dirname(page.path)), page.path);
    expect(page.text).toBe(fresh);
  });
});

describe('documentation of a field', () => {
  it.each([
    ['How long, milliseconds. Default: 5000.', 'How long, milliseconds.', '5000'],
    ['The clock. Default `Date`.', 'The clock.', '`Date`'],
    ['Default: `root`. More of it.', 'More of it.', '`root`'],
    ['Upper bounds. Default tenths, .95 and .99.', 'Upper bounds.', 'tenths, .95 and .99'],
    ['Says nothing of it.', 'Says nothing of it.', undefined],
  ])('is parted into its meaning and its default: %s', (text, meaning, byDefault) => {
    expect(parted(text)).toEqual({ meaning, byDefault });
  });
});
