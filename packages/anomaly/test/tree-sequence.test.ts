import { describe, expect, it } from 'vitest';

import { LEAF, TreeSequence } from '../src/tree-sequence.js';

const sequence = (columns: number[], splits: number, leaves: number) =>
  new TreeSequence(Uint16Array.from(columns), new Float64Array(splits), new Uint32Array(leaves));

describe('TreeSequence', () => {
  it('knows its trees, and how deep each leaf lies', () => {
    const { nTrees, depth, leafDepths } = sequence([0, LEAF, 1, LEAF, LEAF, LEAF, 2, LEAF, LEAF], 3, 6); // prettier-ignore
    expect([nTrees, depth]).toEqual([3, 2]);
    expect([...leafDepths]).toEqual([1, 2, 2, 0, 1, 1]);
  });

  it('refuses nodes that are not whole trees', () => {
    expect(() => sequence([0, LEAF], 1, 1)).toThrow('whole trees');
    expect(() => sequence([0, LEAF, LEAF], 2, 2)).toThrow('whole trees');
    expect(() => sequence([LEAF], 0, 2)).toThrow('whole trees');
    expect(() => sequence([LEAF, 0], 1, 1)).toThrow('whole trees');
  });
});
