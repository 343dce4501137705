import { depthLimit } from '../src/path-length.js';
import { seededRandom } from '../src/seeded-random.js';
import { buildTree } from '../src/tree-builder.js';
import { LEAF, TreeSequence } from '../src/tree-sequence.js';

/** The trees of some samples, as they are saved. */
export function sequenceOf(
  samples: readonly number[][][],
  maxDepth = depthLimit(samples[0]!.length),
): TreeSequence {
  const columns: number[] = [];
  const thresholds: number[] = [];
  const counts: number[] = [];
  samples.forEach((rows, seed) =>
    buildTree(rows, maxDepth, seededRandom(seed), {
      split: (column, threshold) => {
        columns.push(column);
        thresholds.push(threshold);
      },
      leaf: (_, count) => {
        columns.push(LEAF);
        counts.push(count);
      },
    }),
  );
  return new TreeSequence(
    Uint16Array.from(columns),
    Float64Array.from(thresholds),
    Uint32Array.from(counts),
  );
}

/** The definition, without any cleverness: each tree is walked by its preorder, a value for each leaf. */
export function walkedTotal(
  { columns, thresholds, nTrees }: TreeSequence,
  leafValues: ArrayLike<number>,
  row: ArrayLike<number>,
): number {
  let node = 0;
  let splits = 0;
  let leaves = 0;
  let total = 0;
  const walk = (isOnPath: boolean): void => {
    const column = columns[node++]!;
    if (column === LEAF) {
      const value = leafValues[leaves++]!;
      if (isOnPath) total += value;
      return;
    }
    const goesLeft = row[column]! < thresholds[splits++]!;
    walk(isOnPath && goesLeft);
    walk(isOnPath && !goesLeft);
  };
  for (let tree = 0; tree < nTrees; tree += 1) walk(true);
  return total;
}
