import { PassedThresholds } from './passed-thresholds.js';
import { LEAF, type TreeSequence } from './tree-sequence.js';

/** Nodes up to which trees are padded: beyond it the arrays would be far larger than any cache. */
const MOST_NODES = 1 << 20;
/** Thresholds have indices of two bytes. */
const MOST_THRESHOLDS = 1 << 16;

/**
 * All trees of a forest padded to the same depth, so that every row takes equally many steps in every tree and no
 * branch has to be guessed. Level after level lies in one heap: the roots are its nodes nTrees to 2 nTrees - 1, and
 * the children of node x are 2x and 2x + 1. What lies below a leaf of the real tree leads to that leaf's value.
 */
export class PaddedTrees {
  readonly #passed: PassedThresholds;
  readonly #nTrees: number;
  readonly #depth: number;
  /** Index of each split's threshold. */
  readonly #nodes: Uint16Array;
  /** Path lengths behind the deepest level. */
  readonly #lengths: Float64Array;

  /** Undefined where padding would take too much room. */
  static of(sequence: TreeSequence, pathLengths: Float64Array): PaddedTrees | undefined {
    const { nTrees, depth, thresholds } = sequence;
    if (depth > 20 || nTrees * 2 ** depth > MOST_NODES) return undefined;
    if (thresholds.length > MOST_THRESHOLDS) return undefined;
    return new PaddedTrees(sequence, pathLengths);
  }

  private constructor(sequence: TreeSequence, pathLengths: Float64Array) {
    const { nTrees, depth, columns, thresholds } = sequence;
    const passed = new PassedThresholds(thresholdsByColumn(sequence));
    this.#passed = passed;
    this.#nTrees = nTrees;
    this.#depth = depth;
    this.#nodes = new Uint16Array(nTrees << depth);
    this.#lengths = new Float64Array(nTrees << depth);
    let node = 0;
    let splits = 0;
    let leaves = 0;
    const place = (at: number, level: number): void => {
      const column = columns[node++] as number;
      if (column !== LEAF) {
        this.#nodes[at] = passed.indexOf(column, thresholds[splits++] as number);
        place(2 * at, level + 1);
        place(2 * at + 1, level + 1);
        return;
      }
      const below = depth - level;
      const first = (at - nTrees * 2 ** level) * 2 ** below;
      this.#lengths.fill(pathLengths[leaves++] as number, first, first + 2 ** below);
    };
    for (let tree = 0; tree < nTrees; tree += 1) place(nTrees + tree, 0);
  }

  /** Sum of the path lengths of a row of finite numbers over all trees, added up tree by tree. */
  totalPathLength(row: ArrayLike<number>): number {
    this.#passed.mark(row);
    return walk(this.#nodes, this.#passed.marks, this.#lengths, this.#nTrees, this.#depth);
  }
}

/**
 * Walks all trees, four at once, which the processor does side by side. A function of its own with unsigned indices
 * that are not added up: all this keeps checks out of the innermost loop.
 */
function walk(
  nodes: Uint16Array,
  marks: Uint8Array,
  lengths: Float64Array,
  nTrees: number,
  depth: number,
): number {
  const end = 2 * nTrees;
  const deepest = nTrees << depth;
  let total = 0;
  let tree = nTrees;
  for (; tree + 4 <= end; tree += 4) {
    let a = tree >>> 0;
    let b = (tree + 1) >>> 0;
    let c = (tree + 2) >>> 0;
    let d = (tree + 3) >>> 0;
    for (let level = 0; level < depth; level += 1) {
      const p = nodes[a] as number;
      const q = nodes[b] as number;
      const r = nodes[c] as number;
      const s = nodes[d] as number;
      a = ((a << 1) | (marks[p] as number)) >>> 0;
      b = ((b << 1) | (marks[q] as number)) >>> 0;
      c = ((c << 1) | (marks[r] as number)) >>> 0;
      d = ((d << 1) | (marks[s] as number)) >>> 0;
    }
    total += lengths[(a - deepest) >>> 0] as number;
    total += lengths[(b - deepest) >>> 0] as number;
    total += lengths[(c - deepest) >>> 0] as number;
    total += lengths[(d - deepest) >>> 0] as number;
  }
  for (; tree < end; tree += 1) {
    let a = tree >>> 0;
    for (let level = 0; level < depth; level += 1) {
      a = ((a << 1) | (marks[nodes[a] as number] as number)) >>> 0;
    }
    total += lengths[(a - deepest) >>> 0] as number;
  }
  return total;
}

function thresholdsByColumn({ columns, thresholds }: TreeSequence): Float64Array<ArrayBuffer>[] {
  const byColumn: number[][] = [];
  let splits = 0;
  for (const column of columns) {
    if (column === LEAF) continue;
    (byColumn[column] ??= []).push(thresholds[splits++] as number);
  }
  return Array.from(byColumn, (all: number[] | undefined) => Float64Array.from(all ?? []));
}
