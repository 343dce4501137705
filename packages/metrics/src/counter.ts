import { type Aggregator, Counter, type Registry } from 'prom-client';
import { type LabelSet, type LabelValue, labelsOf } from './label-values.js';
import { type Series, add } from './series.js';
import type { LabelStats, SeriesFinder, SeriesTable } from './series-table.js';
import { singleValueWriter } from './single-value-writer.js';
import type { DefaultLabels, SeriesWriter, TextFormat, WritableMetric } from './text-format.js';

/** What any instrument is made from. */
export interface InstrumentParts<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  readonly registry: Registry;
  readonly aggregator: Aggregator | undefined;
  readonly collect: (() => void | Promise<void>) | undefined;
  readonly table: SeriesTable<L>;
  readonly stats: LabelStats;
}

/** One series of a counter, found once; `inc` costs an addition. */
export class BoundCounter {
  readonly #table: SeriesFinder;
  readonly #stats: LabelStats;
  #series: Series;

  /** @internal */
  constructor(series: Series, table: SeriesFinder, stats: LabelStats) {
    this.#series = series;
    this.#table = table;
    this.#stats = stats;
  }

  /** Adds `value`, 1 by default. What is no finite number of at least 0 is counted in `stats()` and ignored. */
  inc(value = 1): void {
    if (typeof value !== 'number' || !(value >= 0 && value < Infinity)) {
      this.#stats.invalidValues++;
      return;
    }
    let series = this.#series;
    if (series.offset < 0) series = this.#series = this.#table.resolveValues(series.values);
    add(series, value);
    this.#stats.accepted++;
  }
}

/** prom-client's Counter over plain numbers: bounded labels, bound children, no exceptions. */
export class CounterInstrument<L extends string = string>
  extends Counter<L>
  implements WritableMetric
{
  readonly help: string;
  readonly type = 'counter';
  readonly #table: SeriesTable<L>;
  readonly #parts: InstrumentParts<L>;
  // prom-client shortens `name` for good once its registry was scraped as OpenMetrics.
  declare readonly name: string;

  /** @internal */
  constructor(parts: InstrumentParts<L>) {
    super(configurationOf(parts));
    this.help = parts.help;
    this.#parts = parts;
    this.#table = parts.table;
    const { table, stats } = parts;
    // prom-client keeps `inc` on the instance, so this is where it is replaced.
    this.inc = ((labels: unknown, value: unknown) => {
      if (typeof labels === 'number') {
        value = labels;
        labels = undefined;
      }
      const amount = value ?? 1;
      if (typeof amount !== 'number' || !(amount >= 0 && amount < Infinity)) {
        stats.invalidValues++;
        return;
      }
      try {
        const series = table.resolve(labels);
        add(series, amount);
        stats.accepted++;
      } catch {
        stats.failed++;
      }
    }) as Counter<L>['inc'];
    this.reset();
  }

  /** The counter of these labels, for as long as you like; labels beyond their limit are folded here, once. */
  bind(labels: LabelSet<L>): BoundCounter {
    const { stats } = this.#parts;
    return new BoundCounter(resolveOrFold(this.#table, labels, stats), this.#table, stats);
  }

  override labels(...args: unknown[]): Counter.Internal {
    return this.bind(labelsOf(this.#parts.labelNames, args) as Record<L, LabelValue>);
  }

  override remove(...args: unknown[]): void {
    this.#table.forget(labelsOf(this.#parts.labelNames, args));
  }

  override reset(): void {
    // prom-client resets in its constructor, before there is a table.
    if (!(#parts in this)) return;
    this.#table.clear();
    if (this.#parts.labelNames.length === 0) this.#table.resolveValues([]);
  }

  /** Removes the series that did not grow since the last call; gives how many. */
  removeIdle(): number {
    return this.#table.removeUnchanged((series) => series.cells[series.offset] ?? 0);
  }

  /** Removes the series with this value of a label, which is then no longer among the admitted ones; gives how many. */
  forgetValue(label: L, value: string): number {
    return this.#table.forgetValue(label, value);
  }

  override async get(): ReturnType<Counter<L>['get']> {
    await this.prepare();
    return singleValues<L>(this, this.#parts) as unknown as Awaited<ReturnType<Counter<L>['get']>>;
  }

  /** @internal */
  async prepare(): Promise<void> {
    await this.#parts.collect?.();
  }

  /** @internal */
  writer(format: TextFormat, defaults: DefaultLabels): SeriesWriter {
    const { name, labelNames } = this.#parts;
    return singleValueWriter(
      { name, labelNames, type: 'counter' },
      this.#table.list,
      format,
      defaults,
    );
  }
}

/** What prom-client's constructors are given. */
export function configurationOf<L extends string>(parts: InstrumentParts<L>) {
  const { name, help, labelNames, registry, aggregator } = parts;
  return {
    name,
    help,
    labelNames,
    registers: [registry],
    ...(aggregator !== undefined && { aggregator }),
  };
}

/** A series for these labels, whatever they are: a getter that throws leaves every label unknown. */
export function resolveOrFold<L extends string>(
  table: SeriesTable<L>,
  labels: unknown,
  stats: LabelStats,
): Series {
  try {
    return table.resolve(labels);
  } catch {
    stats.failed++;
    return table.resolve({});
  }
}

/** What `get()` of prom-client's counters and gauges gives. */
export function singleValues<L extends string>(
  metric: { readonly type: string; readonly name: string; readonly aggregator?: Aggregator },
  { help, labelNames, table }: InstrumentParts<L>,
) {
  return {
    help,
    name: metric.name,
    type: metric.type,
    values: table.list
      .filter((series) => series !== undefined)
      .map((series) => ({
        value: series.cells[series.offset] ?? 0,
        labels: labelObject(labelNames, series),
      })),
    aggregator: metric.aggregator,
  };
}

/** The labels of a series as an object. */
export function labelObject(labelNames: readonly string[], series: Series): Record<string, string> {
  const labels: Record<string, string> = {};
  labelNames.forEach((name, i) => (labels[name] = series.values[i] ?? ''));
  return labels;
}
