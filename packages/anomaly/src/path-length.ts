const EULER_GAMMA = 0.5772156649015329;

/**
 * Average path length of an unsuccessful search in a binary search tree of `count` rows: the
 * normaliser c(n) of Liu, Ting and Zhou (2008), as scikit-learn computes it.
 */
export function averagePathLength(count: number): number {
  if (count <= 1) return 0;
  if (count === 2) return 1;
  return 2 * (Math.log(count - 1) + EULER_GAMMA) - (2 * (count - 1)) / count;
}

/** Depth at which a tree of `count` rows stops growing: the average height of such a tree. */
export function depthLimit(count: number): number {
  return Math.ceil(Math.log2(Math.max(count, 2)));
}
