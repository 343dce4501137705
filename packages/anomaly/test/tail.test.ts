import { describe, expect, it } from 'vitest';

import { seededRandom } from '../src/seeded-random.js';
import { runMinima, tailThreshold } from '../src/tail.js';

describe('tailThreshold', () => {
  it('extrapolates sixty exponential values to a tail of one in ten thousand', () => {
    const random = seededRandom(1);
    let exceeded = 0;
    for (let trial = 0; trial < 500; trial += 1) {
      const sample = Array.from({ length: 60 }, () => -Math.log(1 - random()));
      // The share of an exponential population beyond the threshold is known exactly.
      exceeded += Math.exp(-tailThreshold(sample, 1e-4)) / 500;
    }
    expect(exceeded).toBeLessThan(4e-4);
    expect(exceeded).toBeGreaterThan(1e-5);
  });

  it('does not go beyond the largest value where the sample itself shows the probability', () => {
    const sample = Array.from({ length: 1000 }, (_, i) => i);
    expect(tailThreshold(sample, 0.01)).toBe(999);
  });

  it('leaves room above the largest of many ties', () => {
    const sample = [...Array.from({ length: 58 }, () => 0), 1, 1];
    expect(tailThreshold(sample, 1e-4)).toBeGreaterThan(1.3);
  });
});

describe('runMinima', () => {
  it('gives the least of each run of neighbours', () => {
    expect(runMinima([3, 1, 4, 1, 5, 9], 3)).toEqual([1, 1, 1, 1]);
    expect(runMinima([3, 5, 4], 1)).toEqual([3, 5, 4]);
    expect(runMinima([3], 2)).toEqual([]);
  });
});
