import type { Attributes } from '@opentelemetry/api';
import { TracingConfigError } from '../config-error.js';
import { incomingIds, type CorrelationOptions } from '../incoming-id.js';
import { maskText } from '../mask.js';
import type { DroppedSpans } from './delivery-ledger.js';
import {
  checkInteger,
  planExporters,
  type ExporterOption,
  type ExporterPlan,
} from './exporter-options.js';
import { checkApp } from './app-kind.js';
import { checkInstrumentations, type InstrumentationName } from './instrumentation-name.js';

export interface SetupTracingOptions {
  /** Name of the service, on every span. Required. */
  readonly serviceName: string;
  /** Version of the service. Default none. */
  readonly serviceVersion?: string | undefined;
  /** Where it runs, e.g. `production`. Default none. */
  readonly environment?: string | undefined;
  /** More attributes of the resource. Default none. */
  readonly resourceAttributes?: Attributes | undefined;
  /** Where spans go: `jaeger`, `jaeger-http`, `otlp`, `otlp-json`, their options, a SpanExporter, or several. Required. */
  readonly exporter: ExporterOption;
  /** A Fastify or Express application, before its routes: gets spans and correlation ids. Default none. */
  readonly app?: unknown;
  /** How `app` finds correlation ids; `false` leaves that to you. Default {@link CorrelationOptions}' defaults. */
  readonly correlation?: CorrelationOptions | false | undefined;
  /** Share of new traces that is recorded, 0 to 1; a caller's decision is followed. Default 1. */
  readonly sampleRatio?: number | undefined;
  /** What is instrumented. Default `http`, `fetch`, and each other whose instrumentation is installed. */
  readonly instrumentations?: readonly InstrumentationName[] | undefined;
  /** Whether hooks, handlers and middlewares of Fastify and Express get spans of their own. Default false. */
  readonly frameworkSpans?: boolean | undefined;
  /** Paths of incoming requests without a span, exactly, without query. Default none. */
  readonly ignoreIncomingPaths?: readonly string[] | undefined;
  /** Whether SQL texts and Redis arguments are recorded. Default false. */
  readonly recordQueryText?: boolean | undefined;
  /** Whether the query part of URLs is recorded. Default false. */
  readonly recordUrlQuery?: boolean | undefined;
  /** Cleans error messages and stacks of all spans; `false` records them as they are. Default {@link maskText}. */
  readonly maskError?: ((text: string) => string) | false | undefined;
  /** Spans held for one exporter, waiting and on their way; more are dropped and counted. Default 65536. */
  readonly maxQueueSize?: number | undefined;
  /** Spans in one export. Default 512. */
  readonly maxExportBatchSize?: number | undefined;
  /** Longest that a span waits for its export, in milliseconds. Default 1000. */
  readonly flushIntervalMillis?: number | undefined;
  /** When an export has failed, in milliseconds; `forceFlush` waits no longer either. Default 10000. */
  readonly exportTimeoutMillis?: number | undefined;
  /** Longest that `shutdown` takes, in milliseconds. Default 5000. */
  readonly shutdownTimeoutMillis?: number | undefined;
  /** Told of lost spans, at most once a second for each exporter and reason. Default a warning to OpenTelemetry's `diag`, which is always given. */
  readonly onDrop?: ((dropped: DroppedSpans) => void) | undefined;
}

/** Options with their defaults, checked. */
export interface SetupPlan {
  readonly serviceName: string;
  readonly resourceAttributes: Attributes;
  readonly exporters: readonly ExporterPlan[];
  readonly app: unknown;
  readonly correlation: CorrelationOptions | false;
  readonly sampleRatio: number;
  readonly instrumentations: readonly InstrumentationName[] | undefined;
  readonly frameworkSpans: boolean;
  readonly ignoreIncomingPaths: readonly string[];
  readonly recordQueryText: boolean;
  readonly recordUrlQuery: boolean;
  readonly maskError: ((text: string) => string) | false;
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
  readonly flushIntervalMillis: number;
  readonly exportTimeoutMillis: number;
  readonly shutdownTimeoutMillis: number;
  readonly onDrop: ((dropped: DroppedSpans) => void) | undefined;
}

const day = 86_400_000;

/** @throws TracingConfigError naming the option that is wrong */
export function planSetup(options: SetupTracingOptions): SetupPlan {
  if (typeof options !== 'object' || (options as unknown) === null) {
    throw new TracingConfigError('options', 'an object', options);
  }
  checkText(options.serviceName, 'serviceName');
  if (options.serviceVersion !== undefined) checkText(options.serviceVersion, 'serviceVersion');
  if (options.environment !== undefined) checkText(options.environment, 'environment');
  const { correlation = {}, sampleRatio = 1, maskError = maskText } = options;
  if (correlation !== false) incomingIds(correlation);
  if (typeof sampleRatio !== 'number' || !(sampleRatio >= 0 && sampleRatio <= 1)) {
    throw new TracingConfigError('sampleRatio', 'a number from 0 to 1', sampleRatio);
  }
  checkFunction(maskError === false ? undefined : maskError, 'maskError');
  checkFunction(options.onDrop, 'onDrop');
  for (const name of ['frameworkSpans', 'recordQueryText', 'recordUrlQuery'] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== 'boolean') {
      throw new TracingConfigError(name, 'a boolean', value);
    }
  }
  checkApp(options.app);
  checkPaths(options.ignoreIncomingPaths);
  checkInstrumentations(options.instrumentations);
  checkInteger(options.maxQueueSize, 1, 10_000_000, 'maxQueueSize');
  checkInteger(options.maxExportBatchSize, 1, options.maxQueueSize ?? 65_536, 'maxExportBatchSize');
  checkInteger(options.flushIntervalMillis, 1, day, 'flushIntervalMillis');
  checkInteger(options.exportTimeoutMillis, 1, day, 'exportTimeoutMillis');
  checkInteger(options.shutdownTimeoutMillis, 1, day, 'shutdownTimeoutMillis');
  const { maxQueueSize = 65_536 } = options;
  return {
    serviceName: options.serviceName,
    resourceAttributes: resourceAttributes(options),
    exporters: planExporters(options.exporter),
    app: options.app,
    correlation,
    sampleRatio,
    instrumentations: options.instrumentations,
    frameworkSpans: options.frameworkSpans ?? false,
    ignoreIncomingPaths: options.ignoreIncomingPaths ?? [],
    recordQueryText: options.recordQueryText ?? false,
    recordUrlQuery: options.recordUrlQuery ?? false,
    maskError,
    maxQueueSize,
    maxExportBatchSize: options.maxExportBatchSize ?? Math.min(512, maxQueueSize),
    flushIntervalMillis: options.flushIntervalMillis ?? 1000,
    exportTimeoutMillis: options.exportTimeoutMillis ?? 10_000,
    shutdownTimeoutMillis: options.shutdownTimeoutMillis ?? 5000,
    onDrop: options.onDrop,
  };
}

function resourceAttributes(options: SetupTracingOptions): Attributes {
  const { serviceName, serviceVersion, environment, resourceAttributes: more } = options;
  return {
    ...more,
    'service.name': serviceName,
    ...(serviceVersion === undefined ? {} : { 'service.version': serviceVersion }),
    ...(environment === undefined ? {} : { 'deployment.environment.name': environment }),
  };
}

function checkText(value: unknown, option: string): void {
  if (typeof value !== 'string' || value.trim() === '') {
    throw new TracingConfigError(option, 'a non-empty string', value);
  }
}

function checkFunction(value: unknown, option: string): void {
  if (value !== undefined && typeof value !== 'function') {
    throw new TracingConfigError(option, 'a function', value);
  }
}

function checkPaths(paths: unknown): void {
  if (paths === undefined) return;
  const valid =
    Array.isArray(paths) &&
    paths.every((path) => typeof path === 'string' && /^\/[^?]*$/.test(path));
  if (!valid) {
    throw new TracingConfigError(
      'ignoreIncomingPaths',
      'an array of paths such as "/health"',
      paths,
    );
  }
}
