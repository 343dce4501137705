import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bucketOf, medianOf } from '../src/latency-buckets.js';

function medianBySums(durations: readonly number[]): number | undefined {
  const counts = new Map<number, number>();
  for (const duration of durations) {
    const bucket = bucketOf(duration);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return medianOf((bucket) => counts.get(bucket) ?? 0);
}

it('gives a median that is within a bucket of the true one', () => {
  const duration = fc.double({ min: 0.02, max: 100_000, noNaN: true });
  fc.assert(
    fc.property(fc.array(duration, { minLength: 1, maxLength: 50 }), (durations) => {
      const sorted = [...durations].sort((a, b) => a - b);
      const half = sorted.length / 2;
      const [low = 0, high = 0] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
      const median = medianBySums(durations);
      expect(median).toBeGreaterThanOrEqual(low / 1.15);
      expect(median).toBeLessThanOrEqual(Math.max(low, high) * 1.15);
    }),
  );
});

it('has a bucket for every duration, and no median of none', () => {
  expect(bucketOf(0)).toBe(0);
  expect(bucketOf(-1)).toBe(0);
  expect(bucketOf(1e12)).toBe(bucketOf(1e9));
  expect(medianBySums([])).toBeUndefined();
});
