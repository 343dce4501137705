import { describe, expect, it } from 'vitest';

import { countTail, exceededByNormal } from '../../src/anomaly/null-tails.js';

describe('exceededByNormal', () => {
  it.each([
    [-1.6448536, 0.95],
    [0, 0.5],
    [1.959964, 0.025],
    [2.999999, 1.349902e-3],
    [3.000001, 1.349893e-3],
    [5.199338, 1e-7],
    [7.034484, 1e-12],
  ])('is what tables say at %f', (z, chance) => {
    expect(exceededByNormal(z) / chance).toBeCloseTo(1, 4);
  });
});

describe('countTail', () => {
  it('is that of a Poisson count where the rate is known', () => {
    expect(countTail(0, 3, 0, 0)).toBeCloseTo(1, 6);
    expect(countTail(1, 3, 0, 0)).toBeCloseTo(1 - Math.exp(-3), 6);
    expect(countTail(3, 2, 0, 0)).toBeCloseTo(1 - 5 * Math.exp(-2), 6);
    expect(countTail(20, 2, 0, 0) / 6.444e-14).toBeCloseTo(1, 3);
  });

  it('is the mean over rates where these are not, as drawn ones show', () => {
    const rates = Array.from({ length: 4001 }, (_, index) => -4 + index / 500);
    const weights = rates.map((z) => Math.exp((-z * z) / 2));
    const mean = rates.reduce((sum, z, at) => sum + weights[at]! * countTail(30, 15 * Math.exp(0.1 + 0.3 * z), 0, 0), 0) / weights.reduce((sum, one) => sum + one); // prettier-ignore
    expect(countTail(30, 15, 0.1, 0.09) / mean).toBeCloseTo(1, 2);
  });
});
