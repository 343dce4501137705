import { attribute } from './attribution.js';
import { type FeatureSettings } from './feature.js';
import { type MetricValues, readMetrics } from './metric-values.js';
import { deviate, type ModelOfNormal } from './model-of-normal.js';
import type { AnomalyReport, AnomalyStatus } from './report.js';
import { judge, type Verdict } from './verdict.js';

/** One monitored model: its model of normal, and the newest windows seen since. */
export class MonitoredModel {
  readonly name: string;
  readonly normal: ModelOfNormal;
  readonly #features: readonly FeatureSettings[];
  readonly #runLength: number;
  #recent: readonly Float64Array[];

  constructor(
    name: string,
    normal: ModelOfNormal,
    features: readonly FeatureSettings[],
    runLength: number,
    recent: readonly Float64Array[] = [],
  ) {
    this.name = name;
    this.normal = normal;
    this.#features = features;
    this.#runLength = runLength;
    this.#recent = recent;
  }

  /** Deviations of the windows before the next one, oldest first. */
  get recent(): readonly Float64Array[] {
    return this.#recent;
  }

  /** Judges a window that follows the ones seen, and keeps nothing of it. */
  score(metrics: MetricValues, timestamp: string): AnomalyReport {
    return this.#judge(metrics, timestamp).report;
  }

  /** Judges a window and remembers it as the newest. */
  observe(metrics: MetricValues, timestamp: string): AnomalyReport {
    const { report, run } = this.#judge(metrics, timestamp);
    this.#recent = this.#runLength > 1 ? run.slice(1 - this.#runLength) : [];
    return report;
  }

  /** Forgets the newest windows: what comes next does not follow them. */
  interrupt(): void {
    this.#recent = [];
  }

  #judge(
    metrics: MetricValues,
    timestamp: string,
  ): { report: AnomalyReport; run: readonly Float64Array[] } {
    const { values, unusable } = readMetrics(this.#features, metrics);
    const run = [...this.#recent, deviate(this.normal.features, values)];
    const verdict = judge(this.normal, run, this.#runLength);
    const status = statusOf(verdict, unusable.length);
    const usable = this.#features
      .map(({ name }, column): [string, number] => [name, values[column] as number])
      .filter(([, value]) => !Number.isNaN(value));
    return {
      run,
      report: {
        modelName: this.name,
        status,
        anomalyScore: status === 'insufficient_data' ? null : verdict.score,
        threshold: 1,
        anomalies: status === 'anomaly_detected' ? attribute(this.normal, values, verdict) : [],
        timestamp,
        metrics: Object.fromEntries(usable),
        unusable,
        votes: verdict.votes,
        sourceError: null,
      },
    };
  }
}

/** What is there and far out is an anomaly even if something else is missing: failures often come together. */
function statusOf({ score }: Verdict, unusable: number): AnomalyStatus {
  if (score !== null && score > 1) return 'anomaly_detected';
  return unusable > 0 || score === null ? 'insufficient_data' : 'normal';
}
