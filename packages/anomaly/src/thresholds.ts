import { changeOnScale } from './change.js';
import type { FeatureSettings } from './feature.js';
import { FIRST_ODD, LOOKS, type Series } from './series.js';
import { MOST_OF_ONE } from './statistics.js';
import { BINS, edgeOf, type TailCounts } from './tail-counts.js';
import type { TailPool } from './tail-pool.js';
import { countedBeyond, countedQuantile, farthest, fitShapes } from './tail-shape.js';

/**
 * Shares of the probability of a false alarm: the looks at each metric (where its drift is foretold, and where not), the
 * forest. Most is for two windows: one may be a stray, and waiting for three is long.
 */
/** (Those of votes that are switched off are not handed on: what an ablation leaves out is left out.) */
const SHARES = {
  looks: [0.08, 0.52, 0.15, 0, 0, 0.05, 0.2],
  looksForetold: [0.03, 0.15, 0.12, 0.05, 0.4, 0.05, 0.2],
  forest: [0.025, 0.025],
} as const;

/** Windows that a statistic must have been measured in before it counts. */
const LEAST_COUNTED = 20;

/** What thresholds are made of. */
export interface ThresholdInputs {
  readonly features: readonly FeatureSettings[];
  readonly series: Series;
  readonly votes: { readonly relation: boolean; readonly forest: boolean };
  readonly tails: TailCounts;
  readonly pool: TailPool;
  /** Probability that a normal window of this model is flagged. */
  readonly probability: number;
  readonly isForetold: (column: number) => boolean;
  readonly runLength: number;
  /** See `cautionFor`. */
  readonly caution: number;
}

/** Magnitudes from which each statistic is abnormal, in spreads; Infinity on a side that is not watched. */
export function thresholdsOf(inputs: ThresholdInputs): Float64Array {
  const { features, series, probability, runLength, votes, isForetold } = inputs;
  const thresholds = new Float64Array(series.count).fill(Infinity);
  const sides = features.reduce((sum, { direction }) => sum + (direction === 'both' ? 2 : 1), 0);
  features.forEach(({ direction }, column) => {
    for (const side of [0, 1] as const) {
      if (direction === (side === 0 ? 'down' : 'up')) continue;
      LOOKS.forEach((_, look) => {
        if (look >= FIRST_ODD && !votes.relation) return;
        const index = series.of(look, column, side);
        const shares = isForetold(column) ? SHARES.looksForetold : SHARES.looks;
        const share = (shares[look] as number) / sides;
        if (share === 0) return;
        const threshold = thresholdOf(inputs, index, share * probability, look === 1 || look === 2);
        // Windows that all are as far out as counts at all are abnormal, however wild training was.
        const windows = look === 1 ? 2 : look === 2 ? runLength : Infinity;
        const most = 0.94 * MOST_OF_ONE * Math.sqrt(windows);
        thresholds[index] = Math.min(most, threshold);
      });
    }
  });
  if (votes.forest) {
    SHARES.forest.forEach((share, length) => {
      const index = series.forest + length;
      thresholds[index] = thresholdOf(inputs, index, share * probability, false);
    });
  }
  return thresholds;
}

function thresholdOf(
  inputs: ThresholdInputs,
  index: number,
  probability: number,
  isOfSeveral: boolean,
): number {
  const { caution, tails, pool } = inputs;
  const total = tails.totals[index] as number;
  if (total < LEAST_COUNTED) return Infinity;
  const calm = caution < 1 ? calmThreshold(tails, pool, index, total, probability) : 0;
  if (caution <= 0) return calm;
  // Several windows far out are rarer than one: independent ones by a power, bursts by less.
  const rare = isOfSeveral ? probability ** (2 / 3) : probability;
  const careful = carefulThreshold(tails, index, total, rare);
  return caution >= 1 ? careful : calm ** (1 - caution) * careful ** caution;
}

/** The model's own width, stretched as the pool's tail is, unless its own windows already contradict that. */
function calmThreshold(
  tails: TailCounts,
  pool: TailPool,
  index: number,
  total: number,
  probability: number,
): number {
  const moderate = Math.min(0.2, Math.max(20 / total, 0.005));
  const width = countedQuantile(tails.counts, index * BINS, total, moderate);
  const stretched = width * pool.stretch(index, moderate, probability);
  const beyond = countedBeyond(tails.counts, index * BINS, stretched);
  if (Number.isFinite(stretched) && beyond < 2) return stretched;
  const alone = farthest(probability, fitShapes(tails.counts, index * BINS, total));
  return Number.isFinite(stretched) ? Math.max(stretched, alone) : alone;
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
  const quantile = (share: number): number =>
    countedQuantile(tails.counts, index * BINS, total, share);
  const largest = largestCounted(tails, index);
  const bulk = (quantile(0.1) - quantile(0.5)) / Math.log(5);
  const outliers = largest / (2 * Math.log(Math.max(total, 10)));
  const scales = Math.max(0, Math.log(1 / (total * probability)));
  return largest + Math.max(bulk, outliers) * scales;
}

/** The largest magnitude counted, to its bin's end. */
export function largestCounted({ counts }: TailCounts, index: number): number {
  for (let bin = BINS - 1; bin >= 0; bin -= 1) {
    if ((counts[index * BINS + bin] as number) > 0) return edgeOf(bin + 1);
  }
  return 0;
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
