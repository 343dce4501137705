import type { PrometheusContentType, Registry, RegistryContentType } from 'prom-client';
import type { ActivitySource } from './activity.js';
import { BoundedCall } from './bounded-call.js';
import {
  type BusinessLabel,
  type LabelsOf,
  businessCatalogue,
  foldedObservations,
} from './business-catalogue.js';
import { MetricsConfigurationError, integerOption } from './configuration.js';
import type { CounterInstrument } from './counter.js';
import type { GaugeInstrument } from './gauge.js';
import type { HistogramInstrument } from './histogram.js';
import { createInstruments } from './instruments.js';
import type { LabelLimitOptions } from './label-limit.js';
import type { LabelStats } from './series-table.js';

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

/** How the business metrics are made; every option may be left out. */
export interface BusinessMetricsOptions<T extends RegistryContentType = PrometheusContentType> {
  /** Where the metrics are registered. Default a `MetricsRegistry` of their own, never the global one. */
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
  /** Keep the ids of the active span as exemplars of `modelInferenceTime`; shown in OpenMetrics. Default true. */
  readonly exemplars?: boolean | undefined;
}

/** What the business metrics took, refused and folded since they were created. */
export interface BusinessMetricsStats extends Readonly<LabelStats> {
  /** Scrapes for which `activity` failed or was too slow. */
  readonly activityFailures: number;
  /** Distinct values admitted so far, by label, without the allow-lists. */
  readonly admittedValues: Readonly<Record<BusinessLabel, number>>;
}

/** The five business metrics: prom-client instances whose labels are bounded, that never throw, and whose `bind()` costs an addition to record in. */
export interface BusinessMetrics<T extends RegistryContentType = PrometheusContentType> {
  /** `detector_requests_total{detector_type,tenant_id,status}`; the tenant defaults to the request context's. */
  readonly detectorRequests: CounterInstrument<LabelsOf<'detectorRequests'>>;
  /** `mapping_confidence_score{framework,category}`, 0 to 1. */
  readonly mappingConfidence: HistogramInstrument<LabelsOf<'mappingConfidence'>>;
  /** `compliance_violations_total{framework,severity,category}`. */
  readonly complianceViolations: CounterInstrument<LabelsOf<'complianceViolations'>>;
  /** `model_inference_duration_seconds{model_name,model_version}`. */
  readonly modelInferenceTime: HistogramInstrument<LabelsOf<'modelInferenceTime'>>;
  /** `active_tenants_count`. */
  readonly activeTenants: GaugeInstrument<never>;
  /** The registry that exposes them. */
  readonly registry: Registry<T>;
  /** Removes the series that did not change since the last call; gives how many. */
  removeIdle(): number;
  /** Removes a tenant's series, and forgets that there was such a tenant; gives how many series. */
  forgetTenant(tenantId: string): number;
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
  const activity = activityOption(options.activity);
  const deadlineMillis = integerOption(
    'activityDeadlineMillis',
    options.activityDeadlineMillis,
    1000,
    1,
  );
  requireBusinessLabels(options.labelLimits);
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
  requireFreeNames(options.registry);
  const instruments = createInstruments<T>({
    registry: options.registry,
    labelLimits: options.labelLimits,
    maxSeriesPerMetric: options.maxSeriesPerMetric,
  });
  // There from the first scrape on, at 0: an alert on it needs something to look at.
  const { detectorRequests: requests } = businessCatalogue;
  zeroFolds(instruments.registry as unknown as Registry, requests.name);
  let activityFailures = 0;

  const readActivity = activity && new BoundedCall(() => activity.snapshot(), deadlineMillis);
  const activeTenants = instruments.gauge({
    ...businessCatalogue.activeTenants,
    // Replicas that share a Redis all see the same tenants: a cluster's sum would multiply them.
    aggregator: 'max',
    ...(readActivity && {
      async collect() {
        try {
          activeTenants.set((await readActivity.call()).activeTenants);
        } catch {
          // Absent rather than stale; and a rejection here would fail the whole scrape.
          activityFailures++;
          activeTenants.remove();
        }
      },
    }),
  }) as GaugeInstrument<never>;

  return {
    detectorRequests: instruments.counter(requests),
    mappingConfidence: instruments.histogram({
      ...businessCatalogue.mappingConfidence,
      buckets: confidenceBuckets,
      range: { min: 0, max: 1 },
    }),
    complianceViolations: instruments.counter(businessCatalogue.complianceViolations),
    modelInferenceTime: instruments.histogram({
      ...businessCatalogue.modelInferenceTime,
      buckets: inferenceBuckets,
      range: { min: 0, max: Number.MAX_VALUE },
      exemplars: options.exemplars !== false,
    }),
    activeTenants,
    registry: instruments.registry,
    removeIdle: () => instruments.removeIdle(),
    forgetTenant: (tenantId) => instruments.forgetValue('tenant_id', tenantId),
    stats: () => ({
      ...instruments.stats(),
      activityFailures,
      admittedValues: Object.fromEntries(
        businessLabels.map((label) => [label, instruments.admitted(label)]),
      ) as Record<BusinessLabel, number>,
    }),
  };
}

/** All names before the first registration: a registry is never left half filled. */
function requireFreeNames(registry: unknown): void {
  const shape = registry as Partial<Registry> | null | undefined;
  if (typeof shape?.getSingleMetric !== 'function') return;
  for (const definition of Object.values(businessCatalogue)) {
    if (definition === foldedObservations) continue;
    if (shape.getSingleMetric(definition.name) !== undefined) {
      throw new MetricsConfigurationError(
        'registry',
        definition.name,
        'free of the metric names it gains',
      );
    }
  }
}

function zeroFolds(registry: Registry, metric: string): void {
  const folded = registry.getSingleMetric<'metric' | 'label'>(foldedObservations.name);
  (folded as CounterInstrument<'metric' | 'label'>).inc({ metric, label: 'tenant_id' }, 0);
}

function activityOption(activity: ActivitySource | undefined): ActivitySource | undefined {
  if (activity === undefined) return undefined;
  if (typeof (activity as Partial<ActivitySource> | null)?.snapshot !== 'function') {
    throw new MetricsConfigurationError('activity', activity, 'an activity tracker');
  }
  return activity;
}

function requireBusinessLabels(given: BusinessMetricsOptions['labelLimits'] = {}): void {
  for (const label of Object.keys(given)) {
    if (!(businessLabels as readonly string[]).includes(label)) {
      throw new MetricsConfigurationError(
        'labelLimits',
        label,
        `keyed by ${businessLabels.join(', ')}`,
      );
    }
  }
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
