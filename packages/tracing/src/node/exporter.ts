import type * as OtlpJsonModule from '@opentelemetry/exporter-trace-otlp-http';
import type * as OtlpProtoModule from '@opentelemetry/exporter-trace-otlp-proto';
import type * as SdkModule from '@opentelemetry/sdk-trace-base';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import {
  isExporter,
  type ExporterPlan,
  type JaegerHttpOptions,
  type JaegerOptions,
  type OtlpOptions,
} from './exporter-options.js';
import { JaegerAgentExporter } from './jaeger/jaeger-agent-exporter.js';
import { JaegerCollectorExporter } from './jaeger/jaeger-collector-exporter.js';
import { loadPackage } from './optional-package.js';

/** How spans reach one destination. */
export interface ExporterRecipe {
  readonly name: string;
  /** @param backlog says how many spans wait for it */
  readonly create: (backlog: () => number) => SpanExporter;
  /** Exports at once. */
  readonly concurrency: number;
}

const sdkPackage = '@opentelemetry/sdk-trace-base';
const otlpJsonPackage = '@opentelemetry/exporter-trace-otlp-http';
const otlpProtoPackage = '@opentelemetry/exporter-trace-otlp-proto';

/** The packages that a plan needs. */
export function packagesOf(plan: ExporterPlan): readonly string[] {
  if (isExporter(plan)) return [];
  switch (plan.type) {
    case 'jaeger':
    case 'jaeger-http':
      return [];
    case 'otlp':
      return [otlpProtoPackage];
    case 'otlp-json':
      return [otlpJsonPackage];
    case 'console':
      return [];
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
      return jaegerCollector(plan, timeoutMillis);
    case 'otlp':
    case 'otlp-json':
      return otlp(plan, timeoutMillis);
    case 'console': {
      const { ConsoleSpanExporter } = loadPackage(sdkPackage) as typeof SdkModule;
      return { name: 'console', create: () => new ConsoleSpanExporter(), concurrency: 1 };
    }
  }
}

function jaegerAgent(options: JaegerOptions): ExporterRecipe {
  const { host = 'jaeger-agent', port = 6831, maxPacketBytes = 65_000 } = options;
  // The agent's two well-known ports differ in the protocol that they take.
  const { protocol = port === 6832 ? 'binary' : 'compact' } = options;
  return {
    name: 'jaeger',
    create: (backlog) => new JaegerAgentExporter({ host, port, protocol, maxPacketBytes, backlog }),
    // Datagrams go one after the other, as the pace allows.
    concurrency: 1,
  };
}

function jaegerCollector(options: JaegerHttpOptions, timeoutMillis: number): ExporterRecipe {
  const { url = 'http://jaeger-collector:14268/api/traces', username, password } = options;
  return {
    name: 'jaeger-http',
    create: () => new JaegerCollectorExporter({ url, username, password, timeoutMillis }),
    concurrency: 4,
  };
}

function otlp(options: OtlpOptions, timeoutMillis: number): ExporterRecipe {
  const { type, url, headers, compression } = options;
  const config = {
    // Its own limit, which covers its retries, comes a little before ours.
    timeoutMillis: Math.ceil(timeoutMillis * 0.9),
    ...(url === undefined ? {} : { url }),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
    // The value of an enum of `@opentelemetry/otlp-exporter-base`; absent, the environment's counts.
    ...(compression === undefined ? {} : { compression }),
  } as unknown as OtlpConfig;
  const name = type === 'otlp' ? otlpProtoPackage : otlpJsonPackage;
  const { OTLPTraceExporter } = loadPackage(name) as typeof OtlpProtoModule | typeof OtlpJsonModule;
  return { name: type, create: () => new OTLPTraceExporter(config), concurrency: 4 };
}

type OtlpConfig = NonNullable<
  ConstructorParameters<(typeof OtlpProtoModule)['OTLPTraceExporter']>[0]
>;
