import { LinkedTrees } from './linked-trees.js';
import { PaddedTrees } from './padded-trees.js';
import { averagePathLength } from './path-length.js';
import type { TreeVisitor } from './tree-builder.js';
import { LEAF, TreeSequence } from './tree-sequence.js';

/** The trees of a forest, as they are saved, and as they are scored with; the latter is made when it is first needed. */
export class CompiledTrees {
  readonly sequence: TreeSequence;
  #scored: PaddedTrees | LinkedTrees | undefined;

  constructor(sequence: TreeSequence) {
    this.sequence = sequence;
  }

  /** Mean path length of a row of finite numbers over all trees. */
  meanPathLength(row: ArrayLike<number>): number {
    this.#scored ??= compile(this.sequence);
    return this.#scored.totalPathLength(row) / this.sequence.nTrees;
  }
}

function compile(sequence: TreeSequence): PaddedTrees | LinkedTrees {
  const pathLengths = Float64Array.from(
    sequence.counts,
    (count, leaf) => (sequence.leafDepths[leaf] as number) + averagePathLength(count),
  );
  return PaddedTrees.of(sequence, pathLengths) ?? new LinkedTrees(sequence, pathLengths);
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
    return new CompiledTrees(
      new TreeSequence(
        Uint16Array.from(this.#columns),
        Float64Array.from(this.#thresholds),
        Uint32Array.from(this.#counts),
      ),
    );
  }
}
