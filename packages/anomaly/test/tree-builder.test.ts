import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { depthLimit } from '../src/path-length.js';
import { seededRandom } from '../src/seeded-random.js';
import { buildTree } from '../src/tree-builder.js';

/** Sends the rows down the tree told in preorder, and checks it against them. */
function check(rows: number[][], maxDepth: number, seed: number): void {
  const nodes: ({ column: number; threshold: number } | { depth: number; count: number })[] = [];
  buildTree(rows, maxDepth, seededRandom(seed), {
    split: (column, threshold) => nodes.push({ column, threshold }),
    leaf: (depth, count) => nodes.push({ depth, count }),
  });
  const descend = (here: number[][], depth: number): void => {
    const node = nodes.shift()!;
    if ('count' in node) {
      expect(node).toEqual({ depth, count: here.length });
      expect(here.length).toBeGreaterThan(0);
      const distinct = new Set(here.map(String)).size;
      expect(depth === maxDepth || distinct === 1).toBe(true);
      return;
    }
    expect(depth).toBeLessThan(maxDepth);
    const goesLeft = (row: number[]): boolean => row[node.column]! < node.threshold;
    descend(here.filter(goesLeft), depth + 1);
    descend(
      here.filter((row) => !goesLeft(row)),
      depth + 1,
    );
  };
  descend(rows, 0);
  expect(nodes).toEqual([]);
}

describe('buildTree', () => {
  it('separates rows at every split, stops at the limit or when rows are alike, and counts right', () => {
    // Few values: many ties and columns that are constant somewhere down the tree.
    const row = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.constant(7), fc.nat(3), fc.nat(50));
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), fc.nat(), (rows, seed) => {
        check(rows, depthLimit(rows.length), seed);
      }),
    );
  });

  it('wastes no depth on a thousand constant columns beside the one that varies', () => {
    const rows = Array.from({ length: 16 }, (_, i) => [
      ...Array.from({ length: 1000 }, () => 1),
      i,
    ]);
    check(rows, depthLimit(rows.length), 1);
  });
});
