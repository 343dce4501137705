export { defaultFeatures } from './feature.js';
export { IsolationForest } from './isolation-forest.js';
export { ModelPerformanceMonitor } from './monitor.js';

export type { Limits, MetricBaseline, ModelBaseline } from './baseline.js';
export type { FeatureSummary } from './feature-baseline.js';
export type { Change, FeatureOptions } from './feature.js';
export type { ForestDocument } from './forest-document.js';
export type { IsolationForestOptions } from './isolation-forest.js';
export type { MetricValues, UnusableMetric } from './metric-values.js';
export type { MonitorDocument } from './monitor-document.js';
export type { MetricsSource, MonitorOptions } from './monitor-options.js';
export type { MonitorStats } from './monitor-stats.js';
export type { AnomalyReport, AnomalyStatus, MetricAnomaly } from './report.js';
export type { Rows } from './rows.js';
export type { SkippedWindow, TrainingResult } from './training.js';
export type { TransformName } from './transform.js';
export type { Votes } from './verdict.js';
