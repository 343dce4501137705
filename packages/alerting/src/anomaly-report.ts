import { severities, worseSeverity, type Severity } from './alert.js';
import type { AlertInput } from './alert-input.js';

/** The part of a monitor's report that alerting takes. */
export interface AnomalyReport {
  readonly modelName: string;
  /** `anomaly_detected` raises, `normal` clears, anything else does nothing. */
  readonly status: string;
  readonly anomalyScore?: number | null | undefined;
  readonly anomalies?: readonly ReportedAnomaly[] | undefined;
  /** Extends the alert's labels, such as `tenant`. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** One metric that is out of its range. */
export interface ReportedAnomaly {
  readonly metric: string;
  readonly currentValue?: number | null | undefined;
  readonly baselineMean?: number | null | undefined;
  readonly zScore?: number | null | undefined;
  readonly severity?: string | undefined;
}

/** The type of an alert that an anomaly report raised, and its type once escalated. */
export const anomalyAlertTypes = {
  initial: 'model_anomaly',
  escalated: 'model_performance_degradation',
} as const;

/** The key of a model's alert. */
export function anomalyAlertKey(modelName: string): string {
  return `model_anomaly_${modelName}`;
}

/** More anomalies than this are counted, not listed. */
const maxListed = 10;

/** The alert that a report raises: as severe as its worst anomaly, naming each metric. */
export function anomalyAlert(report: AnomalyReport): AlertInput {
  const { modelName, anomalies = [], anomalyScore } = report;
  const names = anomalies.slice(0, maxListed).map(({ metric }) => metric);
  const more = anomalies.length > maxListed ? ` and ${anomalies.length - maxListed} more` : '';
  const what = names.length === 0 ? 'unusual behaviour' : `unusual ${names.join(', ')}${more}`;
  return {
    key: anomalyAlertKey(modelName),
    labels: { model: modelName, ...report.labels },
    annotations: {
      summary: `${modelName}: ${what}`,
      ...(typeof anomalyScore === 'number' ? { anomaly_score: String(anomalyScore) } : {}),
      ...Object.fromEntries(
        anomalies.slice(0, maxListed).map((anomaly) => [`metric.${anomaly.metric}`, say(anomaly)]),
      ),
    },
    severity: anomalies.reduce<Severity>(
      (worst, { severity }) => (isSeverity(severity) ? worseSeverity(worst, severity) : worst),
      anomalies.some(({ severity }) => isSeverity(severity)) ? 'low' : 'medium',
    ),
    type: anomalyAlertTypes.initial,
    escalatedType: anomalyAlertTypes.escalated,
    source: { kind: 'report', name: modelName },
  };
}

function isSeverity(value: unknown): value is Severity {
  return (severities as readonly unknown[]).includes(value);
}

function say({ currentValue, baselineMean, zScore }: ReportedAnomaly): string {
  const parts = [round(currentValue)];
  if (typeof baselineMean === 'number') parts.push(`usually ${round(baselineMean)}`);
  if (typeof zScore === 'number') parts.push(`z ${round(zScore)}`);
  return parts.join(', ');
}

function round(value: number | null | undefined): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : 'unknown';
}
