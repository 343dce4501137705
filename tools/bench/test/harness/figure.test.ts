import { expect, it } from 'vitest';
import { shown, spreadOf } from '../../src/harness/figure.js';

it('keeps counts as they are, and five digits of what was measured', () => {
  expect(spreadOf([1_234_567, 7_654_321, 5_000_001])).toEqual({
    median: 5_000_001,
    low: 1_234_567,
    high: 7_654_321,
    of: 3,
  });
  expect(spreadOf([0.123_456_789]).median).toBe(0.12346);
});

it('shows three significant digits, in groups, unless told how many stand behind the point', () => {
  expect(
    [161_803.4, 694.2, 44.09, 3.3333, 0.012_345, 0, 9.999, -3.21].map((value) => shown(value)),
  ).toEqual(['162 000', '694', '44.1', '3.33', '0.0123', '0', '10.00', '-3.21']);
  expect(shown(66_332, 0)).toBe('66 332');
  expect(shown(1234.56, 1)).toBe('1 234.6');
  expect(shown(-0.04, 2)).toBe('-0.04');
  expect(shown(161_803.4, undefined, 2)).toBe('160 000');
});
