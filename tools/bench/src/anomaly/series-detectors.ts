import { type FeatureOptions, ModelPerformanceMonitor, type MonitorOptions } from '@llm/anomaly';
import type { LabelledSeries } from './series-data.js';

/** A score for each window, higher for what is more abnormal; 0 where nothing is said yet. */
export type Scores = readonly number[];

const noDefaults = {
  avg_confidence: false,
  inference_latency: false,
  error_rate: false,
  throughput: false,
  memory_usage: false,
} as const;

/** The monitor's scores of a stream that it was never trained on. */
export function monitorScores(
  { windows, name }: LabelledSeries,
  features: Readonly<Record<string, FeatureOptions>>,
  options: MonitorOptions = {},
): {
  readonly scores: Scores;
  readonly flagged: readonly boolean[];
  /** The first windows of incidents only, for scores that take each alarm for one of its own. */
  readonly opened: readonly boolean[];
} {
  const monitor = new ModelPerformanceMonitor({ features: { ...noDefaults, ...features }, ...options }); // prettier-ignore
  const reports = windows.map(({ at, metrics }) => monitor.observe(name, metrics, at));
  const isOpening = reports.map(
    ({ finding }, index) => finding !== null && finding.id !== reports[index - 1]?.finding?.id,
  );
  return {
    opened: isOpening,
    scores: reports.map(({ anomalyScore, votes }, index) => {
      const own = Math.max(votes?.single ?? 0, votes?.sustained ?? 0, votes?.relation ?? 0, votes?.forest ?? 0); // prettier-ignore
      return anomalyScore === null || (own > 1 && !isOpening[index]) ? 0 : own;
    }),
    flagged: reports.map(({ status }) => status === 'anomaly_detected'),
  };
}

/** The largest |z| of any metric against the median and MAD of the 60 windows before. */
export function rollingMad({ windows }: LabelledSeries): Scores {
  const names = Object.keys(windows[0]?.metrics ?? {});
  return windows.map(({ metrics }, index) => {
    if (index < 30) return 0;
    const before = windows.slice(Math.max(0, index - 60), index);
    return names.reduce((most, name) => {
      const values = before.map((window) => window.metrics[name] ?? 0);
      const middle = median(values);
      const mad = 1.4826 * median(values.map((value) => Math.abs(value - middle)));
      const z = Math.abs((metrics[name] ?? 0) - middle) / (mad + 1e-9 * (Math.abs(middle) + 1));
      return Math.max(most, Math.min(z, 1e6));
    }, 0);
  });
}

/** The larger of the largest |z| and the Mahalanobis distance (by its own scale) on logarithms, learnt from all windows before. */
export function maxZWithMahalanobis({ windows }: LabelledSeries): Scores {
  const names = Object.keys(windows[0]?.metrics ?? {});
  const width = names.length;
  const sum = new Float64Array(width);
  const products = Array.from({ length: width }, () => new Float64Array(width));
  return windows.map(({ metrics }, count) => {
    const x = names.map((name) => Math.log1p(Math.max(0, metrics[name] ?? 0) * 1000));
    let score = 0;
    if (count >= 30) {
      const mean = [...sum].map((total) => total / count);
      const covariance = products.map((row, a) => [...row].map((total, b) => total / count - (mean[a] ?? 0) * (mean[b] ?? 0) + (a === b ? 1e-6 : 0))); // prettier-ignore
      const apart = x.map((value, column) => value - (mean[column] ?? 0));
      const z = apart.map((value, column) => Math.abs(value) / Math.sqrt(covariance[column]?.[column] ?? 1)); // prettier-ignore
      const solved = solve(covariance, apart);
      const squared = apart.reduce(
        (total, value, column) => total + value * (solved[column] ?? 0),
        0,
      );
      score = Math.max(...z, Math.sqrt(Math.max(0, squared) / width) * 1.5);
    }
    x.forEach((value, a) => {
      sum[a] = (sum[a] ?? 0) + value;
      x.forEach((other, b) => ((products[a] as Float64Array)[b] = (products[a]?.[b] ?? 0) + value * other)); // prettier-ignore
    });
    return score;
  });
}

/** How far a value is outside the range of all values before, as a share of that range; one beyond 5 % is abnormal. */
export function beyondRange({ windows }: LabelledSeries): Scores {
  let low = Infinity;
  let high = -Infinity;
  return windows.map(({ metrics }, index) => {
    const value = metrics['value'] ?? 0;
    const beyond = Math.max(value - high, low - value) / Math.max(1e-12, high - low);
    low = Math.min(low, value);
    high = Math.max(high, value);
    return index < 10 || !Number.isFinite(beyond) ? 0 : Math.max(0, beyond);
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[half] ?? 0) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2; // prettier-ignore
}

/** Gauss-Jordan with pivots. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, index) => [...row, right[index] ?? 0]);
  for (let column = 0; column < rows.length; column += 1) {
    const pivot = rows.reduce((best, row, index) => index >= column && Math.abs(row[column] ?? 0) > Math.abs(rows[best]?.[column] ?? 0) ? index : best, column); // prettier-ignore
    [rows[column], rows[pivot]] = [rows[pivot] ?? [], rows[column] ?? []];
    const divisor = rows[column]?.[column] ?? 1;
    rows.forEach((row, index) => {
      if (index === column) return;
      const factor = (row[column] ?? 0) / divisor;
      for (let at = column; at < row.length; at += 1) row[at] = (row[at] ?? 0) - factor * (rows[column]?.[at] ?? 0); // prettier-ignore
    });
  }
  return rows.map((row, index) => (row[rows.length] ?? 0) / (row[index] ?? 1));
}
