import type { FeatureSettings } from './feature.js';
import { type MetricValues, readMetrics, type UnusableMetric } from './metric-values.js';
import type { TimeFault } from './window-clock.js';

/** A window of a history with its time, milliseconds since the epoch or ISO 8601. */
export interface TimedWindow {
  readonly at: number | string | Date;
  readonly metrics: MetricValues;
}

/** A window of a history that was not learnt from. */
export interface SkippedWindow {
  /** Its index in the history given. */
  readonly row: number;
  /** The unusable metric, null where the window's time is at fault. */
  readonly metric: string | null;
  readonly reason: UnusableMetric['reason'] | TimeFault;
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
  /** Windows with an unusable metric or time, not learnt from. */
  readonly skipped: number;
  /** The first of them, by row and metric; at most 10. */
  readonly skippedWindows: readonly SkippedWindow[];
}

/** The usable windows of a history, and what was left out of it. */
export interface History {
  readonly rows: readonly Float64Array[];
  /** Their times, NaN where none is given. */
  readonly times: readonly number[];
  readonly dropped: number;
  readonly skipped: number;
  readonly skippedWindows: readonly SkippedWindow[];
}

/** Reads the newest `maxHistory` windows; one with an unusable metric, or a time not after the one before, is left out and named. */
export function readHistory(
  features: readonly FeatureSettings[],
  history: readonly (MetricValues | TimedWindow)[],
  maxHistory: number,
): History {
  if (!Array.isArray(history)) {
    throw new TypeError(`history must be an array of windows, got ${typeof history}`);
  }
  const dropped = Math.max(0, history.length - maxHistory);
  const rows: Float64Array[] = [];
  const times: number[] = [];
  const skippedWindows: SkippedWindow[] = [];
  let skipped = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (let row = dropped; row < history.length; row += 1) {
    const { metrics, at } = readWindow(history[row] as MetricValues | TimedWindow | null);
    const { values, unusable } = readMetrics(features, metrics);
    const why: Omit<SkippedWindow, 'row'> | undefined =
      unusable[0] ??
      (at === undefined ? { metric: null, reason: 'invalid_timestamp' } : undefined) ??
      (at === last ? { metric: null, reason: 'duplicate_timestamp' } : undefined) ??
      ((at as number) < last ? { metric: null, reason: 'out_of_order' } : undefined);
    if (why === undefined) {
      rows.push(values);
      times.push(at as number);
      if (!Number.isNaN(at)) last = at as number;
    } else {
      skipped += 1;
      if (skippedWindows.length < 10) skippedWindows.push({ row, ...why });
    }
  }
  return { rows, times, dropped, skipped, skippedWindows };
}

/** A window's metrics, and its time: NaN where none is given, undefined where it is none. */
function readWindow(window: MetricValues | TimedWindow | null): {
  metrics: MetricValues;
  at: number | undefined;
} {
  if (typeof window !== 'object' || window === null) return { metrics: {}, at: Number.NaN };
  const { metrics, at } = window as Partial<TimedWindow>;
  if (typeof (metrics as unknown) !== 'object' || !metrics) {
    return { metrics: window as MetricValues, at: Number.NaN };
  }
  if (at === undefined) return { metrics, at: Number.NaN };
  const time = new Date(at).getTime();
  return { metrics, at: Number.isNaN(time) ? undefined : time };
}
