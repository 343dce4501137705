import {
  BusinessMetricsDashboard,
  createActivityTracker,
  createBusinessMetrics,
  createGenAiMetrics,
  createHttpMetrics,
  createModelCallWriter,
  createRedisActivityTracker,
  exportComponentStats,
  migrateDashboard,
} from '@llm/metrics';
import { stats as loggingStats } from '@llm/logging';
import { migrateAlerting } from '@llm/alerting/postgres';
import { stats as correlationStats } from '@llm/tracing';
import { collectDefaultMetrics } from 'prom-client';
import { createAlerting } from './alerting.js';
import type { Configuration } from './configuration.js';
import { openDatabase } from './database.js';
import { configuredDetectors, listDetectors } from './detectors/configured.js';
import { FaultSwitch } from './faults.js';
import { startLive } from './live/live.js';
import { Mapper } from './mapper.js';
import { ModelWindows } from './model-windows.js';
import { startMonitoring } from './monitoring.js';
import { observeDetection } from './observed-detection.js';
import { createServer } from './server.js';
import { startSharing } from './sharing/sharing.js';
import { loadTaxonomy } from './taxonomy.js';
import type { Telemetry } from './telemetry.js';
import { listenForErasures } from './upkeep/erasure-notices.js';
import { createTextIdentity } from './text-identity.js';
import { startTraffic, type Traffic } from './traffic/traffic.js';

export interface Service {
  /** Where it listens. */
  readonly url: string;
  readonly database: string;
  /** Detectors by name, `not configured` among them. */
  readonly detectors: Readonly<Record<string, string>>;
  /** Answers what was asked, writes and sends what is left, and closes everything. */
  close(): Promise<void>;
}

/** Joins the parts and listens. Rejects when the database, the port or a file is not to be had. */
export async function startService(
  configuration: Configuration,
  telemetry: Telemetry,
): Promise<Service> {
  const { logger, tracing } = telemetry;
  const database = await openDatabase({
    url: configuration.databaseUrl,
    dataDirectory: configuration.dataDirectory,
    onError: (error) => logger.warn('an idle database connection broke', { error }),
  });
  await migrateDashboard(database.pool);
  await migrateAlerting(database.pool);
  const sharing = startSharing(configuration.redisUrl, logger);
  const { redis, totals, requests } = sharing;
  if (configuration.databaseUrl !== undefined && redis === undefined) {
    logger.warn(
      'DATABASE_URL is set and REDIS_URL is not: a second replica would judge its own calls alone, and page for itself',
    );
  }

  const activity =
    redis === undefined
      ? createActivityTracker()
      : createRedisActivityTracker({ client: redis, keyPrefix: 'reference' });
  const metrics = createBusinessMetrics({ activity });
  const { registry } = metrics;
  collectDefaultMetrics({ register: registry });
  const http = createHttpMetrics({ registry });
  const genAi =
    configuration.languageModel === undefined ? undefined : createGenAiMetrics({ registry });
  const calls = createModelCallWriter({ db: database.pool });
  const windows = new ModelWindows(totals);
  const faults = configuration.allowFaults ? new FaultSwitch() : undefined;
  const detectors = (await configuredDetectors(configuration)).map(
    (detector) => faults?.wrap(detector) ?? detector,
  );
  const monitoring = startMonitoring({
    models: detectors.map(({ name }) => name),
    collect: (model) => windows.collect(model),
    alerting: createAlerting({ ...configuration, pool: database.pool, logger }),
    pool: database.pool,
    // Replicas have both; an embedded database is of one process.
    shared: configuration.databaseUrl === undefined ? undefined : sharing.models,
    logger,
    windowMillis: configuration.windowMillis,
    trainingWindows: configuration.trainingWindows,
  });
  const listed = listDetectors(detectors);
  const dashboard = new BusinessMetricsDashboard({ activity, db: database.pool });
  const live = startLive(
    {
      recent: new BusinessMetricsDashboard({
        activity,
        db: database.pool,
        modelWindowMillis: 60_000,
        // Asked once a second, by nobody else.
        cacheMillis: 0,
      }),
      daily: dashboard,
      metrics,
      http,
      genAi,
      monitoring,
      faults,
      requests,
      totals,
      detectors: listed,
      login: configuration.token !== undefined,
    },
    configuration.limits.streams,
    logger,
  );
  exportComponentStats(registry, {
    tracing: () => tracing.stats(),
    correlation: correlationStats,
    logging: loggingStats,
    metrics: () => metrics.stats(),
    activity: () => activity.stats(),
    model_calls: () => calls.stats(),
    live: () => live.stats(),
    ...monitoring.stats,
    ...sharing.stats,
  });
  const app = createServer({
    mapper: new Mapper({
      detectors,
      controlsOf: loadTaxonomy(),
      identityOf: createTextIdentity(configuration.textHmacKey, configuration.dataDirectory),
      pool: database.pool,
      ...observeDetection(metrics, calls, windows),
    }),
    dashboard,
    activity,
    totals,
    http,
    live,
    monitoring,
    registry,
    requests,
    spans: telemetry.recentSpans,
    lines: telemetry.recentLines,
    pool: database.pool,
    logger,
    faults,
    redis,
    ...configuration,
    detectors: listed,
  });

  const erasures = listenForErasures(
    database.pool,
    async (tenant) => {
      await activity.forget(tenant);
      return {
        requests: await requests.forget(tenant),
        spans: telemetry.recentSpans.forgetTenant(tenant),
        lines: telemetry.recentLines.forgetTenant(tenant),
        series: metrics.forgetTenant(tenant) + (genAi?.forgetTenant(tenant) ?? 0),
      };
    },
    logger,
  );
  let traffic: Traffic | undefined;
  const close = async (): Promise<void> => {
    await traffic?.stop();
    await app.close();
    erasures.close();
    await monitoring.close();
    await calls.close();
    genAi?.close();
    await sharing.close();
    await database.close();
  };
  try {
    const url = await app.listen({ host: configuration.host, port: configuration.port });
    traffic = sendTraffic(url, configuration, telemetry);
    return { url, database: database.description, detectors: listed, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function sendTraffic(
  url: string,
  { token, traffic }: Configuration,
  { logger }: Telemetry,
): Traffic | undefined {
  if (traffic === undefined) return undefined;
  return startTraffic(
    { url: `${url}/map`, token, ...traffic },
    {
      // The page's address again, since lines about requests push the banner off the screen.
      onProgress: ({ type, ...progress }) =>
        logger.info(`traffic ${type}`, { ...progress, page: url }),
      onFailure: (reason) => logger.error('traffic failed', { reason }),
    },
  );
}
