import { changeOnScale } from './change.js';
import type { FeatureSettings } from './feature.js';
import { cautionFor } from './maturity.js';
import {
  COUNTED_EVERY,
  FIRST_ODD,
  LOOKS,
  type Series,
  SINGLE_LOOKS,
  SLOW_LOOKS,
} from './series.js';
import { BINS, type TailCounts } from './tail-counts.js';
import type { TailPool } from './tail-pool.js';
import { exceededByNormal, exceededWith, farthest, fitShapes, USUAL } from './tail-shape.js';
import type { Units } from './units.js';

/**
 * Shares of the probability of a false alarm: the looks at each metric (where its drift is foretold, and where not), the
 * forest. Most is for two windows: one may be a stray, and waiting for three is long.
 */
/** (Those of votes that are switched off are not handed on: what an ablation leaves out is left out.) */
const SHARES = {
  looks: [0.005, 0.45, 0.2, 0, 0, 0.2, 0.005, 0.14],
  looksForetold: [0.003, 0.17, 0.14, 0.007, 0.38, 0.15, 0.005, 0.145],
  // While changes have to be large, they should be found in the first window.
  careful: [0.08, 0.42, 0.15, 0, 0, 0.1, 0.05, 0.2],
  carefulForetold: [0.03, 0.15, 0.1, 0.05, 0.37, 0.05, 0.05, 0.2],
  forest: [0.025, 0.025],
} as const;

/** How far beyond the farthest stray is well beyond. */
const BEYOND = 1.5;

/** The look that is none at single metrics. */
const FOREST_LOOK = -1;
/** A window of a model by itself shows as much of a tail as so many do where other models have shown it. */
const SHOWN_BY_OTHERS = 5;

/** Windows that a statistic must have been measured in before it counts. */
const LEAST_COUNTED = 20;

/** What thresholds are made of. */
export interface ThresholdInputs {
  readonly features: readonly FeatureSettings[];
  readonly series: Series;
  readonly votes: { readonly relation: boolean; readonly forest: boolean };
  readonly tails: TailCounts;
  readonly units: Units;
  readonly pool: TailPool;
  /** Probability that a normal window of this model is flagged. */
  readonly probability: number;
  readonly isForetold: (column: number) => boolean;
  /** See `cautionFor`. */
  readonly caution: number;
  /** See `stretchFor`. */
  readonly stretch: number;
}

/** Magnitudes from which each statistic is abnormal, in spreads; Infinity on a side that is not watched. */
export function thresholdsOf(inputs: ThresholdInputs): Float64Array {
  const { features, series, probability, votes, isForetold } = inputs;
  const thresholds = new Float64Array(series.count).fill(Infinity);
  const sides = features.reduce((sum, { direction }) => sum + (direction === 'both' ? 2 : 1), 0);
  features.forEach(({ direction }, column) => {
    for (const side of [0, 1] as const) {
      if (direction === (side === 0 ? 'down' : 'up')) continue;
      LOOKS.forEach((_, look) => {
        if (look >= FIRST_ODD && !votes.relation) return;
        const index = series.of(look, column, side);
        const share = shareOf(look, isForetold(column), inputs.caution) / sides;
        if (share === 0) return;
        const threshold = thresholdOf(inputs, index, share * probability, look);
        const strays =
          SINGLE_LOOKS.has(look) && inputs.caution <= 0 ? beyondStrays(inputs.tails, index) : 0;
        const unit = inputs.units.of(look, column);
        thresholds[index] = unit * Math.max(strays, inputs.stretch * threshold);
      });
    }
  });
  if (votes.forest) {
    SHARES.forest.forEach((share, length) => {
      const index = series.forest + length;
      thresholds[index] =
        inputs.stretch * thresholdOf(inputs, index, share * probability, FOREST_LOOK);
    });
  }
  return thresholds;
}

function shareOf(look: number, isForetold: boolean, caution: number): number {
  const [foretold, not] =
    caution > 0 ? [SHARES.carefulForetold, SHARES.careful] : [SHARES.looksForetold, SHARES.looks];
  return (isForetold ? foretold : not)[look] as number;
}

function thresholdOf(
  inputs: ThresholdInputs,
  index: number,
  probability: number,
  look: number,
): number {
  const { tails, pool } = inputs;
  const total = tails.totals[index] as number;
  if (total < LEAST_COUNTED) return Infinity;
  // A statistic that began to be measured anew has few windows, though the model has many; other models show its tail.
  const seen = SLOW_LOOKS.has(look) ? COUNTED_EVERY * total : total;
  const known = Math.max(seen / 2, Math.min(SHOWN_BY_OTHERS * seen, pool.windows(index) / 2));
  const caution = Math.max(inputs.caution, cautionFor(known, Number.NaN));
  const least = exceededByNormal(probability);
  const calm =
    caution < 1 ? Math.max(least, calmThreshold(tails, pool, index, total, probability)) : 0;
  if (caution <= 0) return calm;
  // Several windows far out are rarer than one: independent ones by a power, bursts by less.
  const rare = look === 1 || look === 2 ? probability ** (2 / 3) : probability;
  const careful = Math.max(least, carefulThreshold(tails, index, total, rare));
  return caution >= 1 ? careful : calm ** (1 - caution) * careful ** caution;
}

/** As the tail of all models goes on, unless the model's own windows already contradict that. */
function calmThreshold(
  tails: TailCounts,
  pool: TailPool,
  index: number,
  total: number,
  probability: number,
): number {
  const common = pool.exceededWith(index, probability);
  if (tails.beyond(index, common) < 2) return common;
  return Math.max(common, farthest(probability, fitShapes(tails.counts, index * BINS, total)));
}

/**
 * The largest value counted plus an exponential tail beyond it. Its scale comes from the step between
 * median and 90 % quantile, which a few outliers cannot move; where that step says nothing (ties, or
 * outliers beside a narrow bulk) a share of the largest value stands in.
 */
function carefulThreshold(
  tails: TailCounts,
  index: number,
  total: number,
  probability: number,
): number {
  const largest = tails.largest(index);
  const bulk = (tails.quantile(index, 0.1) - tails.quantile(index, 0.5)) / Math.log(5);
  const outliers = largest / (2 * Math.log(Math.max(total, 10)));
  const scales = Math.max(0, Math.log(1 / (total * probability)));
  return largest + Math.max(bulk, outliers) * scales;
}

/**
 * Where single windows stray farther than usual tails let them, the next stray is as likely as not the farthest of so
 * many: only one that leaves them well behind is told from them by itself.
 */
function beyondStrays(tails: TailCounts, index: number): number {
  const total = tails.totals[index] as number;
  const farthestSeen = tails.largest(index);
  return farthestSeen > exceededWith(0.1 / Math.max(1, total), USUAL) ? BEYOND * farthestSeen : 0;
}

/** Smallest deviation that counts on the transformed scale, in each look. */
export function leastDeviation(
  feature: FeatureSettings,
  transform: Parameters<typeof changeOnScale>[0],
  centre: number,
  sign: 1 | -1,
  look: number,
  caution: number,
): number {
  const calibrated = look === 0 ? feature.minCalibratedJump : feature.minCalibratedChange;
  const calm = caution < 1 ? changeOnScale(transform, centre, calibrated, sign) : 0;
  if (caution <= 0) return calm;
  const change = changeOnScale(transform, centre, feature.minChange, sign);
  const jump = Math.max(change, changeOnScale(transform, centre, feature.minJump, sign));
  // Two windows need less than one, and more than a run.
  const careful = change ** (look / 2) * jump ** (1 - look / 2);
  return caution >= 1 ? careful : calm ** (1 - caution) * careful ** caution;
}
