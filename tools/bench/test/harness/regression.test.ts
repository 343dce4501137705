import { expect, it } from 'vitest';
import type { Figure } from '../../src/harness/figure.js';
import { compareRecords } from '../../src/harness/regression.js';
import { lines, recordOf, suiteOf } from './sample-record.js';

const ratio = (median: number, low: number, high: number, of = 5): Figure => ({
  ...{ what: 'a line', by: 'pino', unit: 'ns', better: 'lower', median: 1, low: 1, high: 1, of },
  times: { as: 'ours', median, low, high, of },
});
const share = (median: number, more: Partial<Figure> = {}): Figure => ({
  ...{
    what: 'of the peer',
    by: 'ours',
    unit: '%',
    better: 'lower',
    median,
    low: median,
    high: median,
  },
  ...{ of: 5, ...more },
});
const verdicts = (before: Record<string, Figure>, after: Record<string, Figure>) =>
  compareRecords(recordOf({ s: suiteOf(before) }), recordOf({ s: suiteOf(after) }));
const verdictOf = (before: Figure, after: Figure) =>
  verdicts({ f: before }, { f: after }).comparisons[0]?.verdict;

it('compares ratios and not times', () => {
  const slower = Object.fromEntries(
    Object.entries(lines).map(([name, figure]) => [name, { ...figure, median: 3 * figure.median }]),
  );
  expect(verdicts(lines, slower).comparisons).toMatchObject([
    { name: 's.file.pino times', verdict: 'same' },
  ]);
});

it('calls a ratio worse when it fell by more than a tenth and beyond the spread of both runs', () => {
  expect(verdictOf(ratio(4, 3.9, 4.1), ratio(3, 2.9, 3.1))).toBe('worse');
  expect(verdictOf(ratio(3, 2.9, 3.1), ratio(4, 3.9, 4.1))).toBe('better');
});

it('lets a ratio be that moved within the spread of either run, or by less than a tenth', () => {
  expect(verdictOf(ratio(4, 2.5, 5), ratio(3, 2.9, 3.1))).toBe('same');
  expect(verdictOf(ratio(4, 3.9, 4.1), ratio(3, 2.9, 3.9))).toBe('same');
  expect(verdictOf(ratio(4, 3.99, 4.01), ratio(3.65, 3.64, 3.66))).toBe('same');
});

it('lets a ratio of a single value move by a quarter', () => {
  expect(verdictOf(ratio(4, 4, 4, 1), ratio(3.2, 3.2, 3.2, 1))).toBe('same');
  expect(verdictOf(ratio(4, 4, 4, 1), ratio(2.9, 2.9, 2.9, 1))).toBe('worse');
});

it('judges shares by what is better of them', () => {
  expect(verdictOf(share(50), share(60))).toBe('worse');
  expect(verdictOf(share(50, { better: 'higher' }), share(60, { better: 'higher' }))).toBe(
    'better',
  );
});

it('calls any loss worse where there was none', () => {
  const lost = (count: number): Figure => share(count, { unit: '', of: 1 });
  expect(verdictOf(lost(0), lost(1))).toBe('worse');
  expect(verdictOf(lost(0), lost(0))).toBe('same');
  expect(verdictOf(lost(146), lost(400))).toBe('same');
});

it('names a ratio, and all of a suite, that the later run lacks', () => {
  const before = recordOf({ s: suiteOf({ f: ratio(4, 4, 4) }), t: suiteOf({ g: share(5) }) });
  expect(compareRecords(before, recordOf({ s: suiteOf({}) })).missing).toEqual([
    's.f times',
    't.g',
  ]);
});
