import type { Attributes } from '@opentelemetry/api';
import type { CorrelationOptions } from '../incoming-id.js';
import type { DroppedSpans } from './delivery-ledger.js';
import type { ExporterOption } from './exporter-options.js';
import type { InstrumentationName } from './instrumentation-name.js';
import type { PropagatorName } from './propagator-name.js';
import type { AlwaysKeepOptions } from './tail-options.js';

/** Most that a span holds; SDK defaults and `OTEL_SPAN_*`, `OTEL_ATTRIBUTE_*` where absent. */
export interface SpanLimitOptions {
  /** Characters of a text; longer ones are cut. Default none. */
  readonly attributeValueLengthLimit?: number | undefined;
  /** Attributes of a span. Default 128. */
  readonly attributeCountLimit?: number | undefined;
  /** Events of a span. Default 128. */
  readonly eventCountLimit?: number | undefined;
  /** Links of a span. Default 128. */
  readonly linkCountLimit?: number | undefined;
}

/** Each option beats the environment variable that is named beside it. */
export interface SetupTracingOptions {
  /** Name of the service, on every span. Default `OTEL_SERVICE_NAME`; one of them is required. */
  readonly serviceName?: string | undefined;
  /** Version of the service. Default none. */
  readonly serviceVersion?: string | undefined;
  /** Where it runs, e.g. `production`. Default none. */
  readonly environment?: string | undefined;
  /** More attributes of the resource. Default `OTEL_RESOURCE_ATTRIBUTES`, which these are added to. */
  readonly resourceAttributes?: Attributes | undefined;
  /** Where spans go: `jaeger`, `jaeger-http`, `otlp`, `otlp-json`, `console`, their options, a SpanExporter, or several; `environment` among them stands for whatever the environment names. Default `OTEL_TRACES_EXPORTER`, or whatever has an address in `OTEL_EXPORTER_*`; one of them is required. */
  readonly exporter?: ExporterOption | undefined;
  /** A Fastify or Express application, before its routes: gets routes on its spans, and correlation ids. Default none; Fastify 5 applications made later are found by themselves. */
  readonly app?: unknown;
  /** How servers find correlation ids; `false` leaves that to you. Default {@link CorrelationOptions}' defaults. */
  readonly correlation?: CorrelationOptions | false | undefined;
  /** Hosts that outgoing requests tell the correlation id and the baggage: `api.example.com`, `*.internal`, `localhost:8080`, or `*`. Default none. */
  readonly propagateTo?: readonly string[] | undefined;
  /** Formats of incoming and outgoing headers. Default `OTEL_PROPAGATORS`, else `tracecontext` both ways and `baggage` of incoming requests; outgoing baggage follows `propagateTo`. */
  readonly propagators?: readonly PropagatorName[] | undefined;
  /** Share of new traces that is recorded, 0 to 1; a caller's decision is followed. Default `OTEL_TRACES_SAMPLER` and `_ARG`, else 1. */
  readonly sampleRatio?: number | undefined;
  /** Whether one decision covers all traces of a correlation id, in all services, or a trace alone. Default `correlation`. */
  readonly sampleBy?: 'correlation' | 'trace' | undefined;
  /** Traces that are kept although they were not sampled, by what this process sees of them; `true` for those with errors. Default `false`. */
  readonly alwaysKeep?: boolean | AlwaysKeepOptions | undefined;
  /** Most that a span holds. Default `OTEL_SPAN_*_LIMIT` and `OTEL_ATTRIBUTE_*_LIMIT`, else the SDK's. */
  readonly spanLimits?: SpanLimitOptions | undefined;
  /** What is instrumented. Default `http`, `fetch`, and each other whose instrumentation is installed; `OTEL_NODE_ENABLED_INSTRUMENTATIONS` and `_DISABLED_`. */
  readonly instrumentations?: readonly InstrumentationName[] | undefined;
  /** Whether hooks, handlers and middlewares of Fastify (by `@fastify/otel`) and Express get spans of their own. Default false. */
  readonly frameworkSpans?: boolean | undefined;
  /** Paths of incoming requests without a span, exactly, without query. Default none. */
  readonly ignoreIncomingPaths?: readonly string[] | undefined;
  /** Whether SQL texts and Redis arguments are recorded. Default false. */
  readonly recordQueryText?: boolean | undefined;
  /** Whether the query part of URLs is recorded. Default false. */
  readonly recordUrlQuery?: boolean | undefined;
  /** Cleans error messages and stacks of all spans; `false` records them as they are. Default {@link maskText}. */
  readonly maskError?: ((text: string) => string) | false | undefined;
  /** Spans held for one exporter, waiting and on their way; more are dropped and counted. Default `OTEL_BSP_MAX_QUEUE_SIZE`, else 65536. */
  readonly maxQueueSize?: number | undefined;
  /** Spans in one export. Default `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`, else 512. */
  readonly maxExportBatchSize?: number | undefined;
  /** Longest that a span waits for its export, in milliseconds. Default `OTEL_BSP_SCHEDULE_DELAY`, else 1000. */
  readonly flushIntervalMillis?: number | undefined;
  /** When an export has failed, in milliseconds; `forceFlush` waits no longer either. Default `OTEL_EXPORTER_OTLP_TRACES_TIMEOUT`, `OTEL_EXPORTER_OTLP_TIMEOUT`, `OTEL_BSP_EXPORT_TIMEOUT`, else 10000. */
  readonly exportTimeoutMillis?: number | undefined;
  /** Longest that `shutdown` takes, in milliseconds. Default 5000. */
  readonly shutdownTimeoutMillis?: number | undefined;
  /** Whether spans leave as soon as their request ends, because the process may be frozen then; see `flushAfter`. Default false. */
  readonly serverless?: boolean | undefined;
  /** Told of lost spans, at most once a second for each exporter and reason. Default a warning to OpenTelemetry's `diag`, which is always given. */
  readonly onDrop?: ((dropped: DroppedSpans) => void) | undefined;
}
