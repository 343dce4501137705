import { Counter, Gauge, type Histogram, type RegistryContentType, Registry } from 'prom-client';
import type { PrometheusContentType } from 'prom-client';
import type { ActivitySource } from './activity.js';
import { BoundedCall } from './bounded-call.js';
import { type BusinessLabel, type LabelsOf, businessCatalogue } from './business-catalogue.js';
import { MetricsConfigurationError, integerOption } from './configuration.js';
import { llmContext } from './context.js';
import { GuardedCounter } from './guarded-counter.js';
import { GuardedHistogram } from './guarded-histogram.js';
import { LabelGuard, type LabelStats } from './label-guard.js';
import { LabelLimit, type LabelLimitOptions } from './label-limit.js';

const defaultInferenceBuckets = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120,
];
const defaultConfidenceBuckets = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1];

const businessLabels: readonly BusinessLabel[] = [
  ...new Set([
    ...businessCatalogue.detectorRequests.labelNames,
    ...businessCatalogue.mappingConfidence.labelNames,
    ...businessCatalogue.complianceViolations.labelNames,
    ...businessCatalogue.modelInferenceTime.labelNames,
  ]),
];

export interface BusinessMetricsOptions<T extends RegistryContentType = PrometheusContentType> {
  /** Where the metrics are registered. Default a Registry of their own, never the global one. */
  readonly registry?: Registry<T> | undefined;
  /** Read at every scrape to set `activeTenants`. Default none: set the gauge yourself. */
  readonly activity?: ActivitySource | undefined;
  /** How long a scrape waits for `activity`, in ms; after that `active_tenants_count` has no sample. Default 1000. */
  readonly activityDeadlineMillis?: number | undefined;
  /** Limits on distinct values, by label. Default 1000 for `tenant_id`, 200 for every other label. */
  readonly labelLimits?: Readonly<Partial<Record<BusinessLabel, LabelLimitOptions>>> | undefined;
  /** Most series a metric may have, whatever its labels; beyond, labels become `__other__`. Default 50000. */
  readonly maxSeriesPerMetric?: number | undefined;
  /** Upper bounds of `modelInferenceTime`, in seconds, ascending. Default 0.005 to 120. */
  readonly inferenceBuckets?: readonly number[] | undefined;
  /** Upper bounds of `mappingConfidence`, ascending, within 0 and 1. Default tenths, .95 and .99. */
  readonly confidenceBuckets?: readonly number[] | undefined;
}

/** What the business metrics took, refused and folded since they were created. */
export interface BusinessMetricsStats extends Readonly<LabelStats> {
  /** Scrapes for which `activity` failed or was too slow. */
  readonly activityFailures: number;
  /** Distinct values admitted so far, by label, without the allow-lists. */
  readonly admittedValues: Readonly<Record<BusinessLabel, number>>;
}

/** The five business metrics: prom-client instances whose labels are bounded and that never throw. */
export interface BusinessMetrics<T extends RegistryContentType = PrometheusContentType> {
  /** `detector_requests_total{detector_type,tenant_id,status}`; the tenant defaults to the request context's. */
  readonly detectorRequests: Counter<LabelsOf<'detectorRequests'>>;
  /** `mapping_confidence_score{framework,category}`, 0 to 1. */
  readonly mappingConfidence: Histogram<LabelsOf<'mappingConfidence'>>;
  /** `compliance_violations_total{framework,severity,category}`. */
  readonly complianceViolations: Counter<LabelsOf<'complianceViolations'>>;
  /** `model_inference_duration_seconds{model_name,model_version}`. */
  readonly modelInferenceTime: Histogram<LabelsOf<'modelInferenceTime'>>;
  /** `active_tenants_count`. */
  readonly activeTenants: Gauge;
  /** The registry that exposes them. */
  readonly registry: Registry<T>;
  stats(): BusinessMetricsStats;
}

/**
 * Creates and registers the business metrics.
 *
 * @throws MetricsConfigurationError for a bad option, or a name that the registry already has.
 */
export function createBusinessMetrics<T extends RegistryContentType = PrometheusContentType>(
  options: BusinessMetricsOptions<T> = {},
): BusinessMetrics<T> {
  const registry = registryOption(options.registry);
  const activity = activityOption(options.activity);
  const deadlineMillis = integerOption(
    'activityDeadlineMillis',
    options.activityDeadlineMillis,
    1000,
    1,
  );
  const maxSeries = integerOption('maxSeriesPerMetric', options.maxSeriesPerMetric, 50_000, 1);
  const limits = limitsOption(options.labelLimits);
  const inferenceBuckets = bucketsOption(
    'inferenceBuckets',
    options.inferenceBuckets ?? defaultInferenceBuckets,
    Number.MAX_VALUE,
  );
  const confidenceBuckets = bucketsOption(
    'confidenceBuckets',
    options.confidenceBuckets ?? defaultConfidenceBuckets,
    1,
  );
  // All names before the first registration: a registry is never left half filled.
  for (const { name } of Object.values(businessCatalogue)) {
    if (registry.getSingleMetric(name) !== undefined) {
      throw new MetricsConfigurationError('registry', name, 'free of the metric names it gains');
    }
  }

  const stats: LabelStats = {
    accepted: 0,
    invalidValues: 0,
    folded: 0,
    missingLabels: 0,
    unknownLabels: 0,
    failed: 0,
  };
  let activityFailures = 0;
  const registers = [registry as Registry];
  const folded = new Counter({ ...businessCatalogue.foldedObservations, registers });
  folded.inc({ metric: businessCatalogue.detectorRequests.name, label: 'tenant_id' }, 0);

  const guard = <L extends BusinessLabel>(definition: {
    readonly name: string;
    readonly labelNames: readonly L[];
  }): LabelGuard<L> =>
    new LabelGuard<L>({
      labelNames: definition.labelNames,
      limits,
      maxSeries,
      defaults: { tenant_id: () => llmContext.getStore()?.tenantId } as Partial<
        Record<L, () => string | undefined>
      >,
      stats,
      onFold: (label) => {
        folded.inc({ metric: definition.name, label });
      },
    });
  const counter = <L extends BusinessLabel>(
    definition: Parameters<typeof guard<L>>[0] & { readonly help: string },
  ) => new GuardedCounter<L>({ ...definition, registers }, guard(definition), stats);
  const histogram = <L extends BusinessLabel>(
    definition: Parameters<typeof guard<L>>[0] & { readonly help: string },
    buckets: number[],
    max: number,
  ) =>
    new GuardedHistogram<L>(
      { ...definition, registers, buckets },
      { min: 0, max },
      guard(definition),
      stats,
    );

  const readActivity = activity && new BoundedCall(() => activity.snapshot(), deadlineMillis);
  const activeTenants = new Gauge({
    ...businessCatalogue.activeTenants,
    registers,
    // Replicas that share a Redis all see the same tenants: a cluster's sum would multiply them.
    aggregator: 'max',
    ...(readActivity && {
      async collect(this: Gauge) {
        try {
          this.set((await readActivity.call()).activeTenants);
        } catch {
          // Absent rather than stale; and a rejection here would fail the whole scrape.
          activityFailures++;
          this.remove();
        }
      },
    }),
  });

  return {
    detectorRequests: counter(businessCatalogue.detectorRequests),
    mappingConfidence: histogram(businessCatalogue.mappingConfidence, confidenceBuckets, 1),
    complianceViolations: counter(businessCatalogue.complianceViolations),
    modelInferenceTime: histogram(
      businessCatalogue.modelInferenceTime,
      inferenceBuckets,
      Number.MAX_VALUE,
    ),
    activeTenants,
    registry,
    stats: () => ({
      ...stats,
      activityFailures,
      admittedValues: Object.fromEntries(
        businessLabels.map((label) => [label, limits[label].admitted]),
      ) as Record<BusinessLabel, number>,
    }),
  };
}

function registryOption<T extends RegistryContentType>(
  registry: Registry<T> | undefined,
): Registry<T> {
  // Without a type argument T is the Prometheus content type, which is what `new Registry()` has.
  if (registry === undefined) return new Registry() as unknown as Registry<T>;
  const shape = registry as Partial<Registry> | null;
  if (
    typeof shape?.registerMetric !== 'function' ||
    typeof shape.getSingleMetric !== 'function' ||
    typeof shape.metrics !== 'function'
  ) {
    throw new MetricsConfigurationError('registry', registry, 'a prom-client Registry');
  }
  return registry;
}

function activityOption(activity: ActivitySource | undefined): ActivitySource | undefined {
  if (activity === undefined) return undefined;
  if (typeof (activity as Partial<ActivitySource> | null)?.snapshot !== 'function') {
    throw new MetricsConfigurationError('activity', activity, 'an activity tracker');
  }
  return activity;
}

function limitsOption(
  given: BusinessMetricsOptions['labelLimits'] = {},
): Record<BusinessLabel, LabelLimit> {
  for (const label of Object.keys(given)) {
    if (!(businessLabels as readonly string[]).includes(label)) {
      throw new MetricsConfigurationError(
        'labelLimits',
        label,
        `keyed by ${businessLabels.join(', ')}`,
      );
    }
  }
  return Object.fromEntries(
    businessLabels.map((label) => [
      label,
      new LabelLimit(
        `labelLimits.${label}`,
        given[label] ?? {},
        label === 'tenant_id' ? 1000 : 200,
      ),
    ]),
  ) as Record<BusinessLabel, LabelLimit>;
}

function bucketsOption(option: string, buckets: readonly number[], max: number): number[] {
  const ascending = (bound: number, i: number): boolean =>
    Number.isFinite(bound) && bound > (buckets[i - 1] ?? 0) && bound <= max;
  if (!Array.isArray(buckets) || buckets.length === 0 || !buckets.every(ascending)) {
    const limit = max === Number.MAX_VALUE ? '' : ` up to ${max}`;
    throw new MetricsConfigurationError(
      option,
      buckets,
      `a list of ascending positive numbers${limit}`,
    );
  }
  return [...(buckets as readonly number[])];
}
