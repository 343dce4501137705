export { createBusinessMetrics } from './business-metrics.js';
export { createInstruments } from './instruments.js';
export { MetricsRegistry } from './metrics-registry.js';
export { createGenAiMetrics } from './gen-ai-metrics.js';
export { listPrices } from './price-table.js';
export { createSpendBudgets } from './spend-budgets.js';
export { createHttpMetrics } from './http-metrics.js';
export { trackBusinessMetrics } from './tracking.js';
export { createActivityTracker } from './process-activity.js';
export { createRedisActivityTracker } from './redis-activity.js';
export { createReplicaTotals } from './replica-totals.js';
export { BusinessMetricsDashboard } from './dashboard.js';
export { isFailedPart } from './dashboard-part.js';
export { dashboardSchema, migrateDashboard } from './dashboard-schema.js';
export { deleteExpiredRows, deleteTenantRows } from './dashboard-upkeep.js';
export { createModelCallWriter } from './model-call-writer.js';
export { exportComponentStats } from './component-stats.js';
export { prometheusRules } from './alert-rules.js';
export { grafanaDashboard } from './grafana-dashboard.js';
export { createMetricsHandler } from './metrics-handler.js';
export { MetricsConfigurationError } from './configuration.js';

export type {
  BusinessMetrics,
  BusinessMetricsOptions,
  BusinessMetricsStats,
} from './business-metrics.js';
export type { BusinessLabel } from './business-catalogue.js';
export type { LabelLimitOptions } from './label-limit.js';
export type { LabelStats } from './series-table.js';
export type { LabelSet, LabelValue, PartialLabelSet } from './label-values.js';
export type {
  HistogramOptions,
  InstrumentOptions,
  Instruments,
  InstrumentsOptions,
} from './instruments.js';
export type { BoundCounter, CounterInstrument } from './counter.js';
export type { BoundGauge, GaugeInstrument } from './gauge.js';
export type { BoundHistogram, HistogramInstrument, ValueRange } from './histogram.js';
export type {
  Evaluation,
  GenAiLabel,
  GenAiMetrics,
  GenAiMetricsOptions,
  GenAiMetricsStats,
} from './gen-ai-metrics.js';
export type {
  InferenceEnd,
  InferenceRecord,
  InferenceStart,
  InferenceUsage,
} from './inference-record.js';
export type { ModelPrice, PriceTable } from './price-table.js';
export type {
  BudgetEvent,
  SpendBudget,
  SpendBudgets,
  SpendBudgetsOptions,
  SpendBudgetsStats,
} from './spend-budgets.js';
export type { AlertRuleOptions, PrometheusRule, PrometheusRules } from './alert-rules.js';
export type { GrafanaDashboard, GrafanaPanel } from './grafana-dashboard.js';
export type { FastifyLike, HttpMetrics, HttpMetricsOptions } from './http-metrics.js';
export type { ExemplarLabels } from './exemplar.js';
export type { TextFormat } from './text-format.js';
export type {
  BusinessMetricsTracker,
  LabelSource,
  TrackBusinessMetricsOptions,
  TrackedCall,
  TrackedMetrics,
  TrackErrorInfo,
  TrackingStats,
} from './tracking.js';
export type {
  ActivitySnapshot,
  ActivitySource,
  ActivityTracker,
  TenantActivity,
} from './activity.js';
export type {
  ActivityTrackerOptions,
  ActivityTrackerStats,
  ProcessActivityTracker,
} from './process-activity.js';
export type {
  RedisActivityTracker,
  RedisActivityTrackerOptions,
  RedisActivityTrackerStats,
} from './redis-activity.js';
export type {
  ReplicaTotals,
  ReplicaTotalsOptions,
  ReplicaTotalsStats,
  Totals,
  TotalsGrowth,
} from './replica-totals.js';
export type { CallClient, RedisClient, SendCommandClient } from './redis-client.js';
export type {
  BusinessMetricsDashboardOptions,
  RealtimeMetrics,
  TenantActivityReport,
  TenantMetrics,
} from './dashboard.js';
export type { DashboardPart, DashboardPartName, FailedPart, PartCounts } from './dashboard-part.js';
export type { ComplianceScore } from './compliance-score.js';
export type { ModelPerformance, ModelPerformanceReport } from './model-performance.js';
export type { RiskTrendCell, RiskTrends } from './risk-trends.js';
export type { ExpiredRows } from './dashboard-upkeep.js';
export type {
  ModelCall,
  ModelCallWriter,
  ModelCallWriterOptions,
  ModelCallWriterStats,
} from './model-call-writer.js';
export type { ComponentStats } from './component-stats.js';
export type { DashboardTables } from './table-name.js';
export type { Database } from './database.js';
export type {
  MetricsHandler,
  MetricsHandlerOptions,
  MetricsHandlerStats,
} from './metrics-handler.js';
export type { Clock } from './configuration.js';
