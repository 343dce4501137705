import { LEAF, type TreeSequence } from './tree-sequence.js';

/**
 * Trees of any depth, walked from node to node: the left child follows its parent, `right` holds the index of the
 * other one, or 0 for a leaf; `value` is a split's threshold or a leaf's path length.
 */
export class LinkedTrees {
  readonly #roots: Uint32Array;
  readonly #columns: Uint16Array;
  readonly #right: Uint32Array;
  readonly #value: Float64Array;

  constructor({ columns, thresholds, nTrees }: TreeSequence, pathLengths: Float64Array) {
    this.#roots = new Uint32Array(nTrees);
    this.#columns = columns;
    this.#right = new Uint32Array(columns.length);
    this.#value = new Float64Array(columns.length);
    const parents: number[] = [];
    let trees = 0;
    let splits = 0;
    let leaves = 0;
    let isRoot = true;
    columns.forEach((column, node) => {
      if (isRoot) this.#roots[trees++] = node;
      isRoot = false;
      if (column !== LEAF) {
        this.#value[node] = thresholds[splits++] as number;
        parents.push(node);
        return;
      }
      this.#value[node] = pathLengths[leaves++] as number;
      const parent = parents.pop();
      if (parent === undefined) isRoot = true;
      else this.#right[parent] = node + 1;
    });
  }

  /** Sum of the path lengths of a row over all trees, added up tree by tree. */
  totalPathLength(row: ArrayLike<number>): number {
    const columns = this.#columns;
    const right = this.#right;
    const value = this.#value;
    let total = 0;
    for (const root of this.#roots) {
      let node = root;
      let next = right[node] as number;
      while (next !== 0) {
        const left = (row[columns[node] as number] as number) < (value[node] as number);
        node = left ? node + 1 : next;
        next = right[node] as number;
      }
      total += value[node] as number;
    }
    return total;
  }
}
