import { describe, expect, it } from 'vitest';

import { averagePathLength, depthLimit } from '../src/path-length.js';

describe('averagePathLength', () => {
  it('has the values of scikit-learn', () => {
    expect([0, 1, 2].map(averagePathLength)).toEqual([0, 0, 1]);
    expect(averagePathLength(5)).toBeCloseTo(2.327020052042847, 12);
    expect(averagePathLength(999)).toBeCloseTo(12.967939884427995, 12);
  });
});

describe('depthLimit', () => {
  it('is the average height of a tree of so many rows', () => {
    expect([1, 2, 3, 60, 256].map(depthLimit)).toEqual([1, 1, 2, 6, 8]);
  });
});
