export { TracingConfigError } from './config-error.js';
export { MissingPackagesError } from './node/optional-package.js';
export { RecentSpans } from './node/recent-spans.js';
export { setupTracing } from './node/setup-tracing.js';

export type {
  ConsoleOptions,
  ExporterOptions,
  JaegerHttpOptions,
  JaegerOptions,
  OtlpOptions,
  SpanExporterLike,
} from './node/exporter-options.js';
export type { DeliveryStats, DropReason, DroppedSpans } from './node/delivery-ledger.js';
export type { InstrumentationName } from './node/instrumentation-name.js';
export type { PropagatorName } from './node/propagator-name.js';
export type { RecentSpan, RecentSpansOptions } from './node/recent-spans.js';
export type { SetupTracingOptions, SpanLimitOptions } from './node/setup-options.js';
export type { Tracing, TracingSetupStats } from './node/setup-tracing.js';
export type { AlwaysKeepOptions, TailStats } from './node/tail-options.js';
