import { BINS, countedBeyond, edgeOf } from './tail-counts.js';

/** How a statistic's tail falls beyond `from`: P(exceed z) = share · exp(-rate · (z^power - from^power)). */
export interface TailShape {
  readonly from: number;
  /** Share of windows beyond `from`. */
  readonly share: number;
  readonly rate: number;
  /** 2 falls like a normal distribution, 1 like an exponential, less like a power law. */
  readonly power: number;
  /** Windows that it was fitted to. */
  readonly fittedTo: number;
}

/** An exponential tail with the weight of a normal one at one deviation: what is assumed before anything was seen. */
export const UNKNOWN: TailShape = { from: 1, share: 0.16, rate: 1, power: 1, fittedTo: 10 };

/** Half-way between a normal and an exponential tail: what is taken for granted until windows contradict it. */
export const USUAL: TailShape = { from: 1, share: 0.16, rate: 1, power: 1.5, fittedTo: 1e6 };

const POWERS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];
const MIDDLES = Array.from({ length: BINS }, (_, bin) => (edgeOf(bin) + edgeOf(bin + 1)) / 2);
/** For each power and bin: its middle raised, and the logarithm of the derivative of that. */
const RAISED = Float64Array.from(
  POWERS.flatMap((power) => MIDDLES.map((middle) => middle ** power)),
);
const DENSITY = Float64Array.from(
  POWERS.flatMap((power) => MIDDLES.map((middle) => Math.log(power * middle ** (power - 1)))),
);
/** Powers that sums of a few deviations usually have, and the log-likelihood that others have to gain, a unit of squared distance. */
const USUAL_POWER = 1.4;
const PRIOR = 3;
const LEAST_EXCEEDING = 10;

/** Shares of the windows that a tail is fitted to: the first for its usual course, the others for rare disturbances. */
const FITTED_SHARES = [0.2, 0.02, 0.004, 0.001] as const;
const LEAST_FITTED = 12;

/** Fits the tail to counts in bins: a share of them, the largest, but at least 25 windows. */
export function fitTail(
  counts: ArrayLike<number>,
  offset: number,
  total: number,
  share: number,
): TailShape {
  const wanted = Math.max(LEAST_FITTED, total * share);
  let first = BINS;
  let exceeding = 0;
  while (first > 1 && exceeding < wanted) {
    first -= 1;
    exceeding += counts[offset + first] as number;
  }
  if (exceeding < LEAST_EXCEEDING || total <= 0) return UNKNOWN;
  const from = edgeOf(first);
  let best: TailShape = UNKNOWN;
  let most = -Infinity;
  POWERS.forEach((power, row) => {
    const origin = from ** power;
    let excess = 0;
    let logs = 0;
    for (let bin = first; bin < BINS; bin += 1) {
      const count = counts[offset + bin] as number;
      if (count === 0) continue;
      excess += count * ((RAISED[row * BINS + bin] as number) - origin);
      logs += count * (DENSITY[row * BINS + bin] as number);
    }
    const rate = exceeding / excess;
    const likelihood = exceeding * (Math.log(rate) - 1) + logs - PRIOR * (power - USUAL_POWER) ** 2;
    if (likelihood > most) {
      most = likelihood;
      best = { from, share: exceeding / total, rate, power, fittedTo: exceeding };
    }
  });
  return best;
}

/**
 * The magnitude that is exceeded with this probability, as the shape continues. A rate that was estimated from few
 * windows may as well be lower: the probability is that of the next window in view of those few, which takes a
 * longer way than the estimate's own.
 */
export function exceededWith(probability: number, shape: TailShape): number {
  const { from, share, rate, power, fittedTo } = shape;
  const beyond = (fittedTo * ((share / probability) ** (1 / fittedTo) - 1)) / rate;
  return Math.max(0, from ** power + beyond) ** (1 / power);
}

/**
 * The magnitude that a normal deviation exceeds to one side with this probability, within 2 %. No statistic is
 * taken to have lighter tails, whatever its few windows, which are not independent, say.
 */
export function exceededByNormal(probability: number): number {
  const t = Math.sqrt(-2 * Math.log(Math.min(0.5, probability)));
  return t - (2.30753 + 0.27061 * t) / (1 + 0.99229 * t + 0.04481 * t * t);
}

/**
 * The shapes that a tail may have: one, fitted to a fifth of the windows, unless more windows lie far out than
 * it allows; then those fitted to the farthest ones only, too.
 */
export function fitShapes(
  counts: ArrayLike<number>,
  offset: number,
  total: number,
): readonly TailShape[] {
  const usual = fitTail(counts, offset, total, FITTED_SHARES[0]);
  if (usual === UNKNOWN) return [UNKNOWN];
  if (!isExceeded(counts, offset, total, usual)) return [usual];
  return FITTED_SHARES.map((share) => fitTail(counts, offset, total, share));
}

/** Whether clearly more windows lie far out than a shape allows, where they come `together` so many at a time. */
export function isExceeded(
  counts: ArrayLike<number>,
  offset: number,
  total: number,
  shape: TailShape,
  together = 1,
): boolean {
  return [50, 15, 5, 1].some((expected) => {
    const share = expected / total;
    if (share > shape.share) return false;
    const beyond = countedBeyond(counts, offset, exceededWith(share, shape));
    return beyond > expected + 1.5 * Math.sqrt(together * expected) + together;
  });
}

/** The magnitude that is exceeded with this probability by the shape that goes farthest. */
export function farthest(probability: number, shapes: readonly TailShape[]): number {
  return shapes.reduce((most, shape) => {
    return Math.max(most, exceededWith(Math.min(probability, shape.share), shape));
  }, 0);
}
