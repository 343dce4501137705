import type { DriftPredictor } from './drift-predictor.js';
import type { FeatureSettings } from './feature.js';
import type { Relation } from './relation.js';
import { FIRST_JUMP, FIRST_ODD, LOOKS } from './series.js';

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

/** What the statistics of a window are made of. */
export interface StatisticsInputs {
  /** The newest windows, oldest first: of each its deviations in spreads, then what was foretold of them, NaN where nothing was. */
  readonly run: readonly Float64Array[];
  readonly runLength: number;
  readonly features: readonly FeatureSettings[];
  readonly constant: readonly boolean[];
  readonly relation: Relation | undefined;
  readonly drift: DriftPredictor;
}

/** One window of a run, written into `row`: twice as wide as the deviations. */
export function fillRunRow(
  row: Float64Array,
  z: Float64Array,
  drift: DriftPredictor,
): Float64Array {
  row.set(z);
  for (let column = 0; column < z.length; column += 1) {
    row[z.length + column] = drift.foretold(column);
  }
  return row;
}

/** Statistics that are measured anew for window after window in the same place: `copyOfStatistics` is for what is to outlast the next one. */
export class MeasuredStatistics implements Statistics {
  readonly looks: Float64Array[];
  readonly weakest: readonly Float64Array[];
  readonly joint: readonly [Float64Array, Float64Array];
  readonly #odd: readonly Float64Array[];
  readonly #sums: Float64Array;

  constructor(width: number) {
    const rows = (count: number): Float64Array[] =>
      Array.from({ length: count }, () => new Float64Array(width));
    this.looks = rows(FIRST_ODD);
    this.#odd = rows(LOOKS.length - FIRST_ODD);
    this.#sums = new Float64Array(width);
    this.weakest = rows(FIRST_ODD);
    this.joint = [new Float64Array(width), new Float64Array(width)];
  }

  /** Measures the newest of a run of windows. */
  measure(inputs: StatisticsInputs): this {
    const { run, runLength, features, constant, relation, drift } = inputs;
    const { looks, weakest, joint } = this;
    const newest = run[run.length - 1] as Float64Array;
    const [single, pair] = joint;
    const sums = this.#sums;
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
      sums[column] = ((two[column] as number) / Math.SQRT2) * Math.SQRT2;
    }
    fillJoint(single, now, features, constant);
    fillJoint(pair, sums, features, constant);
    for (const length of [1, 2]) {
      const look = FIRST_JUMP + length - 1;
      measureJumps(run, length, drift, looks[look] as Float64Array, weakest[look] as Float64Array);
    }
    looks.length = FIRST_ODD;
    if (relation === undefined) return this;
    for (let length = 0; length < joint.length; length += 1) {
      const odd = this.#odd[length] as Float64Array;
      relation.surprises(joint[length] as Float64Array, odd);
      looks.push(odd);
    }
    return this;
  }
}

/** Tells the statistics of windows that follow one another, by their deviations. They last until the next one's. */
export function eachStatistics(
  windows: readonly Float64Array[],
  inputs: Omit<StatisticsInputs, 'run'>,
  tell: (statistics: Statistics) => void,
): void {
  const statistics = new MeasuredStatistics(inputs.features.length);
  const run: Float64Array[] = [];
  for (const z of windows) {
    const oldest = run.length < inputs.runLength ? undefined : run.shift();
    run.push(fillRunRow(oldest ?? new Float64Array(2 * z.length), z, inputs.drift));
    tell(statistics.measure({ ...inputs, run }));
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
    joint[column] = constant[column] ? 0 : inRelation(z[column] as number, direction);
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
    const one = (first[column] as number) - foretold;
    const other = (newest[column] as number) - foretold;
    const sum = length === 1 ? other : clipped(one) + clipped(other);
    jump[column] = sum / Math.sqrt(length) / drift.spread(column);
    const sameSide = one > 0 === other > 0;
    least[column] = sameSide ? (Math.abs(one) < Math.abs(other) ? one : other) : 0;
  }
}

function clipped(z: number): number {
  return Math.min(MOST_OF_ONE, Math.max(-MOST_OF_ONE, z));
}

function inRelation(z: number, direction: FeatureSettings['direction']): number {
  const low = direction === 'up' ? -UNWATCHED : -MOST_IN_RELATION;
  const high = direction === 'down' ? UNWATCHED : MOST_IN_RELATION;
  return Math.min(high, Math.max(low, z));
}
