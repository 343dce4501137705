import { averagePathLength } from './path-length.js';
import type { TreeVisitor } from './tree-builder.js';

/** Marks a leaf where a split has its column. */
export const LEAF = 0xffff;

/** Trees as they are saved: preorder, so no child pointers. */
export interface TreeSequence {
  /** Column of each node in preorder over all trees, `LEAF` for a leaf. */
  readonly columns: Uint16Array;
  /** Threshold of each split, in order. */
  readonly thresholds: Float64Array;
  /** Training rows in each leaf, in order. */
  readonly counts: Uint32Array;
}

/**
 * All trees of a forest in three flat arrays. The left child follows its parent; `right` holds the
 * index of the other one, or 0 for a leaf; `value` is a split's threshold or a leaf's path length.
 */
export class CompiledTrees {
  readonly nTrees: number;
  readonly sequence: TreeSequence;
  readonly #roots: Uint32Array;
  readonly #columns: Uint16Array;
  readonly #right: Uint32Array;
  readonly #value: Float64Array;

  constructor(sequence: TreeSequence) {
    const { columns, thresholds, counts } = sequence;
    const roots: number[] = [];
    this.sequence = sequence;
    this.#columns = columns;
    this.#right = new Uint32Array(columns.length);
    this.#value = new Float64Array(columns.length);
    const open: { node: number; depth: number }[] = [];
    let depth = 0;
    let splits = 0;
    let leaves = 0;
    for (let node = 0; node < columns.length; node += 1) {
      if (open.length === 0 && depth === 0) roots.push(node);
      if (columns[node] !== LEAF) {
        this.#value[node] = thresholds[splits++] as number;
        open.push({ node, depth });
        depth += 1;
        continue;
      }
      this.#value[node] = depth + averagePathLength(counts[leaves++] as number);
      const parent = open.pop();
      if (parent !== undefined) this.#right[parent.node] = node + 1;
      depth = parent === undefined ? 0 : parent.depth + 1;
    }
    if (
      open.length > 0 ||
      depth !== 0 ||
      splits !== thresholds.length ||
      leaves !== counts.length
    ) {
      throw new RangeError('the sequence of nodes does not describe whole trees');
    }
    this.#roots = Uint32Array.from(roots);
    this.nTrees = roots.length;
  }

  /** Mean path length of a row over all trees. */
  meanPathLength(row: ArrayLike<number>): number {
    const columns = this.#columns;
    const right = this.#right;
    const value = this.#value;
    const roots = this.#roots;
    let total = 0;
    for (let tree = 0; tree < roots.length; tree += 1) {
      let node = roots[tree] as number;
      let next = right[node] as number;
      while (next !== 0) {
        const left = (row[columns[node] as number] as number) < (value[node] as number);
        node = left ? node + 1 : next;
        next = right[node] as number;
      }
      total += value[node] as number;
    }
    return total / roots.length;
  }
}

/** Collects what the tree builder tells. */
export class TreeRecorder implements TreeVisitor {
  readonly #columns: number[] = [];
  readonly #thresholds: number[] = [];
  readonly #counts: number[] = [];

  split(column: number, threshold: number): void {
    this.#columns.push(column);
    this.#thresholds.push(threshold);
  }

  leaf(_depth: number, count: number): void {
    this.#columns.push(LEAF);
    this.#counts.push(count);
  }

  compile(): CompiledTrees {
    return new CompiledTrees({
      columns: Uint16Array.from(this.#columns),
      thresholds: Float64Array.from(this.#thresholds),
      counts: Uint32Array.from(this.#counts),
    });
  }
}
