export { DistributionDrift } from './distribution-drift.js';
export { defaultFeatures } from './feature.js';
export { fileStore } from './file-store.js';
export { IsolationForest } from './isolation-forest.js';
export { ModelPerformanceMonitor } from './monitor.js';
export { postgresLease } from './postgres-lease.js';
export { postgresStore } from './postgres-store.js';
export { defaultReadings, promClientSource } from './prom-client-source.js';
export { prometheusSource } from './prometheus-source.js';
export { ReplicatedMonitor } from './replicated-monitor.js';

export type { Limits, MetricBaseline, ModelBaseline } from './baseline.js';
export type { DistributionDriftOptions, Drift } from './distribution-drift.js';
export type { FeatureSummary } from './feature-summary.js';
export type { Change, FeatureOptions } from './feature.js';
export type { Finding } from './findings.js';
export type { ForestDocument } from './forest-document.js';
export type { IsolationForestOptions } from './isolation-forest.js';
export type { MetricValues, UnusableMetric } from './metric-values.js';
export type { MonitorDocument, SavedPart } from './monitor-document.js';
export type { MonitorLease } from './monitor-lease.js';
export type { MetricsSource, MonitorOptions } from './monitor-options.js';
export type { MonitorStats } from './monitor-stats.js';
export type { MonitorStore } from './monitor-store.js';
export type { PostgresLeaseOptions } from './postgres-lease.js';
export type { PostgresStoreOptions } from './postgres-store.js';
export type { Queryable } from './postgres-table.js';
export type {
  PromClientRegistry,
  PromClientSource,
  PromClientSourceOptions,
  Reading,
  SeriesChoice,
} from './prom-client-source.js';
export type { PrometheusSourceOptions } from './prometheus-source.js';
export type { AnomalyReport, AnomalyStatus, MetricAnomaly, TrainingState } from './report.js';
export type { ReplicatedMonitorOptions, ReplicatedMonitorStats } from './replicated-monitor.js';
export type { Rows } from './rows.js';
export type { SkippedWindow, TimedWindow, TrainingResult } from './training.js';
export type { TransformName } from './transform.js';
export type { Votes } from './verdict.js';
export type { TimeFault } from './window-clock.js';
