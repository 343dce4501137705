import type { Finding } from './findings.js';
import type { UnusableMetric } from './metric-values.js';
import type { Votes } from './verdict.js';
import type { TimeFault } from './window-clock.js';

/**
 * `not_trained`: fewer than `provisionalSamples` windows were seen. `insufficient_data`: a metric is unusable (or the
 * source failed) and what is there is normal. `out_of_order`, `duplicate_timestamp`, `invalid_timestamp`: the window's
 * time is none that could follow the ones before; nothing was judged or learnt.
 */
export type AnomalyStatus =
  'not_trained' | 'normal' | 'anomaly_detected' | 'insufficient_data' | TimeFault;

/** One metric of an abnormal window. */
export interface MetricAnomaly {
  readonly metric: string;
  readonly currentValue: number;
  readonly baselineMean: number;
  /** (current value - mean) / standard deviation of training, held within a million. */
  readonly zScore: number;
  /** The same with median and scaled median absolute deviation, which outliers in training do not blunt. */
  readonly robustZScore: number;
  /** Its part of `anomalyScore`; those of all metrics add up to it. */
  readonly contribution: number;
  /** `medium` above |z| = 2, `high` above 3; a metric that crossed its own threshold is at least `medium`. */
  readonly severity: 'medium' | 'high';
}

/** How far the model's training has come. */
export interface TrainingState {
  /** `learning`: too few windows to judge. `provisional`: judged, with caution. `trained`: `minSamples` were learnt. */
  readonly stage: 'learning' | 'provisional' | 'trained';
  /** Windows learnt. */
  readonly samples: number;
  /** False alarms a week that the windows seen so far can promise for the whole process; the budget, once they support it. */
  readonly falseAlarmsPerWeek: number | null;
  /** Whether that is more than the budget: the thresholds are the best guess, and the budget is no promise yet. */
  readonly provisional: boolean;
}

/** What is said about one window of one monitored model. JSON-able: no NaN, no Infinity, no undefined. */
export interface AnomalyReport {
  readonly modelName: string;
  readonly status: AnomalyStatus;
  /** The largest vote: above `threshold` is abnormal. Null where nothing could be judged. */
  readonly anomalyScore: number | null;
  readonly threshold: 1;
  /** The metrics that made the window abnormal, the one that contributes most first. Empty unless `anomaly_detected`. */
  readonly anomalies: readonly MetricAnomaly[];
  /** Each usable metric's part of the score. Empty unless `anomaly_detected`. */
  readonly contributions: Readonly<Record<string, number>>;
  /** What the model has in common with others that moved with it. Null unless `anomaly_detected`. */
  readonly finding: Finding | null;
  /** ISO 8601. */
  readonly timestamp: string;
  /** The values judged. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Metrics that could not be judged, and why. */
  readonly unusable: readonly UnusableMetric[];
  readonly votes: Votes | null;
  readonly training: TrainingState;
  /** Why the source gave nothing, where it did not; never its message. */
  readonly sourceError: 'failed' | 'timed_out' | null;
}
