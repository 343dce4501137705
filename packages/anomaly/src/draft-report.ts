import type { FeatureSettings } from './feature.js';
import type { AnomalyReport, TrainingState } from './report.js';

/** A report that is being written. */
export type DraftReport = { -readonly [Key in keyof AnomalyReport]: AnomalyReport[Key] };

/** A report that says nothing yet. */
export function blankReport(
  modelName: string,
  timestamp: string,
  training: TrainingState,
): DraftReport {
  return {
    modelName,
    status: 'not_trained',
    anomalyScore: null,
    threshold: 1,
    anomalies: [],
    contributions: {},
    finding: null,
    timestamp,
    metrics: {},
    unusable: [],
    votes: null,
    training,
    sourceError: null,
  };
}

/** The time written last: windows of many models often have the same one. */
const written = { at: Number.NaN, timestamp: '' };

/** ISO 8601; now, where the time is none. */
export function timestampOf(at: number): string {
  if (at === written.at) return written.timestamp;
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return new Date().toISOString();
  written.at = at;
  written.timestamp = date.toISOString();
  return written.timestamp;
}

/** The values that were judged, by name. */
export function usable(
  features: readonly FeatureSettings[],
  values: Float64Array,
): Record<string, number> {
  const named: Record<string, number> = {};
  features.forEach(({ name }, column) => {
    const value = values[column] as number;
    if (!Number.isNaN(value)) named[name] = value;
  });
  return named;
}
