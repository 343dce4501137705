import type { MetricValues } from './metric-values.js';
import type { MetricsSource } from './monitor-options.js';

/** What of a prom-client `Registry` is used. */
export interface PromClientRegistry {
  getMetricsAsJSON(): Promise<readonly unknown[]>;
}

/** Series of one metric: those with these label values, added up. */
export interface SeriesChoice {
  /** Name of the metric, as it is registered. */
  readonly metric: string;
  /** Label that holds the model's name; `false` where the metric is the whole process's. Default `model_name`. */
  readonly modelLabel?: string | false | undefined;
  /** Values that other labels must have. Default: any. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** How a feature comes from the registry. All but `gauge` are differences between two collections. */
export type Reading =
  | { readonly mean: SeriesChoice }
  | { readonly perSecond: SeriesChoice }
  | { readonly share: SeriesChoice; readonly of: SeriesChoice }
  | { readonly gauge: SeriesChoice };

/** Options of a `promClientSource`. */
export interface PromClientSourceOptions {
  readonly registry: PromClientRegistry;
  /** Where each feature comes from, laid over `defaultReadings`; `false` leaves one out. Default: these. */
  readonly readings?: Readonly<Record<string, Reading | false>> | undefined;
  /** How old a collection may be that several models are read from, milliseconds. Default 100. */
  readonly maxAgeMillis?: number | undefined;
  /** Default `Date`. */
  readonly clock?: { now(): number } | undefined;
}

/** A source with figures about itself. */
export interface PromClientSource extends MetricsSource {
  /** Counters that went back: the process behind them began anew, and they are counted from 0. */
  stats(): { readonly counterResets: number };
}

const calls = { metric: 'model_inference_duration_seconds' } as const;

/** What `@llm/metrics` and prom-client's default metrics tell by themselves. Confidence and errors have no usual name. */
export const defaultReadings = {
  inference_latency: { mean: calls },
  throughput: { perSecond: calls },
  memory_usage: { gauge: { metric: 'process_resident_memory_bytes', modelLabel: false } },
} as const satisfies Record<string, Reading>;

interface Value {
  readonly labels?: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

interface Totals {
  readonly sum: number;
  readonly count: number;
}

/** Reads a model's window from a registry: what happened since the model was last read. The first time there is nothing but gauges. */
export function promClientSource(options: PromClientSourceOptions): PromClientSource {
  const { registry, maxAgeMillis = 100, clock = Date } = options;
  if (typeof (registry as { getMetricsAsJSON?: unknown }).getMetricsAsJSON !== 'function') {
    throw new TypeError('registry must be a prom-client registry');
  }
  const readings = new Map<string, Reading>(
    Object.entries<Reading | false>({ ...defaultReadings, ...options.readings }).filter(
      (entry): entry is [string, Reading] => entry[1] !== false,
    ),
  );
  for (const [feature, reading] of readings) checkReading(feature, reading);
  const before = new Map<string, { readonly totals: Map<string, Totals>; readonly at: number }>();
  let resets = 0;
  let newest: { readonly at: number; readonly metrics: Promise<Map<string, readonly Value[]>> } | undefined; // prettier-ignore

  const source = async (modelName: string): Promise<MetricValues> => {
    const now = clock.now();
    if (newest === undefined || now - newest.at > maxAgeMillis || now < newest.at) {
      newest = { at: now, metrics: collect(registry) };
    }
    const { at } = newest;
    const metrics = await newest.metrics;
    const last = before.get(modelName);
    const totals = new Map<string, Totals>();
    const since = (key: string, choice: SeriesChoice): Totals | undefined => {
      const total = totalsOf(metrics.get(choice.metric) ?? [], choice, modelName);
      totals.set(key, total);
      const earlier = last?.totals.get(key);
      if (earlier === undefined) return undefined;
      if (total.count >= earlier.count) {
        return { sum: total.sum - earlier.sum, count: total.count - earlier.count };
      }
      resets += 1;
      return total;
    };
    const values: Record<string, number | undefined> = {};
    for (const [feature, reading] of readings) {
      if ('gauge' in reading) {
        values[feature] = gaugeOf(metrics.get(reading.gauge.metric) ?? [], reading.gauge, modelName); // prettier-ignore
      } else if ('mean' in reading) {
        const change = since(feature, reading.mean);
        values[feature] = change && change.count > 0 ? change.sum / change.count : undefined;
      } else if ('perSecond' in reading) {
        const change = since(feature, reading.perSecond);
        const seconds = (at - (last?.at ?? at)) / 1000;
        values[feature] = change && seconds > 0 ? change.count / seconds : undefined;
      } else {
        const part = since(feature, reading.share);
        const whole = since(`${feature} of`, reading.of);
        values[feature] = part && whole && whole.count > 0 ? part.count / whole.count : undefined;
      }
    }
    before.set(modelName, { totals, at });
    return values;
  };
  return Object.assign(source, { stats: () => ({ counterResets: resets }) });
}

async function collect(registry: PromClientRegistry): Promise<Map<string, readonly Value[]>> {
  const metrics = (await registry.getMetricsAsJSON()) as { name: string; values: Value[] }[];
  return new Map(metrics.map(({ name, values }) => [name, values]));
}

/** Of a histogram or summary its sum and count; of a counter the count is its value. */
function totalsOf(values: readonly Value[], choice: SeriesChoice, modelName: string): Totals {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (!isChosen(value, choice, modelName)) continue;
    if (value.metricName === `${choice.metric}_sum`) sum += value.value;
    else if (
      value.metricName === undefined ||
      value.metricName === choice.metric ||
      value.metricName === `${choice.metric}_count`
    ) {
      // prettier-ignore
      // A summary's quantiles are no totals.
      if (value.labels?.['quantile'] === undefined) count += value.value;
    }
  }
  return { sum, count };
}

function gaugeOf(
  values: readonly Value[],
  choice: SeriesChoice,
  modelName: string,
): number | undefined {
  const chosen = values.filter((value) => isChosen(value, choice, modelName));
  if (chosen.length === 0) return undefined;
  return chosen.reduce((sum, { value }) => sum + value, 0);
}

function isChosen(
  { labels = {} }: Value,
  { modelLabel = 'model_name', labels: wanted = {} }: SeriesChoice,
  modelName: string,
): boolean {
  if (modelLabel !== false && labels[modelLabel] !== modelName) return false;
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

function checkReading(feature: string, reading: Reading): void {
  const choices = Object.values(reading as object) as unknown[];
  const sound = choices.every((choice) => {
    const { metric } = (choice ?? {}) as { metric?: unknown };
    return typeof metric === 'string' && metric !== '';
  });
  if (choices.length === 0 || !sound) {
    throw new TypeError(`readings.${feature} must name the metric of each of its series`);
  }
}
