import { ThresholdRanks } from './threshold-ranks.js';
import { LEAF, type TreeSequence } from './tree-sequence.js';

/** Nodes up to which trees are padded: beyond it the arrays would be far larger than any cache. */
const MOST_NODES = 1 << 20;

/**
 * All trees of a forest padded to the same depth, so that every row takes equally many steps in every tree and no
 * branch has to be guessed. Level after level lies in one heap: the roots are its nodes nTrees to 2 nTrees - 1, and
 * the children of node x are 2x and 2x + 1. What lies below a leaf of the real tree leads to that leaf's value.
 */
export class PaddedTrees {
  readonly #ranks: ThresholdRanks;
  readonly #nTrees: number;
  readonly #depth: number;
  /** Keys of the splits, see `ThresholdRanks`. */
  readonly #nodes: Int32Array;
  /** Path lengths behind the deepest level. */
  readonly #lengths: Float64Array;
  /** Keys of the row that is scored. */
  readonly #keys: Int32Array;

  /** Undefined where padding would take too much room. */
  static of(sequence: TreeSequence, pathLengths: Float64Array): PaddedTrees | undefined {
    const { nTrees, depth, columns } = sequence;
    // Two levels are taken at a time.
    const levels = depth + (depth % 2);
    if (levels > 20 || nTrees * 2 ** levels > MOST_NODES) return undefined;
    let width = 1;
    for (const column of columns) if (column !== LEAF) width = Math.max(width, column + 1);
    const ranks = ThresholdRanks.of(thresholdsByColumn(sequence, width));
    return ranks && new PaddedTrees(sequence, pathLengths, ranks, levels, width);
  }

  private constructor(
    { nTrees, columns, thresholds }: TreeSequence,
    pathLengths: Float64Array,
    ranks: ThresholdRanks,
    depth: number,
    width: number,
  ) {
    this.#ranks = ranks;
    this.#nTrees = nTrees;
    this.#depth = depth;
    this.#keys = new Int32Array(width);
    this.#nodes = new Int32Array(nTrees << depth);
    this.#lengths = new Float64Array(nTrees << depth);
    let node = 0;
    let splits = 0;
    let leaves = 0;
    const place = (at: number, level: number): void => {
      const column = columns[node++] as number;
      if (column !== LEAF) {
        this.#nodes[at] = ranks.key(column, thresholds[splits++] as number);
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
    const nodes = this.#nodes;
    const lengths = this.#lengths;
    const keys = this.#keys;
    const nTrees = this.#nTrees;
    const depth = this.#depth;
    const deepest = nTrees << depth;
    this.#ranks.locate(row, keys);
    let total = 0;
    let tree = nTrees;
    // Four trees at once: the processor walks them side by side. The sign of the difference is the way to the right.
    for (; tree + 4 <= 2 * nTrees; tree += 4) {
      let a = tree;
      let b = tree + 1;
      let c = tree + 2;
      let d = tree + 3;
      for (let level = 0; level < depth; level += 2) {
        let p = nodes[a] as number;
        let q = nodes[b] as number;
        let r = nodes[c] as number;
        let s = nodes[d] as number;
        a = ((a << 1) + ((p - (keys[p >>> 16] as number)) >>> 31)) | 0;
        b = ((b << 1) + ((q - (keys[q >>> 16] as number)) >>> 31)) | 0;
        c = ((c << 1) + ((r - (keys[r >>> 16] as number)) >>> 31)) | 0;
        d = ((d << 1) + ((s - (keys[s >>> 16] as number)) >>> 31)) | 0;
        p = nodes[a] as number;
        q = nodes[b] as number;
        r = nodes[c] as number;
        s = nodes[d] as number;
        a = ((a << 1) + ((p - (keys[p >>> 16] as number)) >>> 31)) | 0;
        b = ((b << 1) + ((q - (keys[q >>> 16] as number)) >>> 31)) | 0;
        c = ((c << 1) + ((r - (keys[r >>> 16] as number)) >>> 31)) | 0;
        d = ((d << 1) + ((s - (keys[s >>> 16] as number)) >>> 31)) | 0;
      }
      total += lengths[(a - deepest) | 0] as number;
      total += lengths[(b - deepest) | 0] as number;
      total += lengths[(c - deepest) | 0] as number;
      total += lengths[(d - deepest) | 0] as number;
    }
    for (; tree < 2 * nTrees; tree += 1) {
      let a = tree;
      for (let level = 0; level < depth; level += 1) {
        const p = nodes[a] as number;
        a = ((a << 1) + ((p - (keys[p >>> 16] as number)) >>> 31)) | 0;
      }
      total += lengths[(a - deepest) | 0] as number;
    }
    return total;
  }
}

function thresholdsByColumn(
  { columns, thresholds }: TreeSequence,
  width: number,
): Float64Array<ArrayBuffer>[] {
  const counts = new Uint32Array(width);
  for (const column of columns) {
    if (column !== LEAF) counts[column] = (counts[column] as number) + 1;
  }
  const byColumn = Array.from(counts, (count) => new Float64Array(count));
  counts.fill(0);
  let splits = 0;
  for (const column of columns) {
    if (column === LEAF) continue;
    const at = counts[column] as number;
    counts[column] = at + 1;
    (byColumn[column] as Float64Array)[at] = thresholds[splits++] as number;
  }
  return byColumn;
}
