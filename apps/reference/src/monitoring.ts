import {
  anomalyAlertKey,
  type Alert,
  type AlertingSystem,
  type ChangeOptions,
  type HistoryEntry,
  type Silence,
  type SilenceInput,
} from '@llm/alerting';
import {
  ModelPerformanceMonitor,
  postgresLease,
  postgresStore,
  ReplicatedMonitor,
  type AnomalyReport,
} from '@llm/anomaly';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type pg from 'pg';
import type { Logger } from 'winston';
import type { Configuration } from './configuration.js';
import type { WindowFeatures } from './model-windows.js';
import { monitoredFeatures } from './monitored-features.js';
import { ModelStates, type ModelState } from './model-states.js';
import type { SharedNote } from './sharing/shared-note.js';

export type { ModelState } from './model-states.js';

export interface MonitoringOptions extends Pick<Configuration, 'windowMillis' | 'trainingWindows'> {
  /** The models that are watched. */
  readonly models: readonly string[];
  /** Ends a model's window and gives its features. */
  readonly collect: (model: string) => Promise<WindowFeatures>;
  readonly alerting: AlertingSystem;
  /** Where replicas agree on who monitors, and keep what was learnt. */
  readonly pool: pg.Pool;
  /** What the one that monitors tells the others; undefined where there are no others. */
  readonly shared: SharedNote<readonly ModelState[]> | undefined;
  readonly logger: Logger;
}

export interface Monitoring {
  models(): { readonly windowMillis: number; readonly models: readonly ModelState[] };
  /** Alerts that are not resolved, and what happened to all of them, latest first. */
  alerts(): Promise<{
    readonly active: readonly Alert[];
    readonly history: readonly (HistoryEntry & { key: string })[];
    readonly silences: readonly Silence[];
  }>;
  /** Null when the alert is not firing. */
  acknowledge(key: string, options: ChangeOptions): Promise<Alert | null>;
  /** Null when there is no such alert that is not resolved. */
  resolve(key: string, options: ChangeOptions): Promise<Alert | null>;
  /** Holds back an alert's notifications for a while; null when there is no such alert. */
  silence(
    key: string,
    options: Required<Pick<SilenceInput, 'durationMillis' | 'by' | 'comment'>>,
  ): Promise<Silence | null>;
  /** For the export of what is lost. */
  readonly stats: Readonly<Record<'anomaly' | 'alerting', () => object | Promise<object>>>;
  /** Sends what is due and stops. */
  close(): Promise<void>;
}

const flushDeadlineMillis = 3000;
/** How long nobody monitors at most when the replica that does is killed, and a third of that more. */
const leaseMillis = 3000;
const leastSaveIntervalMillis = 5000;
const adoptIntervalMillis = 1000;

/** Watches the models: they are learnt as they run, and anomalies raise alerts. */
export function startMonitoring(options: MonitoringOptions): Monitoring {
  // Its polls are no work of the service: their spans would bury those of requests.
  return context.with(suppressTracing(ROOT_CONTEXT), () => start(options));
}

function start(options: MonitoringOptions): Monitoring {
  const { models, alerting, shared, logger, windowMillis } = options;
  const states = new ModelStates(models);
  const monitor = createMonitor(options);

  const take = async (report: AnomalyReport): Promise<void> => {
    const [before, after] = states.take(report);
    if (before.windowsTrained === 0 && after.windowsTrained > 0) {
      logger.info('baseline trained', {
        model: report.modelName,
        windows: after.windowsTrained,
        window_ms: windowMillis,
      });
    }
    const { modelName: model, status, metrics, unusable } = report;
    logger.debug('window', { model, status, ...metrics, unusable });
    if (report.status === 'anomaly_detected') {
      logger.warn('anomaly detected', {
        model: report.modelName,
        score: report.anomalyScore,
        metrics: report.anomalies.map(({ metric }) => metric),
      });
    }
    // What the others show may be late; what is raised may not wait for it.
    void shared?.write(states.list()).catch(() => undefined);
    if (report.status !== 'not_trained') await alerting.processAnomalyAlert(report);
  };
  const adopt = async (): Promise<void> => {
    const told = await shared?.read();
    if (told !== undefined && !(monitor instanceof ReplicatedMonitor && monitor.holds)) {
      states.adopt(told.filter(({ modelName }) => models.includes(modelName)));
    }
  };
  const adopting =
    shared && setInterval(() => void adopt().catch(() => undefined), adoptIntervalMillis).unref();

  alerting.start();
  monitor.start(take);
  return {
    models: () => ({ windowMillis, models: states.list() }),
    alerts: async () => {
      const [active, silences, ...histories] = await Promise.all([
        alerting.active(),
        alerting.silences(),
        ...models.map(async (model) => {
          const key = anomalyAlertKey(model);
          return (await alerting.history(key)).items.map((entry) => ({ key, ...entry }));
        }),
      ]);
      return {
        active: active.items,
        history: histories.flat().sort((a, b) => b.at - a.at),
        silences,
      };
    },
    acknowledge: (key, change) => alerting.acknowledge(key, change),
    resolve: (key, change) => alerting.resolve(key, change),
    silence: async (key, change) =>
      (await alerting.alert(key)) === null ? null : alerting.silence({ alert: key, ...change }),
    stats: { anomaly: () => monitor.stats(), alerting: () => alerting.stats() },
    close: async () => {
      clearInterval(adopting);
      await monitor.stop();
      await alerting.flush(flushDeadlineMillis);
      await alerting.stop();
    },
  };
}

/** Of replicas one monitors all of them, and another goes on with what was learnt when it ends. */
function createMonitor({
  models,
  collect,
  pool,
  shared,
  logger,
  windowMillis,
  trainingWindows,
}: MonitoringOptions): ModelPerformanceMonitor | ReplicatedMonitor {
  const options = {
    models,
    intervalMillis: windowMillis,
    minSamples: trainingWindows,
    features: monitoredFeatures,
    source: collect,
    onError: (error: unknown) => logger.error('monitoring failed', { error }),
  };
  if (shared === undefined) return new ModelPerformanceMonitor(options);
  // Windows of another length are another normal.
  const name = `reference, windows of ${windowMillis} ms`;
  return new ReplicatedMonitor({
    ...options,
    store: postgresStore({ db: pool, monitor: name }),
    lease: postgresLease({ db: pool, name, durationMillis: leaseMillis }),
    saveIntervalMillis: Math.max(leastSaveIntervalMillis, windowMillis),
  });
}
