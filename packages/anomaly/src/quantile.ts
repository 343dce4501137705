/** Quantile of ascending numbers by linear interpolation between neighbours, as numpy's default. */
export function quantile(ascending: ArrayLike<number>, share: number): number {
  const position = (ascending.length - 1) * share;
  const below = Math.floor(position);
  const low = ascending[below] as number;
  const high = ascending[Math.min(below + 1, ascending.length - 1)] as number;
  return low + (high - low) * (position - below);
}

/** The numbers in ascending order, in an array of its own. */
export function ascending(values: Iterable<number>): Float64Array {
  // A slice is copied as a whole, `from` number by number.
  return (values instanceof Float64Array ? values.slice() : Float64Array.from(values)).sort();
}
