import { configureLogging, RecentLines } from '@llm/logging';
import { RecentSpans, setupTracing, type Tracing } from '@llm/tracing/node';
import type { Logger } from 'winston';
import { pagePaths } from './page.js';
import { serviceName } from './service-name.js';

export interface Telemetry {
  readonly logger: Logger;
  readonly tracing: Tracing;
  readonly recentSpans: RecentSpans;
  readonly recentLines: RecentLines;
}

/** Sets up what observes the service. Call it before importing what is to be traced. */
export function setupTelemetry(): Telemetry {
  const recentLines = new RecentLines();
  const logger = configureLogging({
    service: serviceName,
    name: 'app',
    transports: [recentLines],
  });
  const recentSpans = new RecentSpans();
  const tracing = setupTracing({
    serviceName,
    exporter: [recentSpans, 'environment'],
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
  return { logger, tracing, recentSpans, recentLines };
}
