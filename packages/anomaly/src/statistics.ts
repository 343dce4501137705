import type { DriftPredictor } from './drift-predictor.js';
import type { FeatureSettings } from './feature.js';
import { LEAST_REACH, type Relation } from './relation.js';
import { FIRST_JUMP, FIRST_ODD, LOOKS, TREND } from './series.js';

/** In a look over several windows each counts for at most so many spreads more than the one that is least far out: a stray is none of them. */
const MOST_APART = 3;
/** Share of its reach that a relation grants to a metric on the side that is not watched. */
const UNWATCHED = 1 / 3;

/** What a window and those before it amount to, metric by metric. NaN where something is missing. */
export interface Statistics {
  /** Signed, in spreads: for each of `LOOKS`, for each metric. A look over k windows is their sum / sqrt(k). No odd ones without a relation. */
  readonly looks: readonly Float64Array[];
  /** The smallest deviation within each look, if all are to one side; 0 if they are not. */
  readonly weakest: readonly Float64Array[];
  /** What the relation is measured on: deviations from the ones before, of the newest window, and of the newest two. */
  readonly joint: readonly [Float64Array, Float64Array];
}

/** What the statistics of a window are made of. */
export interface StatisticsInputs {
  /** The newest windows, oldest first: see `fillRunRow`. */
  readonly run: readonly Float64Array[];
  readonly runLength: number;
  readonly features: readonly FeatureSettings[];
  readonly constant: readonly boolean[];
  readonly relation: Relation | undefined;
  readonly drift: DriftPredictor;
}

/** Parts of a window of a run, each as wide as a model. */
export const RUN_PARTS = 4;
/** The part with how odd each metric was beside the others, once that was measured. */
const ODD_PART = 3;

/** Writes a window of a run: deviations in spreads, what was foretold of them (NaN where nothing was), and what the newest ones were on the whole. */
export function fillRunRow(
  row: Float64Array,
  z: Float64Array,
  drift: DriftPredictor,
): Float64Array {
  const width = z.length;
  row.set(z);
  for (let column = 0; column < width; column += 1) {
    row[width + column] = drift.foretold(column);
    row[2 * width + column] = drift.followed(column);
    row[ODD_PART * width + column] = Number.NaN;
  }
  return row;
}

/** Statistics that are measured anew for window after window in the same place: `copyOfStatistics` is for what is to outlast the next one. */
export class MeasuredStatistics implements Statistics {
  readonly looks: Float64Array[];
  readonly weakest: readonly Float64Array[];
  readonly joint: readonly [Float64Array, Float64Array];
  readonly #odd: readonly Float64Array[];
  readonly #later: Float64Array;

  constructor(width: number) {
    const rows = (count: number): Float64Array[] =>
      Array.from({ length: count }, () => new Float64Array(width));
    this.looks = rows(FIRST_ODD);
    this.#odd = rows(LOOKS.length - FIRST_ODD);
    this.weakest = rows(FIRST_ODD);
    this.joint = [new Float64Array(width), new Float64Array(width)];
    this.#later = new Float64Array(width);
  }

  /** Measures the newest of a run of windows. */
  measure(inputs: StatisticsInputs): this {
    const { run, runLength, features, constant, relation, drift } = inputs;
    const { looks, weakest, joint } = this;
    const newest = run[run.length - 1] as Float64Array;
    const reach = relation?.reach ?? LEAST_REACH;
    const [single, pair] = joint;
    const [now, two, several] = looks as [Float64Array, Float64Array, Float64Array];
    const [leastNow, leastOfTwo, leastOfSeveral] = weakest as typeof looks as [Float64Array, Float64Array, Float64Array]; // prettier-ignore
    for (let column = 0; column < features.length; column += 1) {
      const z = newest[column] as number;
      const isConstant = constant[column] as boolean;
      now[column] = z;
      leastNow[column] = z;
      leastOfTwo[column] = weakestOfRun(run, 2, column);
      leastOfSeveral[column] = weakestOfRun(run, runLength, column);
      // A metric that never moved has no spread to hold one window by: all of the look must be off.
      two[column] = isConstant
        ? Math.sqrt(2) * (leastOfTwo[column] as number)
        : sumOfRun(run, 2, column);
      several[column] = isConstant
        ? Math.sqrt(runLength) * (leastOfSeveral[column] as number)
        : sumOfRun(run, runLength, column);
      const { direction } = features[column] as FeatureSettings;
      single[column] = isConstant
        ? 0
        : inRelation(errorOf(run, 1, column, drift), direction, reach);
      pair[column] = isConstant ? 0 : inRelation(errorOf(run, 2, column, drift), direction, reach);
    }
    for (const length of [1, 2]) {
      const look = FIRST_JUMP + length - 1;
      measureJumps(run, length, drift, looks[look] as Float64Array, weakest[look] as Float64Array);
    }
    measureTrends(run, drift, looks[TREND] as Float64Array, weakest[TREND] as Float64Array);
    looks.length = FIRST_ODD;
    if (relation === undefined) return this;
    const [odd, oddPair] = this.#odd as [Float64Array, Float64Array];
    looks.push(odd, oddPair);
    relation.surprises(single, odd);
    newest.set(odd, ODD_PART * features.length);
    this.#measureOddPair(inputs, relation, oddPair);
    return this;
  }

  /** How odd both of the newest two windows are beside the one before them: a stray in one of them is none in the other. */
  #measureOddPair(
    { run, features, constant }: StatisticsInputs,
    relation: Relation,
    oddPair: Float64Array,
  ): void {
    const width = features.length;
    const first = run[run.length - 2];
    const newest = run[run.length - 1] as Float64Array;
    if (first === undefined) {
      oddPair.fill(Number.NaN);
      return;
    }
    const later = this.#later;
    for (let column = 0; column < width; column += 1) {
      const error = (newest[column] as number) - (first[2 * width + column] as number);
      const { direction } = features[column] as FeatureSettings;
      later[column] = constant[column] ? 0 : inRelation(error, direction, relation.reach);
    }
    relation.surprises(later, oddPair);
    for (let column = 0; column < width; column += 1) {
      const earlier = first[ODD_PART * width + column] as number;
      oddPair[column] = sumOfTwo(earlier, oddPair[column] as number, MOST_APART) / Math.SQRT2;
    }
  }
}

/** Tells the statistics of windows that follow one another, by their deviations. They last until the next one's. */
export function eachStatistics(
  windows: Iterable<Float64Array>,
  inputs: Omit<StatisticsInputs, 'run'>,
  tell: (statistics: Statistics) => void,
): void {
  const statistics = new MeasuredStatistics(inputs.features.length);
  const run: Float64Array[] = [];
  const all = { ...inputs, run };
  for (const z of windows) {
    const oldest = run.length < inputs.runLength ? undefined : run.shift();
    run.push(fillRunRow(oldest ?? new Float64Array(RUN_PARTS * z.length), z, inputs.drift));
    tell(statistics.measure(all));
  }
}

/** The deviations of a single window that the relation is measured on. */
export function fillJoint(
  joint: Float64Array,
  z: Float64Array,
  features: readonly FeatureSettings[],
  constant: readonly boolean[],
): Float64Array {
  for (let column = 0; column < features.length; column += 1) {
    const { direction } = features[column] as FeatureSettings;
    joint[column] = constant[column] ? 0 : inRelation(z[column] as number, direction, LEAST_REACH);
  }
  return joint;
}

/** Statistics that last. */
export function copyOfStatistics({ looks, weakest, joint }: Statistics): Statistics {
  const copied = (row: Float64Array): Float64Array => row.slice();
  return {
    looks: looks.map(copied),
    weakest: weakest.map(copied),
    joint: [joint[0].slice(), joint[1].slice()],
  };
}

/**
 * The newest deviation, or the sum / sqrt(2) of the newest two, against the ones before. Where what two metrics are
 * expected to be errs slowly, and differently, these still go together. All metrics are followed as fast.
 */
function errorOf(
  run: readonly Float64Array[],
  length: number,
  column: number,
  { width }: DriftPredictor,
): number {
  const first = run[run.length - length];
  if (first === undefined) return Number.NaN;
  const newest = run[run.length - 1] as Float64Array;
  const sum = (newest[column] as number) + (length === 2 ? (first[column] as number) : 0);
  return (sum - length * (first[2 * width + column] as number)) / Math.sqrt(length);
}

/** The sum of a run, of which each counts for at most so much more than the one least far out, / sqrt(length). */
function sumOfRun(run: readonly Float64Array[], length: number, column: number): number {
  if (run.length < length) return Number.NaN;
  let sum = 0;
  let low = Infinity;
  let high = -Infinity;
  for (let back = 1; back <= length; back += 1) {
    const z = (run[run.length - back] as Float64Array)[column] as number;
    sum += z;
    low = Math.min(low, z);
    high = Math.max(high, z);
  }
  if (high - low <= MOST_APART || Number.isNaN(sum)) return sum / Math.sqrt(length);
  const sign = sum < 0 ? -1 : 1;
  const most = (sign < 0 ? -high : low) + MOST_APART;
  let held = 0;
  for (let back = 1; back <= length; back += 1)
    held += Math.min(sign * ((run[run.length - back] as Float64Array)[column] as number), most);
  return (sign * Math.max(0, held)) / Math.sqrt(length);
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
function measureJumps(
  run: readonly Float64Array[],
  length: number,
  drift: DriftPredictor,
  jump: Float64Array,
  least: Float64Array,
): void {
  const { width } = drift;
  const first = run[run.length - length];
  const newest = run[run.length - 1] as Float64Array;
  for (let column = 0; column < width; column += 1) {
    const foretold = first === undefined ? Number.NaN : (first[width + column] as number);
    if (first === undefined || Number.isNaN(foretold)) {
      jump[column] = Number.NaN;
      least[column] = Number.NaN;
      continue;
    }
    const spread = drift.spread(column);
    const one = (first[column] as number) - foretold;
    const other = (newest[column] as number) - foretold;
    const sum = length === 1 ? other : sumOfTwo(one, other, MOST_APART * spread);
    jump[column] = sum / Math.sqrt(length) / spread;
    const sameSide = one > 0 === other > 0;
    least[column] = sameSide ? (Math.abs(one) < Math.abs(other) ? one : other) : 0;
  }
}

/** The sum of two, of which the farther one counts for at most so much more than the other. */
function sumOfTwo(one: number, other: number, apart: number): number {
  const sign = one + other < 0 ? -1 : 1;
  const least = Math.min(sign * one, sign * other);
  return sign * Math.max(0, least + Math.min(Math.max(sign * one, sign * other), least + apart));
}

/** How far what is foretold lags behind, of late; and the newest deviation where it is to the same side. */
function measureTrends(
  run: readonly Float64Array[],
  drift: DriftPredictor,
  trend: Float64Array,
  drifted: Float64Array,
): void {
  const { width } = drift;
  const newest = run[run.length - 1] as Float64Array;
  // After a gap, or an incident, nothing is known of what went before.
  if (run.length < 2) {
    trend.fill(Number.NaN);
    drifted.fill(Number.NaN);
    return;
  }
  for (let column = 0; column < width; column += 1) {
    const z = newest[column] as number;
    const foretold = newest[width + column] as number;
    const error = (z - (Number.isNaN(foretold) ? 0 : foretold)) / drift.spread(column);
    const lag = drift.trendWith(column, error);
    trend[column] = lag;
    drifted[column] = z * lag > 0 ? z : 0;
  }
}

function inRelation(z: number, direction: FeatureSettings['direction'], reach: number): number {
  const low = direction === 'up' ? -UNWATCHED * reach : -reach;
  const high = direction === 'down' ? UNWATCHED * reach : reach;
  return Math.min(high, Math.max(low, z));
}
