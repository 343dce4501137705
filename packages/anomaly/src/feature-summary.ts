import type { NormalState } from './normal-state.js';
import { ascending, quantile } from './quantile.js';
import type { RecentWindows } from './recent-windows.js';

/** What normal is for one metric, in its own unit. */
export interface FeatureSummary {
  readonly mean: number;
  /** Standard deviation of the training values (of the population, as numpy's default). */
  readonly std: number;
  readonly p95: number;
  readonly median: number;
  /** Median absolute deviation from the median, unscaled. */
  readonly mad: number;
  readonly min: number;
  readonly max: number;
}

/** The figures of at least one value. */
export function summarise(values: ArrayLike<number> & Iterable<number>): FeatureSummary {
  const sorted = ascending(values);
  const count = sorted.length;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count;
  const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
  const median = quantile(sorted, 0.5);
  return {
    mean,
    std: Math.sqrt(variance),
    p95: quantile(sorted, 0.95),
    median,
    mad: quantile(ascending(sorted.map((value) => Math.abs(value - median))), 0.5),
    min: sorted[0] as number,
    max: sorted[count - 1] as number,
  };
}

/** Standard deviation without what lies beyond four robust ones, so that a few outliers do not widen it. */
export function clippedSpread(values: Float64Array, centre: number): number {
  const { mad, std } = summarise(values);
  let scale = 1.4826 * mad || std;
  if (!(scale > 0)) return 0;
  for (let round = 0; round < 2; round += 1) {
    let sum = 0;
    for (const value of values) sum += Math.min((value - centre) ** 2, 16 * scale * scale);
    scale = Math.sqrt(sum / values.length);
  }
  return scale;
}

/** Of each metric: mean and deviation of all windows learnt, median and the like of those kept. */
export function summariseLearnt(state: NormalState, recent: RecentWindows): FeatureSummary[] {
  return Array.from(state.mean, (mean, column) => {
    const summary = summarise(recent.column(column));
    if (state.windows <= recent.length) return summary;
    return { ...summary, mean, std: Math.sqrt(state.variance[column] as number) };
  });
}
