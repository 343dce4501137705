import { configureLogging } from '@llm/logging';
import { setupTracing, type ExporterOptions, type Tracing } from '@llm/tracing/node';
import type { Logger } from 'winston';
import { ConfigurationError } from './configuration.js';
import { pagePaths } from './page.js';
import { RecentLines } from './requests/recent-lines.js';
import { RecentSpans } from './requests/recent-spans.js';
import { serviceName } from './service-name.js';

export interface Telemetry {
  readonly logger: Logger;
  readonly tracing: Tracing;
  readonly recentSpans: RecentSpans;
  readonly recentLines: RecentLines;
  /** Where spans go, for the banner. */
  readonly exporters: readonly string[];
}

/** Sets up what observes the service. Call it before importing what is to be traced. */
export function setupTelemetry(env: NodeJS.ProcessEnv): Telemetry {
  const recentLines = new RecentLines();
  const logger = configureLogging({
    service: serviceName,
    name: 'app',
    transports: [recentLines],
  });
  const recentSpans = new RecentSpans();
  const exporters = exportersOf(env);
  const tracing = setupTracing({
    serviceName,
    exporter: [recentSpans, ...exporters],
    // Polled all the time; their spans would bury those of the work.
    ignoreIncomingPaths: [
      '/health',
      '/metrics',
      '/alerts',
      '/models',
      '/requests',
      '/dashboard',
      '/dashboard/metrics',
      '/live',
      ...pagePaths,
    ],
    onDrop: (dropped) => logger.warn('spans were lost', { ...dropped }),
  });
  return {
    logger,
    tracing,
    recentSpans,
    recentLines,
    exporters: ['memory', ...exporters.map(({ type }) => type)],
  };
}

/** OpenTelemetry's variables: an exporter that is named, or one whose address is. */
function exportersOf(env: NodeJS.ProcessEnv): readonly ExporterOptions[] {
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  const host = env['OTEL_EXPORTER_JAEGER_AGENT_HOST'] || undefined;
  const port = Number(env['OTEL_EXPORTER_JAEGER_AGENT_PORT'] || '6831');
  const url = env['OTEL_EXPORTER_JAEGER_ENDPOINT'] || undefined;
  const jaeger: ExporterOptions =
    url === undefined ? { type: 'jaeger', host, port } : { type: 'jaeger-http', url };
  const named = env['OTEL_TRACES_EXPORTER'];
  if (!named) {
    return [
      ...(endpoint ? [{ type: 'otlp' as const }] : []),
      ...(host !== undefined || url !== undefined ? [jaeger] : []),
    ];
  }
  return named.split(',').flatMap((name): ExporterOptions[] => {
    if (name === 'none') return [];
    if (name === 'otlp') return [{ type: 'otlp' }];
    if (name === 'jaeger') return [jaeger];
    throw new ConfigurationError(
      `OTEL_TRACES_EXPORTER is "${named}": it takes otlp, jaeger, or none`,
    );
  });
}
