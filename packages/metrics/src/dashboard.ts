import type { ActivitySnapshot, ActivitySource, TenantActivity } from './activity.js';
import { type ComplianceScore, readComplianceScore } from './compliance-score.js';
import { MetricsConfigurationError, functionOption, integerOption } from './configuration.js';
import {
  type DashboardPart,
  type DashboardPartName,
  type PartCounts,
  PartReader,
} from './dashboard-part.js';
import type { Database } from './database.js';
import { type ModelPerformanceReport, readModelPerformance } from './model-performance.js';
import { type RiskTrends, readRiskTrends } from './risk-trends.js';
import { type DashboardTables, tableNames } from './table-name.js';

const hourMillis = 3_600_000;

export interface BusinessMetricsDashboardOptions extends DashboardTables {
  /** Where requests in progress and active tenants are read; an activity tracker. */
  readonly activity: ActivitySource;
  /** Where mappings and model calls are read; a pg Pool, or anything with `query(sql, params)`. */
  readonly db: Database;
  /** How long any part may take, in ms; later it is marked as failed. Default 2000. */
  readonly deadlineMillis?: number | undefined;
  /** How long an answer, or a failure, is shown again, in ms; 0 turns it off. Default 1000. */
  readonly cacheMillis?: number | undefined;
  /** How far the compliance score looks back, in ms. Default 24 hours. */
  readonly complianceWindowMillis?: number | undefined;
  /** How far model performance looks back, in ms. Default 1 hour. */
  readonly modelWindowMillis?: number | undefined;
  /** How far risk trends look back, in ms. Default 24 hours. */
  readonly trendWindowMillis?: number | undefined;
  /** Most models listed. Default 50. */
  readonly maxModels?: number | undefined;
  /** Values of `model_calls.status` that are no errors. Default `success` and `ok`. */
  readonly successStatuses?: readonly string[] | undefined;
  /** Told why a part failed; what it throws is ignored. Default none. */
  readonly onError?: ((error: unknown, part: DashboardPartName) => void) | undefined;
}

/** Who is active, and how many requests each tenant sent. */
export interface TenantActivityReport {
  readonly activeTenants: number;
  readonly windowMillis: number;
  /** The busiest tenants first. */
  readonly tenants: readonly TenantActivity[];
}

/** Everything the dashboard shows, each part on its own either read or marked as failed. */
export interface RealtimeMetrics {
  /** Requests in progress. */
  readonly activeRequests: DashboardPart<number>;
  readonly complianceScore: DashboardPart<ComplianceScore>;
  readonly modelPerformance: DashboardPart<ModelPerformanceReport>;
  readonly tenantActivity: DashboardPart<TenantActivityReport>;
  readonly riskTrends: DashboardPart<RiskTrends>;
}

/** What a dashboard may show one tenant: its own mappings, each part either read or marked as failed. */
export interface TenantMetrics {
  readonly tenantId: string;
  readonly complianceScore: DashboardPart<ComplianceScore>;
  readonly riskTrends: DashboardPart<RiskTrends>;
}

/** Tenants whose latest answers are kept. */
const maxTenantReaders = 1000;

interface TenantReaders {
  readonly complianceScore: PartReader<ComplianceScore>;
  readonly riskTrends: PartReader<RiskTrends>;
}

/**
 * Reads what a dashboard shows. No part rejects: one that fails or misses its deadline is a
 * `FailedPart`. Callers at the same moment, and within `cacheMillis`, share one read of each part.
 */
export class BusinessMetricsDashboard {
  readonly #activeRequests: PartReader<number>;
  readonly #complianceScore: PartReader<ComplianceScore>;
  readonly #modelPerformance: PartReader<ModelPerformanceReport>;
  readonly #tenantActivity: PartReader<TenantActivityReport>;
  readonly #riskTrends: PartReader<RiskTrends>;
  readonly #readersOf: (tenantId: string) => TenantReaders;
  /** The one that was asked for least lately first. */
  readonly #tenantReaders = new Map<string, TenantReaders>();

  /** @throws MetricsConfigurationError for a bad option. */
  constructor(options: BusinessMetricsDashboardOptions) {
    const given = options as Partial<BusinessMetricsDashboardOptions> | undefined;
    const activity = given?.activity;
    if (typeof (activity as Partial<ActivitySource> | null | undefined)?.snapshot !== 'function') {
      throw new MetricsConfigurationError('activity', activity, 'an activity tracker');
    }
    const db = given?.db;
    if (typeof (db as Partial<Database> | null | undefined)?.query !== 'function') {
      throw new MetricsConfigurationError('db', db, 'an object with query(sql, params)');
    }
    const { mappings, modelCalls } = tableNames(options);
    const window = (option: 'complianceWindowMillis' | 'modelWindowMillis' | 'trendWindowMillis') =>
      integerOption(
        option,
        options[option],
        (option === 'modelWindowMillis' ? 1 : 24) * hourMillis,
        1000,
      );
    const complianceWindow = window('complianceWindowMillis');
    const trendWindow = window('trendWindowMillis');
    const models = {
      windowMillis: window('modelWindowMillis'),
      maxModels: integerOption('maxModels', options.maxModels, 50, 1, 1000),
      successStatuses: statusesOption(options.successStatuses),
    };
    const common = {
      deadlineMillis: integerOption('deadlineMillis', options.deadlineMillis, 2000, 1),
      cacheMillis: integerOption('cacheMillis', options.cacheMillis, 1000, 0),
      onError: functionOption('onError', options.onError),
    };

    const source = options.db;
    // Two parts of one snapshot: asked for at the same moment, the store is read once.
    let reading: Promise<ActivitySnapshot> | undefined;
    const snapshot = (): Promise<ActivitySnapshot> =>
      (reading ??= (async () => options.activity.snapshot())().finally(() => {
        reading = undefined;
      }));
    const part = <T>(
      name: DashboardPartName,
      read: () => Promise<T>,
      counts?: PartCounts,
    ): PartReader<T> => new PartReader<T>({ name, read, counts, ...common });

    this.#activeRequests = part('activeRequests', async () => (await snapshot()).activeRequests);
    this.#tenantActivity = part('tenantActivity', async () => {
      const { activeTenants, windowMillis, tenants } = await snapshot();
      return { activeTenants, windowMillis, tenants };
    });
    this.#complianceScore = part('complianceScore', () =>
      readComplianceScore(source, mappings, complianceWindow),
    );
    this.#modelPerformance = part('modelPerformance', () =>
      readModelPerformance(source, modelCalls, models),
    );
    this.#riskTrends = part('riskTrends', () => readRiskTrends(source, mappings, trendWindow));
    this.#readersOf = (tenantId) => ({
      complianceScore: part(
        'complianceScore',
        () => readComplianceScore(source, mappings, complianceWindow, tenantId),
        this.#complianceScore.counts,
      ),
      riskTrends: part(
        'riskTrends',
        () => readRiskTrends(source, mappings, trendWindow, tenantId),
        this.#riskTrends.counts,
      ),
    });
  }

  /** All parts at once, within one deadline. */
  async getRealtimeMetrics(): Promise<RealtimeMetrics> {
    const [activeRequests, complianceScore, modelPerformance, tenantActivity, riskTrends] =
      await Promise.all([
        this.getActiveRequests(),
        this.getComplianceScore(),
        this.getModelPerformance(),
        this.getTenantActivity(),
        this.getRiskTrends(),
      ]);
    return { activeRequests, complianceScore, modelPerformance, tenantActivity, riskTrends };
  }

  /**
   * What of the dashboard is one tenant's: score and risk of the mappings with this `tenant_id`, read from
   * the rows themselves, within the same windows and one deadline.
   *
   * @throws MetricsConfigurationError for what is no text: it must not read everybody's.
   */
  async getTenantMetrics(tenantId: string): Promise<TenantMetrics> {
    if (typeof (tenantId as unknown) !== 'string') {
      throw new MetricsConfigurationError('tenantId', tenantId, 'a string');
    }
    const readers = this.#tenantReaders.get(tenantId) ?? this.#readersOf(tenantId);
    this.#tenantReaders.delete(tenantId);
    this.#tenantReaders.set(tenantId, readers);
    const [oldest] = this.#tenantReaders.keys();
    if (oldest !== undefined && this.#tenantReaders.size > maxTenantReaders) {
      this.#tenantReaders.delete(oldest);
    }
    const [complianceScore, riskTrends] = await Promise.all([
      readers.complianceScore.get(),
      readers.riskTrends.get(),
    ]);
    return { tenantId, complianceScore, riskTrends };
  }

  /** Requests in progress now. */
  getActiveRequests(): Promise<DashboardPart<number>> {
    return this.#activeRequests.get();
  }

  /** Mean confidence and share of high confidence of the latest mappings. */
  getComplianceScore(): Promise<DashboardPart<ComplianceScore>> {
    return this.#complianceScore.get();
  }

  /** Calls, error rate, latency percentiles and throughput by model. */
  getModelPerformance(): Promise<DashboardPart<ModelPerformanceReport>> {
    return this.#modelPerformance.get();
  }

  /** Active tenants, the busiest by name. */
  getTenantActivity(): Promise<DashboardPart<TenantActivityReport>> {
    return this.#tenantActivity.get();
  }

  /** Mappings by hour, severity and framework. */
  getRiskTrends(): Promise<DashboardPart<RiskTrends>> {
    return this.#riskTrends.get();
  }

  /** Reads, shared answers and failures of each part. */
  stats(): Readonly<Record<DashboardPartName, Readonly<PartCounts>>> {
    return {
      activeRequests: { ...this.#activeRequests.counts },
      complianceScore: { ...this.#complianceScore.counts },
      modelPerformance: { ...this.#modelPerformance.counts },
      tenantActivity: { ...this.#tenantActivity.counts },
      riskTrends: { ...this.#riskTrends.counts },
    };
  }
}

function statusesOption(statuses: unknown = ['success', 'ok']): readonly string[] {
  if (!Array.isArray(statuses) || !statuses.every((status) => typeof status === 'string')) {
    throw new MetricsConfigurationError('successStatuses', statuses, 'an array of strings');
  }
  return [...(statuses as readonly string[])];
}
