import { describe, expect, it } from 'vitest';

import { CompiledTrees, TreeRecorder } from '../src/compiled-trees.js';
import { averagePathLength } from '../src/path-length.js';
import { sequenceOf, walkedTotal } from './sequences.js';

describe('CompiledTrees', () => {
  it('gives the mean of the depths at which a row ends, each with the path expected below its leaf', () => {
    const sample = (tree: number) => Array.from({ length: 64 }, (_, at) => [(at * 37 + tree) % 64, at % 5]); // prettier-ignore
    const sequence = sequenceOf([0, 1, 2, 3, 4].map(sample));
    const lengths = Array.from(sequence.counts, (count, leaf) => sequence.leafDepths[leaf]! + averagePathLength(count)); // prettier-ignore
    const trees = new CompiledTrees(sequence);
    for (const row of [
      [3, 3],
      [63.5, -1],
      [1000, 2],
    ]) {
      expect(trees.meanPathLength(row)).toBe(walkedTotal(sequence, lengths, row) / 5);
    }
  });
});

describe('TreeRecorder', () => {
  it('keeps what the builder tells, in that order', () => {
    const recorder = new TreeRecorder();
    recorder.split(4, 0.5);
    recorder.leaf(1, 3);
    recorder.leaf(1, 1);
    const { columns, thresholds, counts } = recorder.compile().sequence;
    expect([[...columns], [...thresholds], [...counts]]).toEqual([[4, 0xffff, 0xffff], [0.5], [3, 1]]); // prettier-ignore
  });
});
