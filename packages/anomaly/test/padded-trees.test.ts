import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { LinkedTrees } from '../src/linked-trees.js';
import { PaddedTrees } from '../src/padded-trees.js';
import { LEAF, TreeSequence } from '../src/tree-sequence.js';
import { sequenceOf, walkedTotal } from './sequences.js';

const cell = fc.oneof(
  fc.integer({ min: -2, max: 2 }),
  fc.constantFrom(0, -0, Number.MIN_VALUE, -Number.MIN_VALUE, 1e300, -1e300),
  fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
);
const samples = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 30 }))
  .chain(([width, rows]) => {
    const row = fc.array(cell, { minLength: width, maxLength: width });
    const sample = fc.array(row, { minLength: rows, maxLength: rows });
    return fc.array(sample, { minLength: 1, maxLength: 9 });
  });
/** Values whose sum depends on the order in which they are added up. */
const valuesOf = ({ counts }: TreeSequence): Float64Array =>
  Float64Array.from(counts, (count, leaf) => Math.sqrt(leaf + 2) * 10 ** (count % 17));

describe('PaddedTrees', () => {
  it('adds up exactly what a plain walk of the trees does, at their thresholds too', () => {
    fc.assert(
      fc.property(samples, fc.array(cell, { minLength: 4, maxLength: 4 }), (trees, other) => {
        const sequence = sequenceOf(trees);
        const values = valuesOf(sequence);
        const padded = PaddedTrees.of(sequence, values)!;
        const atThresholds = Array.from(sequence.thresholds, (threshold) => [
          ...other.map((value, column) => (column % 2 === 0 ? threshold : value)),
        ]);
        for (const row of [...trees.flat(), other, ...atThresholds]) {
          expect(padded.totalPathLength(row)).toBe(walkedTotal(sequence, values, row));
        }
      }),
    );
  });

  it('agrees with LinkedTrees for a thousand rows and trees of 256', () => {
    const row = (seed: number): number[] => [Math.sin(seed), Math.sin(seed * seed), seed % 7];
    const sample = (tree: number) => Array.from({ length: 256 }, (_, at) => row(256 * tree + at));
    const sequence = sequenceOf(Array.from({ length: 10 }, (_, tree) => sample(tree)));
    const values = valuesOf(sequence);
    const padded = PaddedTrees.of(sequence, values)!;
    const linked = new LinkedTrees(sequence, values);
    for (let seed = 0; seed < 1000; seed += 1) {
      const one = row(seed + 0.5);
      expect(padded.totalPathLength(one)).toBe(linked.totalPathLength(one));
    }
  });

  it('declines trees so deep that padding them would take more room than a cache has', () => {
    // A chain: each split sends all but the smallest value to the right.
    const chain = (depth: number): TreeSequence =>
      new TreeSequence(
        Uint16Array.from({ length: 2 * depth + 1 }, (_, node) => (node % 2 === 0 && node < 2 * depth ? 0 : LEAF)), // prettier-ignore
        Float64Array.from({ length: depth }, (_, split) => split),
        new Uint32Array(depth + 1).fill(1),
      );
    const deep = chain(40);
    expect(PaddedTrees.of(deep, valuesOf(deep))).toBeUndefined();
    const shallow = chain(9);
    const values = valuesOf(shallow);
    expect(PaddedTrees.of(shallow, values)!.totalPathLength([4])).toBe(walkedTotal(shallow, values, [4])); // prettier-ignore
  });
});
