import type { DriftPredictor } from './drift-predictor.js';
import type { FeatureSettings } from './feature.js';
import type { Relation } from './relation.js';

/** One window alone counts for at most so many spreads in a look over several. */
export const MOST_OF_ONE = 6;
/** Beyond this the relation of a metric to the others is not looked at: how far out it is, others say. */
const MOST_IN_RELATION = 3;
/** As much is granted to a metric on the side that is not watched. */
const UNWATCHED = 1;

/** What a window and those before it amount to, metric by metric. NaN where something is missing. */
export interface Statistics {
  /** Signed, in spreads: for each of `LOOKS`, for each metric. A look over k windows is their sum / sqrt(k). No odd ones without a relation. */
  readonly looks: readonly Float64Array[];
  /** The smallest deviation within each look, if all are to one side; 0 if they are not. */
  readonly weakest: readonly Float64Array[];
  /** The deviations that the relation is measured on: of the newest window, and of the newest two. */
  readonly joint: readonly [Float64Array, Float64Array];
}

/**
 * One window of a run: deviations in spreads, then what was foretold of them, NaN where nothing was.
 */
export function runRow(z: Float64Array, foretold: Float64Array): Float64Array {
  const row = new Float64Array(2 * z.length);
  row.set(z);
  row.set(foretold, z.length);
  return row;
}

/** The statistics of the newest of a run of windows, oldest first. */
export function statisticsOf(
  run: readonly Float64Array[],
  runLength: number,
  features: readonly FeatureSettings[],
  constant: readonly boolean[],
  relation: Relation | undefined,
  drift: DriftPredictor,
): Statistics {
  const width = features.length;
  const newest = (run[run.length - 1] as Float64Array).subarray(0, width);
  const lengths = [1, 2, runLength];
  const weakest: Float64Array[] = lengths.map((length) =>
    newest.map((z, column) => (length === 1 ? z : weakestOfRun(run, length, column))),
  );
  const looks: Float64Array[] = lengths.map((length, look) =>
    newest.map((z, column) => {
      if (length === 1) return z;
      const least = (weakest[look] as Float64Array)[column] as number;
      // A metric that never moved has no spread to hold one window by: all of the look must be off.
      return constant[column] ? Math.sqrt(length) * least : sumOfRun(run, length, column);
    }),
  );
  const single = jointRow(newest, 1, features, constant);
  const pair = (looks[1] as Float64Array).map((sum) => sum / Math.SQRT2);
  const joint = [single, jointRow(pair, Math.SQRT2, features, constant)] as const;
  for (const length of [1, 2]) {
    const [jump, least] = jumpsOf(run, length, drift);
    looks.push(jump);
    weakest.push(least);
  }
  if (relation !== undefined) looks.push(...joint.map((row) => relation.surprises(row)));
  return { looks, weakest, joint };
}

function sumOfRun(run: readonly Float64Array[], length: number, column: number): number {
  if (run.length < length) return Number.NaN;
  let sum = 0;
  for (let back = 1; back <= length; back += 1) {
    const z = (run[run.length - back] as Float64Array)[column] as number;
    sum += clipped(z);
  }
  return sum / Math.sqrt(length);
}

function weakestOfRun(run: readonly Float64Array[], length: number, column: number): number {
  if (run.length < length) return Number.NaN;
  let low = Infinity;
  let high = -Infinity;
  for (let back = 1; back <= length; back += 1) {
    const z = (run[run.length - back] as Float64Array)[column] as number;
    if (Number.isNaN(z)) return z;
    low = Math.min(low, z);
    high = Math.max(high, z);
  }
  return low > 0 ? low : high < 0 ? high : 0;
}

/** The newest deviations against what was foretold before the first of them; and the smaller of these. */
function jumpsOf(
  run: readonly Float64Array[],
  length: number,
  drift: DriftPredictor,
): [Float64Array, Float64Array] {
  const { width } = drift;
  const jump = new Float64Array(width).fill(Number.NaN);
  const least = new Float64Array(width).fill(Number.NaN);
  const first = run[run.length - length];
  const newest = run[run.length - 1] as Float64Array;
  if (first === undefined) return [jump, least];
  for (let column = 0; column < width; column += 1) {
    const foretold = first[width + column] as number;
    if (Number.isNaN(foretold)) continue;
    const one = (first[column] as number) - foretold;
    const other = (newest[column] as number) - foretold;
    const sum = length === 1 ? other : clipped(one) + clipped(other);
    jump[column] = sum / Math.sqrt(length) / drift.spread(column);
    const sameSide = one > 0 === other > 0;
    least[column] = sameSide ? (Math.abs(one) < Math.abs(other) ? one : other) : 0;
  }
  return [jump, least];
}

function clipped(z: number): number {
  return Math.min(MOST_OF_ONE, Math.max(-MOST_OF_ONE, z));
}

function jointRow(
  z: Float64Array,
  scale: number,
  features: readonly FeatureSettings[],
  constant: readonly boolean[],
): Float64Array {
  return z.map((value, column) => {
    if (constant[column]) return 0;
    const direction = (features[column] as FeatureSettings).direction;
    const low = direction === 'up' ? -UNWATCHED : -MOST_IN_RELATION;
    const high = direction === 'down' ? UNWATCHED : MOST_IN_RELATION;
    return Math.min(high, Math.max(low, value * scale));
  });
}
