/** Buckets of durations, each a seventh longer than the one before: sums of them give a median, over replicas too. */
const growth = 2 ** 0.2;
/** Where the first begins, milliseconds. */
const shortest = 0.01;
const last = 120; // three minutes

export function bucketOf(millis: number): number {
  if (!(millis > shortest)) return 0;
  return Math.min(last, Math.floor(Math.log(millis / shortest) / Math.log(growth)));
}

/** The median by the number of durations in each bucket, interpolated within its own; undefined of none. */
export function medianOf(countOf: (bucket: number) => number): number | undefined {
  const counts = Array.from({ length: last + 1 }, (_, bucket) => countOf(bucket));
  const half = counts.reduce((sum, count) => sum + count, 0) / 2;
  let below = 0;
  for (const [bucket, count] of counts.entries()) {
    if (count > 0 && below + count >= half) {
      return shortest * growth ** (bucket + (half - below) / count);
    }
    below += count;
  }
  return undefined;
}
