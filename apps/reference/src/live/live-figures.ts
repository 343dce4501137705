import {
  isFailedPart,
  type BusinessMetrics,
  type BusinessMetricsDashboard,
  type GenAiMetrics,
  type HttpMetrics,
  type ReplicaTotals,
} from '@llm/metrics';
import type { FaultSwitch } from '../faults.js';
import type { Monitoring } from '../monitoring.js';
import { alertCards, type AlertCard } from './alert-cards.js';
import type { LiveMoment } from './live-stream.js';
import type { RequestLog } from '../requests/recent-requests.js';
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
  readonly requests: RequestLog;
  /** Of all replicas: what this one counts is added, and what all of them counted is shown. */
  readonly totals: ReplicaTotals;
  readonly detectors: Readonly<Record<string, string>>;
  /** Whether people log in. */
  readonly login: boolean;
}

/** A second of the charts. Null where it is not known. */
export interface LivePoint {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly requestsPerSecond: number | null;
  /** Answered with a status of 500 and above. */
  readonly errorsPerSecond: number | null;
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
  readonly #next: ReturnType<ReplicaTotals['follow']>;
  #totals: Readonly<Record<string, number>> = {};
  #reads = 0;
  #daily: Readonly<Record<string, unknown>> = {};
  #alerts: readonly AlertCard[] = [];

  constructor(options: LiveFiguresOptions) {
    this.#options = options;
    this.#next = options.totals.follow();
  }

  async read(): Promise<LiveMoment & { readonly point: LivePoint }> {
    const { recent, metrics, http, genAi, monitoring, faults, requests, detectors, login } =
      this.#options;
    if (this.#reads % dailyEvery === 0) this.#daily = await this.#readDaily();
    this.#reads += 1;
    const [activeRequests, latency, tenants, alerts, counts, confidence, spent, latest] =
      await Promise.all([
        recent.getActiveRequests(),
        recent.getModelPerformance(),
        recent.getTenantActivity(),
        this.#readAlerts(),
        requestCounts(http),
        confidenceCounts(metrics),
        genAi === undefined ? null : spending(genAi),
        requests.list(mostRequests),
      ]);
    const { windowMillis, models } = monitoring.models();
    const { bounds } = confidence;
    const { totals, growth } = await this.#count({
      ...counts,
      ...Object.fromEntries(bounds.map((bound, i) => [`le ${bound}`, confidence.counts[i] ?? 0])),
      ...spent,
    });
    return {
      point: {
        at: Date.now(),
        requestsPerSecond: growth && growth.of('requests') / growth.seconds,
        errorsPerSecond: growth && growth.of('errors') / growth.seconds,
        p95Millis: isFailedPart(latency)
          ? {}
          : Object.fromEntries(latency.models.map(({ model, p95Millis }) => [model, p95Millis])),
        anomalyScores: Object.fromEntries(
          models.map(({ modelName, anomalyScore }) => [modelName, anomalyScore]),
        ),
        confidences: growth === null ? [] : bounds.map((bound) => growth.of(`le ${bound}`)),
      },
      state: {
        ...this.#daily,
        activeRequests,
        latency,
        tenants,
        languageModel:
          spent && Object.fromEntries(Object.keys(spent).map((name) => [name, totals[name] ?? 0])),
        confidenceBounds: bounds,
        monitor: { windowMillis, models },
        alerts,
        detectors,
        login,
        faults: faults?.list().slice(-mostFaults) ?? null,
        requests: latest,
      },
    };
  }

  /** Tells the others what this process has counted since its start, and gives what all have. */
  async #count(
    own: Readonly<Record<string, number>>,
  ): ReturnType<ReturnType<ReplicaTotals['follow']>> {
    for (const [name, count] of Object.entries(own)) this.#options.totals.addUpTo(name, count);
    try {
      const counted = await this.#next();
      this.#totals = counted.totals;
      return counted;
    } catch {
      // Told where the totals are shared.
      return { totals: this.#totals, growth: null };
    }
  }

  /** Those of before while the database is away: it has no news. */
  async #readAlerts(): Promise<readonly AlertCard[]> {
    try {
      this.#alerts = alertCards(await this.#options.monitoring.alerts());
    } catch {
      // Counted by the alerting system.
    }
    return this.#alerts;
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
