import { readFileSync } from 'node:fs';
import {
  AlertingSystem,
  anomalyAlertKey,
  loadEscalationPolicies,
  logChannel,
  webhookChannel,
  type Alert,
  type ChangeOptions,
  type Silence,
  type SilenceInput,
  type Channel,
  type EscalationPolicies,
  type HistoryEntry,
} from '@llm/alerting';
import { ModelPerformanceMonitor, type AnomalyReport } from '@llm/anomaly';
import type { Logger } from 'winston';
import type { Configuration } from './configuration.js';
import type { WindowFeatures } from './model-calls.js';
import { serviceName } from './service-name.js';

export interface MonitoringOptions extends Pick<
  Configuration,
  'webhook' | 'windowMillis' | 'trainingWindows'
> {
  /** The models that are watched. */
  readonly models: readonly string[];
  /** Ends a model's window and gives its features. */
  readonly collect: (model: string) => WindowFeatures;
  readonly logger: Logger;
}

/** How a model is doing, as `GET /models` shows it. */
export interface ModelState {
  readonly modelName: string;
  readonly status: string;
  readonly windowsTrained: number;
  readonly windowsScored: number;
  readonly windowsAnomalous: number;
  readonly anomalyScore: number | null;
  readonly anomalies: AnomalyReport['anomalies'];
  /** The latest abnormal window: what was seen, and each metric's part in it. */
  readonly flagged: Pick<
    AnomalyReport,
    'timestamp' | 'anomalyScore' | 'anomalies' | 'contributions'
  > | null;
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

const policies = new URL('../data/escalation-policies.json', import.meta.url);
const flushDeadlineMillis = 3000;

interface Watched {
  trained: number;
  scored: number;
  anomalous: number;
  latest: AnomalyReport | undefined;
  flagged: AnomalyReport | undefined;
}

/** Watches the models: they are learnt as they run, and anomalies raise alerts. */
export function startMonitoring(options: MonitoringOptions): Monitoring {
  const { models, collect, logger, windowMillis, trainingWindows } = options;
  const watched = new Map<string, Watched>(
    models.map((model) => [
      model,
      { trained: 0, scored: 0, anomalous: 0, latest: undefined, flagged: undefined },
    ]),
  );
  const alerting = createAlerting(options);
  const monitor = new ModelPerformanceMonitor({
    models,
    intervalMillis: windowMillis,
    minSamples: trainingWindows,
    // Smaller changes are the machine's, not the model's: a pause of the process, a heap that fills.
    features: {
      inference_latency: {
        minChange: { relative: 1, absolute: 50 },
        minJump: { relative: 4, absolute: 150 },
        certainJump: { relative: 6, absolute: 300 },
      },
      memory_usage: {
        minChange: { relative: 1, absolute: 256e6 },
        minJump: { relative: 2, absolute: 512e6 },
        certainJump: { relative: 4, absolute: 1e9 },
      },
    },
    source: collect,
    onError: (error) => logger.error('monitoring failed', { error }),
  });
  const stateOf = (model: string): Watched => {
    const state = watched.get(model);
    if (state === undefined) throw new Error(`The model "${model}" is not watched`);
    return state;
  };

  const noteTraining = (report: AnomalyReport, state: Watched): void => {
    const { stage, samples } = report.training;
    if (stage !== 'trained') return;
    if (state.trained === 0) {
      logger.info('baseline trained', {
        model: report.modelName,
        windows: samples,
        window_ms: windowMillis,
      });
    }
    state.trained = samples;
  };

  const take = async (report: AnomalyReport): Promise<void> => {
    const state = stateOf(report.modelName);
    state.latest = report;
    noteTraining(report, state);
    if (report.status === 'not_trained') return;
    if (report.status !== 'insufficient_data') state.scored += 1;
    if (report.status === 'anomaly_detected') {
      state.anomalous += 1;
      state.flagged = report;
      logger.warn('anomaly detected', {
        model: report.modelName,
        score: report.anomalyScore,
        metrics: report.anomalies.map(({ metric }) => metric),
      });
    }
    await alerting.processAnomalyAlert(report);
  };

  alerting.start();
  monitor.start(take);
  return {
    models: () => ({
      windowMillis,
      models: [...watched].map(([modelName, { trained, scored, anomalous, latest, flagged }]) => ({
        modelName,
        status: latest?.status ?? 'not_trained',
        windowsTrained: trained,
        windowsScored: scored,
        windowsAnomalous: anomalous,
        anomalyScore: latest?.anomalyScore ?? null,
        anomalies: latest?.anomalies ?? [],
        flagged: flagged === undefined ? null : flaggedOf(flagged),
      })),
    }),
    alerts: async () => {
      const active = await alerting.active();
      const histories = await Promise.all(
        models.map(async (model) => {
          const key = anomalyAlertKey(model);
          return (await alerting.history(key)).items.map((entry) => ({ key, ...entry }));
        }),
      );
      return {
        active: active.items,
        history: histories.flat().sort((a, b) => b.at - a.at),
        silences: await alerting.silences(),
      };
    },
    acknowledge: (key, change) => alerting.acknowledge(key, change),
    resolve: (key, change) => alerting.resolve(key, change),
    silence: async (key, change) =>
      (await alerting.alert(key)) === null ? null : alerting.silence({ alert: key, ...change }),
    stats: { anomaly: () => monitor.stats(), alerting: () => alerting.stats() },
    close: async () => {
      await monitor.stop();
      await alerting.flush(flushDeadlineMillis);
      await alerting.stop();
    },
  };
}

function flaggedOf({
  timestamp,
  anomalyScore,
  anomalies,
  contributions,
}: AnomalyReport): ModelState['flagged'] {
  return { timestamp, anomalyScore, anomalies, contributions };
}

function createAlerting({ logger, webhook }: MonitoringOptions): AlertingSystem {
  const channels: Channel[] = [logChannel({ logger })];
  if (webhook !== undefined) {
    channels.push(
      webhookChannel({
        url: webhook.url,
        ...(webhook.secret !== undefined && { secret: webhook.secret }),
      }),
    );
  }
  const names = channels.map(({ name }) => name);
  // The file names every channel that a deployment may have; this one may have fewer.
  const configured: unknown = JSON.parse(readFileSync(policies, 'utf8'), (key, value: unknown) =>
    key === 'channels' ? (value as string[]).filter((name) => names.includes(name)) : value,
  );
  return new AlertingSystem({
    channels,
    policies: loadEscalationPolicies(configured as EscalationPolicies, { channels: names }),
    labels: { service: serviceName },
    onError: (error) => logger.error('alerting failed', { error }),
  });
}
