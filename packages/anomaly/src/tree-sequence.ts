/** Marks a leaf where a split has its column. */
export const LEAF = 0xffff;

/** The nodes of all trees of a forest in preorder, tree after tree, which needs no child pointers: what is saved. */
export class TreeSequence {
  /** Column of each node, `LEAF` for a leaf. */
  readonly columns: Uint16Array;
  /** Threshold of each split, in order. */
  readonly thresholds: Float64Array;
  /** Training rows in each leaf, in order. */
  readonly counts: Uint32Array;
  /** How many edges each leaf lies below its root, in order. */
  readonly leafDepths: Uint32Array;
  readonly nTrees: number;
  /** Depth of the deepest leaf. */
  readonly depth: number;

  /** Throws a `RangeError` where the nodes are not whole trees. */
  constructor(columns: Uint16Array, thresholds: Float64Array, counts: Uint32Array) {
    this.columns = columns;
    this.thresholds = thresholds;
    this.counts = counts;
    this.leafDepths = new Uint32Array(counts.length);
    /** Depths of the right children that are still to come. */
    const open: number[] = [];
    let nTrees = 0;
    let deepest = 0;
    let depth = 0;
    let splits = 0;
    let leaves = 0;
    for (const column of columns) {
      if (depth === 0) nTrees += 1;
      if (column !== LEAF) {
        splits += 1;
        depth += 1;
        open.push(depth);
        continue;
      }
      this.leafDepths[leaves] = depth;
      leaves += 1;
      deepest = Math.max(deepest, depth);
      depth = open.pop() ?? 0;
    }
    if (depth !== 0 || splits !== thresholds.length || leaves !== counts.length) {
      throw new RangeError('the sequence of nodes does not describe whole trees');
    }
    this.nTrees = nTrees;
    this.depth = deepest;
  }
}
