import {
  isFailedPart,
  type BusinessMetrics,
  type BusinessMetricsDashboard,
  type GenAiMetrics,
  type HttpMetrics,
} from '@llm/metrics';
import type { FaultSwitch } from '../faults.js';
import type { Monitoring } from '../monitoring.js';
import { alertCards } from './alert-cards.js';
import type { LiveMoment } from './live-stream.js';
import type { RecentRequests } from '../requests/recent-requests.js';
import { confidenceCounts, requestCounts, spending } from './metric-sums.js';
import { riskSums } from './risk-sums.js';

export interface LiveFiguresOptions {
  /** Looks back a minute; read every time. */
  readonly recent: BusinessMetricsDashboard;
  /** Looks back a day; read now and then. */
  readonly daily: BusinessMetricsDashboard;
  readonly metrics: BusinessMetrics;
  readonly http: HttpMetrics;
  /** Undefined where no language model is configured. */
  readonly genAi: GenAiMetrics | undefined;
  readonly monitoring: Monitoring;
  readonly faults: FaultSwitch | undefined;
  readonly requests: RecentRequests;
  readonly detectors: Readonly<Record<string, string>>;
  /** Whether people log in. */
  readonly login: boolean;
}

/** A second of the charts. Null where it is not known. */
export interface LivePoint {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly requestsPerSecond: number;
  /** Answered with a status of 500 and above. */
  readonly errorsPerSecond: number;
  /** 95th percentile of the last minute by detector, milliseconds. */
  readonly p95Millis: Readonly<Record<string, number>>;
  /** By model; above 1 is abnormal. */
  readonly anomalyScores: Readonly<Record<string, number | null>>;
  /** Mappings of this second by the upper bounds of their confidence, `state.confidenceBounds`. */
  readonly confidences: readonly number[];
}

/** What changes by the hour is read once in so many times. */
const dailyEvery = 5;
const mostFaults = 5;
const mostRequests = 12;

/** Reads what the page shows from the parts that know it. */
export class LiveFigures {
  readonly #options: LiveFiguresOptions;
  #before: { at: number; requests: number; errors: number; confidences: readonly number[] };
  #reads = 0;
  #daily: Readonly<Record<string, unknown>> = {};

  constructor(options: LiveFiguresOptions) {
    this.#options = options;
    this.#before = { at: performance.now(), requests: 0, errors: 0, confidences: [] };
  }

  async read(): Promise<LiveMoment & { readonly point: LivePoint }> {
    const { recent, metrics, http, genAi, monitoring, faults, requests, detectors, login } =
      this.#options;
    if (this.#reads % dailyEvery === 0) this.#daily = await this.#readDaily();
    this.#reads += 1;
    const [activeRequests, latency, tenants, alerts, counts, confidence, languageModel] =
      await Promise.all([
        recent.getActiveRequests(),
        recent.getModelPerformance(),
        recent.getTenantActivity(),
        monitoring.alerts(),
        requestCounts(http),
        confidenceCounts(metrics),
        genAi === undefined ? null : spending(genAi),
      ]);
    const { windowMillis, models } = monitoring.models();
    const before = this.#before;
    const at = performance.now();
    this.#before = { at, ...counts, confidences: confidence.counts };
    const seconds = (at - before.at) / 1000;
    return {
      point: {
        at: Date.now(),
        requestsPerSecond: (counts.requests - before.requests) / seconds,
        errorsPerSecond: (counts.errors - before.errors) / seconds,
        p95Millis: isFailedPart(latency)
          ? {}
          : Object.fromEntries(latency.models.map(({ model, p95Millis }) => [model, p95Millis])),
        anomalyScores: Object.fromEntries(
          models.map(({ modelName, anomalyScore }) => [modelName, anomalyScore]),
        ),
        confidences: confidence.counts.map(
          (count, index) => count - (before.confidences[index] ?? 0),
        ),
      },
      state: {
        ...this.#daily,
        activeRequests,
        latency,
        tenants,
        languageModel,
        confidenceBounds: confidence.bounds,
        monitor: { windowMillis, models },
        alerts: alertCards(alerts),
        detectors,
        login,
        faults: faults?.list().slice(-mostFaults) ?? null,
        requests: requests.list(mostRequests),
      },
    };
  }

  async #readDaily(): Promise<Readonly<Record<string, unknown>>> {
    const { daily } = this.#options;
    const [compliance, risk] = await Promise.all([
      daily.getComplianceScore(),
      daily.getRiskTrends(),
    ]);
    return { compliance, risk: isFailedPart(risk) ? risk : riskSums(risk) };
  }
}
