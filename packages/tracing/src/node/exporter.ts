import { isIPv6 } from 'node:net';
import type * as JaegerModule from '@opentelemetry/exporter-jaeger';
import type * as OtlpJsonModule from '@opentelemetry/exporter-trace-otlp-http';
import type * as OtlpProtoModule from '@opentelemetry/exporter-trace-otlp-proto';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import {
  isExporter,
  type ExporterPlan,
  type JaegerHttpOptions,
  type JaegerOptions,
  type OtlpOptions,
} from './exporter-options.js';
import { spanSizeBound } from './jaeger-span-size.js';
import { loadPackage } from './optional-package.js';

/** How spans reach one destination. */
export interface ExporterRecipe {
  readonly name: string;
  readonly create: () => SpanExporter;
  /** Exports at once: Jaeger's senders keep one batch, into which a second export would write. */
  readonly concurrency: number;
  readonly fits?: (span: ReadableSpan) => boolean;
}

const jaegerPackage = '@opentelemetry/exporter-jaeger';
const otlpJsonPackage = '@opentelemetry/exporter-trace-otlp-http';
const otlpProtoPackage = '@opentelemetry/exporter-trace-otlp-proto';

/** The packages that a plan needs. */
export function packagesOf(plan: ExporterPlan): readonly string[] {
  if (isExporter(plan)) return [];
  switch (plan.type) {
    case 'jaeger':
    case 'jaeger-http':
      return [jaegerPackage];
    case 'otlp':
      return [otlpProtoPackage];
    case 'otlp-json':
      return [otlpJsonPackage];
  }
}

export function exporterRecipe(plan: ExporterPlan, timeoutMillis: number): ExporterRecipe {
  if (isExporter(plan)) {
    const exporter: SpanExporter = plan;
    const name = (exporter.constructor as { name?: string } | undefined)?.name;
    return { name: name ?? 'custom', create: () => exporter, concurrency: 1 };
  }
  switch (plan.type) {
    case 'jaeger':
      return jaegerAgent(plan);
    case 'jaeger-http':
      return jaegerCollector(plan);
    case 'otlp':
    case 'otlp-json':
      return otlp(plan, timeoutMillis);
  }
}

// The exporter's own last flush finds nothing: the batch processor has waited for each export. Its timer
// would hold the process for as long as this.
const flushTimeout = 100;

function jaegerAgent(options: JaegerOptions): ExporterRecipe {
  const { host = 'jaeger-agent', port = 6831, maxPacketBytes = 65_000 } = options;
  const { JaegerExporter } = loadPackage(jaegerPackage) as typeof JaegerModule;
  const config = {
    host,
    port,
    maxPacketSize: maxPacketBytes,
    flushTimeout,
    // Not in the exporter's types, but handed on to the sender, whose socket is IPv4 otherwise.
    socketType: isIPv6(host) ? 'udp6' : 'udp4',
  };
  return {
    name: 'jaeger',
    create: () => new JaegerExporter(config),
    concurrency: 1,
    // The exporter stops at the first span that is too large and loses the rest of the batch.
    fits: (span) => spanSizeBound(span) <= maxPacketBytes - 1000,
  };
}

function jaegerCollector(options: JaegerHttpOptions): ExporterRecipe {
  const { url = 'http://jaeger-collector:14268/api/traces', username, password } = options;
  const { JaegerExporter } = loadPackage(jaegerPackage) as typeof JaegerModule;
  const config = {
    endpoint: url,
    flushTimeout,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
  return { name: 'jaeger-http', create: () => new JaegerExporter(config), concurrency: 1 };
}

function otlp(options: OtlpOptions, timeoutMillis: number): ExporterRecipe {
  const { type, url, headers, compression = 'none' } = options;
  const config = {
    // Its own limit, which covers its retries, comes a little before ours.
    timeoutMillis: Math.ceil(timeoutMillis * 0.9),
    ...(url === undefined ? {} : { url }),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
    // The value of an enum of `@opentelemetry/otlp-exporter-base`.
    compression,
  } as unknown as OtlpConfig;
  const name = type === 'otlp' ? otlpProtoPackage : otlpJsonPackage;
  const { OTLPTraceExporter } = loadPackage(name) as typeof OtlpProtoModule | typeof OtlpJsonModule;
  return { name: type, create: () => new OTLPTraceExporter(config), concurrency: 4 };
}

type OtlpConfig = NonNullable<
  ConstructorParameters<(typeof OtlpProtoModule)['OTLPTraceExporter']>[0]
>;
