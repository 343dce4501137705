import type { FeatureSettings } from './feature.js';
import { type MetricValues, readMetrics, type UnusableMetric } from './metric-values.js';

/** A window of a history that was not learnt from. */
export interface SkippedWindow extends UnusableMetric {
  /** Its index in the history given. */
  readonly row: number;
}

/** What `trainBaseline` did. */
export interface TrainingResult {
  readonly modelName: string;
  /** `insufficient_data`: too few usable windows, the baseline before (if any) stays. `too_many_models`: `maxModels` are kept already. */
  readonly status: 'trained' | 'insufficient_data' | 'too_many_models';
  /** Usable windows, learnt from if `trained`. */
  readonly samples: number;
  /** Usable windows needed. */
  readonly required: number;
  /** Windows older than the newest `maxHistory`, not looked at. */
  readonly dropped: number;
  /** Windows with an unusable metric, not learnt from. */
  readonly skipped: number;
  /** The first of them, by row and metric; at most 10. */
  readonly skippedWindows: readonly SkippedWindow[];
}

/** The usable windows of a history, and what was left out of it. */
export interface History {
  readonly rows: readonly Float64Array[];
  readonly dropped: number;
  readonly skipped: number;
  readonly skippedWindows: readonly SkippedWindow[];
}

/** Reads the newest `maxHistory` windows; a window with an unusable metric is left out and named. */
export function readHistory(
  features: readonly FeatureSettings[],
  history: readonly MetricValues[],
  maxHistory: number,
): History {
  if (!Array.isArray(history)) {
    throw new TypeError(`history must be an array of windows, got ${typeof history}`);
  }
  const dropped = Math.max(0, history.length - maxHistory);
  const rows: Float64Array[] = [];
  const skippedWindows: SkippedWindow[] = [];
  let skipped = 0;
  for (let row = dropped; row < history.length; row += 1) {
    const { values, unusable } = readMetrics(features, (history[row] ?? {}) as MetricValues);
    const first = unusable[0];
    if (first === undefined) {
      rows.push(values);
    } else {
      skipped += 1;
      if (skippedWindows.length < 10) skippedWindows.push({ row, ...first });
    }
  }
  return { rows, dropped, skipped, skippedWindows };
}
