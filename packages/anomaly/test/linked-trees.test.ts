import { describe, expect, it } from 'vitest';

import { LinkedTrees } from '../src/linked-trees.js';
import { sequenceOf, walkedTotal } from './sequences.js';

describe('LinkedTrees', () => {
  it('adds up exactly what a plain walk of the trees does, however deep they are', () => {
    // Powers of two: nearly every split takes off the largest ones only, so that the trees are long and thin.
    const rows = Array.from({ length: 60 }, (_, at) => [2 ** at, -(2 ** ((7 * at) % 60))]);
    const sequence = sequenceOf([rows, rows, rows], 59);
    expect(sequence.depth).toBeGreaterThan(20);
    const values = Float64Array.from(sequence.leafDepths, (depth, leaf) => depth + leaf / 7);
    const trees = new LinkedTrees(sequence, values);
    for (const row of [...rows, [0, 0], [2 ** 70, -(2 ** 70)]]) {
      expect(trees.totalPathLength(row)).toBe(walkedTotal(sequence, values, row));
    }
  });

  it('scores trees that are a single leaf', () => {
    const sequence = sequenceOf([[[1]], [[2]]]);
    expect(new LinkedTrees(sequence, Float64Array.of(3, 4)).totalPathLength([9])).toBe(7);
  });
});
