import { expect, it } from 'vitest';
import { grouped, median, quantile, spread } from '../src/figures.js';
import { table } from '../src/table.js';

it('takes quantiles by nearest rank, whatever the order', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(quantile(values, 0.99)).toBe(99);
  expect(quantile(values, 1)).toBe(100);
  expect(quantile(values, 0)).toBe(1);
  expect(median([3, 1, 2])).toBe(2);
  expect(median([])).toBeNaN();
});

it('shows large numbers in groups, and a spread with its ends', () => {
  expect(grouped(1234567.4)).toBe('1 234 567');
  expect(grouped(123)).toBe('123');
  expect(spread([5, 1, 3], String)).toBe('3 (1..5)');
});

it('lines a table up, numbers to the right', () => {
  expect(
    table([
      ['what', 'n'],
      ['a', 10],
      ['longer', 7],
    ]),
  ).toBe(['what    n', '------  --', 'a       10', 'longer   7'].join('\n'));
});
