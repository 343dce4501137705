import type { UnusableMetric } from './metric-values.js';
import type { Votes } from './verdict.js';

/** `not_trained`: no baseline yet. `insufficient_data`: a metric is unusable (or the source failed) and what is there is normal. */
export type AnomalyStatus = 'not_trained' | 'normal' | 'anomaly_detected' | 'insufficient_data';

/** One metric of an abnormal window. */
export interface MetricAnomaly {
  readonly metric: string;
  readonly currentValue: number;
  readonly baselineMean: number;
  /** (current value - mean) / standard deviation of training, held within a million. */
  readonly zScore: number;
  /** The same with median and scaled median absolute deviation, which outliers in training do not blunt. */
  readonly robustZScore: number;
  /** `medium` above |z| = 2, `high` above 3; a metric that crossed its own threshold is at least `medium`. */
  readonly severity: 'medium' | 'high';
}

/** What is said about one window of one monitored model. JSON-able: no NaN, no Infinity, no undefined. */
export interface AnomalyReport {
  readonly modelName: string;
  readonly status: AnomalyStatus;
  /** The largest vote: above `threshold` is abnormal. Null where nothing could be judged. */
  readonly anomalyScore: number | null;
  readonly threshold: 1;
  /** The metrics that made the window abnormal, the one furthest beyond its threshold first. Empty unless `anomaly_detected`. */
  readonly anomalies: readonly MetricAnomaly[];
  /** ISO 8601. */
  readonly timestamp: string;
  /** The values judged. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Metrics that could not be judged, and why. */
  readonly unusable: readonly UnusableMetric[];
  readonly votes: Votes | null;
  /** Why the source gave nothing, where it did not; never its message. */
  readonly sourceError: 'failed' | 'timed_out' | null;
}
