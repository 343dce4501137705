import { type Aggregator, Registry, type RegistryContentType } from 'prom-client';
import type { PrometheusContentType } from 'prom-client';
import { MetricsConfigurationError, functionOption, integerOption } from './configuration.js';
import { llmContext } from './context.js';
import { CounterInstrument, type InstrumentParts } from './counter.js';
import { GaugeInstrument } from './gauge.js';
import { HistogramInstrument, type ValueRange } from './histogram.js';
import { foldedObservations } from './business-catalogue.js';
import { LabelLimit, type LabelLimitOptions } from './label-limit.js';
import type { MetricDefinition } from './metric-definition.js';
import { MetricsRegistry } from './metrics-registry.js';
import { type LabelStats, SeriesTable } from './series-table.js';

/** What the instruments of a registry have in common. */
export interface InstrumentsOptions<T extends RegistryContentType = PrometheusContentType> {
  /** Where the instruments are registered. Default a `MetricsRegistry` of their own, never the global one. */
  readonly registry?: Registry<T> | undefined;
  /** Limits on distinct values, by label name, shared by all instruments. Default 1000 for `tenant_id`, 200 for every other label. */
  readonly labelLimits?: Readonly<Record<string, LabelLimitOptions | undefined>> | undefined;
  /** Most series an instrument may have, whatever its labels; beyond, labels become `__other__`. Default 50000. */
  readonly maxSeriesPerMetric?: number | undefined;
}

/** What one instrument is. */
export interface InstrumentOptions<L extends string> {
  readonly name: string;
  readonly help: string;
  /** Default none. */
  readonly labelNames?: readonly L[] | undefined;
  /** Limits of this instrument alone, by label name. Default those of all instruments. */
  readonly labelLimits?: Readonly<Partial<Record<L, LabelLimitOptions>>> | undefined;
  /** How a cluster's workers are joined. Default `sum`. */
  readonly aggregator?: Aggregator | undefined;
  /** Called before each scrape, to bring it up to date. Default none. */
  readonly collect?: (() => void | Promise<void>) | undefined;
}

export interface HistogramOptions<L extends string> extends InstrumentOptions<L> {
  /** Upper bounds, ascending, without infinity. */
  readonly buckets: readonly number[];
  /** Values that are recorded. Default all finite numbers. */
  readonly range?: ValueRange | undefined;
  /** Keep an exemplar a bucket: the ids of the active span, if it is sampled. Shown in OpenMetrics only. Default false. */
  readonly exemplars?: boolean | undefined;
}

/** Makes instruments that share a registry, label limits and one count of what they refused. */
export interface Instruments<T extends RegistryContentType = PrometheusContentType> {
  /** @throws MetricsConfigurationError for a bad option, or a name that the registry already has. */
  readonly counter: <const L extends string = never>(
    options: InstrumentOptions<L>,
  ) => CounterInstrument<L>;
  /** @throws MetricsConfigurationError for a bad option, or a name that the registry already has. */
  readonly gauge: <const L extends string = never>(
    options: InstrumentOptions<L>,
  ) => GaugeInstrument<L>;
  /** @throws MetricsConfigurationError for a bad option, or a name that the registry already has. */
  readonly histogram: <const L extends string = never>(
    options: HistogramOptions<L>,
  ) => HistogramInstrument<L>;
  readonly registry: Registry<T>;
  /** Removes the series of all instruments that did not change since the last call; gives how many. */
  readonly removeIdle: () => number;
  /**
   * Removes the series of all instruments with this value of a label, a tenant's for example, and gives its place among
   * the admitted values to another; gives how many. It comes back as a new one when it is recorded again.
   */
  readonly forgetValue: (label: string, value: string) => number;
  readonly stats: () => Readonly<LabelStats>;
  /** Distinct values of a label admitted so far, without its allow-list. */
  readonly admitted: (label: string) => number;
}

/** What a set of instruments needs of each. */
interface Forgetful {
  removeIdle(): number;
  forgetValue(label: string, value: string): number;
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelName = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * Creates a set of instruments.
 *
 * @throws MetricsConfigurationError for a bad option.
 */
export function createInstruments<T extends RegistryContentType = PrometheusContentType>(
  options: InstrumentsOptions<T> = {},
): Instruments<T> {
  const registry = registryOption(options.registry);
  const maxSeries = integerOption('maxSeriesPerMetric', options.maxSeriesPerMetric, 50_000, 1);
  const limits = new Map<string, LabelLimit>();
  for (const [label, limit] of Object.entries(options.labelLimits ?? {})) {
    if (limit !== undefined) limits.set(label, limitOf(label, limit));
  }
  const stats: LabelStats = {
    accepted: 0,
    invalidValues: 0,
    folded: 0,
    missingLabels: 0,
    unknownLabels: 0,
    failed: 0,
  };
  const instruments: Forgetful[] = [];
  const folded = foldedCounter(registry as Registry);

  const limitFor = (label: string, own: LabelLimitOptions | undefined): LabelLimit => {
    if (own !== undefined) return limitOf(label, own);
    let limit = limits.get(label);
    if (limit === undefined) limits.set(label, (limit = limitOf(label, {})));
    return limit;
  };
  const partsOf = <L extends string>(
    given: InstrumentOptions<L>,
    width: number,
    exemplars = false,
  ): InstrumentParts<L> => {
    const { name, help, labelNames, labelLimits, aggregator, collect } = checked(given, registry);
    const table = new SeriesTable<L>({
      labelNames,
      limits: Object.fromEntries(
        labelNames.map((label) => [label, limitFor(label, labelLimits?.[label])]),
      ) as Record<L, LabelLimit>,
      maxSeries,
      defaults: { tenant_id: () => llmContext.getStore()?.tenantId } as Partial<
        Record<L, () => string | undefined>
      >,
      stats,
      onFold: (label) => folded.inc({ metric: name, label }),
      width,
      exemplars,
    });
    return {
      name,
      help,
      labelNames,
      registry: registry as Registry,
      aggregator,
      collect: functionOption(`${name}.collect`, collect),
      table,
      stats,
    };
  };
  const added = <I extends Forgetful>(instrument: I): I => {
    instruments.push(instrument);
    return instrument;
  };

  return {
    registry,
    counter: (given) => added(new CounterInstrument(partsOf(given, 1))),
    gauge: (given) => added(new GaugeInstrument(partsOf(given, 1))),
    histogram: (given) => {
      const bounds = boundsOf(given);
      const exemplars = given.exemplars === true;
      const range = given.range ?? { min: -Number.MAX_VALUE, max: Number.MAX_VALUE };
      const parts = partsOf(given, bounds.length + 2, exemplars);
      return added(new HistogramInstrument({ ...parts, bounds, range, exemplars }));
    },
    removeIdle: () => instruments.reduce((sum, instrument) => sum + instrument.removeIdle(), 0),
    forgetValue: (label, value) =>
      instruments.reduce((sum, instrument) => sum + instrument.forgetValue(label, value), 0),
    stats: () => ({ ...stats }),
    admitted: (label) => limits.get(label)?.admitted ?? 0,
  };
}

/** The one count of folded observations of a registry, whoever made it. */
function foldedCounter(registry: Registry): CounterInstrument<'metric' | 'label'> {
  const { name, help, labelNames } = foldedObservations;
  const known: unknown = registry.getSingleMetric(name);
  if (known instanceof CounterInstrument) {
    return known as CounterInstrument<'metric' | 'label'>;
  }
  if (known !== undefined) {
    throw new MetricsConfigurationError('registry', name, 'free of the metric names it gains');
  }
  // Its values are names in code: they need no limits, and it must not count its own folds.
  const limit = new LabelLimit('labelLimits', {}, Number.MAX_SAFE_INTEGER);
  const stats: LabelStats = {
    accepted: 0,
    invalidValues: 0,
    folded: 0,
    missingLabels: 0,
    unknownLabels: 0,
    failed: 0,
  };
  const table = new SeriesTable<'metric' | 'label'>({
    labelNames,
    limits: { metric: limit, label: limit },
    maxSeries: Number.MAX_SAFE_INTEGER,
    defaults: {},
    stats,
    onFold: () => {},
    width: 1,
    exemplars: false,
  });
  return new CounterInstrument({
    name,
    help,
    labelNames,
    registry,
    aggregator: undefined,
    collect: undefined,
    table,
    stats,
  });
}

function registryOption<T extends RegistryContentType>(
  registry: Registry<T> | undefined,
): Registry<T> {
  // Without a type argument T is the Prometheus content type, which is what a new registry has.
  if (registry === undefined) return new MetricsRegistry() as unknown as Registry<T>;
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

function limitOf(label: string, options: LabelLimitOptions): LabelLimit {
  return new LabelLimit(`labelLimits.${label}`, options, label === 'tenant_id' ? 1000 : 200);
}

function checked<L extends string, T extends RegistryContentType>(
  options: InstrumentOptions<L>,
  registry: Registry<T>,
): InstrumentOptions<L> & MetricDefinition<L> {
  const { name, help } = options;
  const labelNames: readonly L[] = options.labelNames ?? [];
  if (typeof name !== 'string' || !metricName.test(name)) {
    throw new MetricsConfigurationError('name', name, 'a name that Prometheus allows');
  }
  if (typeof help !== 'string' || help === '') {
    throw new MetricsConfigurationError(`${name}.help`, help, 'a text that is not empty');
  }
  const isLabel = (label: unknown): boolean =>
    typeof label === 'string' && labelName.test(label) && label !== 'le' && label !== 'quantile';
  if (!Array.isArray(labelNames) || !(labelNames as readonly unknown[]).every(isLabel)) {
    throw new MetricsConfigurationError(`${name}.labelNames`, labelNames, 'a list of label names');
  }
  if (new Set(labelNames).size !== labelNames.length) {
    throw new MetricsConfigurationError(`${name}.labelNames`, labelNames, 'without repetition');
  }
  if (registry.getSingleMetric(name) !== undefined) {
    throw new MetricsConfigurationError('registry', name, 'free of the metric names it gains');
  }
  return { ...options, labelNames: [...(labelNames as readonly L[])] };
}

function boundsOf({ name, buckets }: HistogramOptions<string>): readonly number[] {
  const ascending = (bound: unknown, i: number): boolean =>
    typeof bound === 'number' &&
    Number.isFinite(bound) &&
    (i === 0 || bound > (buckets[i - 1] ?? Infinity));
  if (!Array.isArray(buckets) || buckets.length === 0 || !buckets.every(ascending)) {
    throw new MetricsConfigurationError(`${name}.buckets`, buckets, 'a list of ascending numbers');
  }
  return [...(buckets as readonly number[])];
}
