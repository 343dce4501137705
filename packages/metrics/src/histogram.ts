import { Histogram } from 'prom-client';
import { type InstrumentParts, configurationOf, labelObject, resolveOrFold } from './counter.js';
import type { ExemplarLabels } from './exemplar.js';
import { bitOf, rearm, takeExemplar } from './exemplar-store.js';
import { histogramWriter } from './histogram-writer.js';
import { type LabelSet, type LabelValue, labelsOf } from './label-values.js';
import type { Series } from './series.js';
import type { LabelStats, SeriesFinder } from './series-table.js';
import type { DefaultLabels, SeriesWriter, TextFormat, WritableMetric } from './text-format.js';

/** What a histogram takes; anything else is counted in `stats()` and ignored. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

export interface HistogramParts<L extends string> extends InstrumentParts<L> {
  /** Upper bounds of the buckets, ascending, without infinity. */
  readonly bounds: readonly number[];
  readonly range: ValueRange;
  readonly exemplars: boolean;
}

/** Shared by a histogram and its bound children: where and how to record. */
export class HistogramRecorder {
  readonly bounds: readonly number[];
  readonly table: SeriesFinder;
  readonly stats: LabelStats;
  readonly min: number;
  readonly max: number;

  constructor({
    bounds,
    range,
    table,
    stats,
  }: Pick<HistogramParts<never>, 'bounds' | 'range' | 'stats'> & { readonly table: SeriesFinder }) {
    this.bounds = bounds;
    this.min = range.min;
    this.max = range.max;
    this.table = table;
    this.stats = stats;
  }

  /** Adds `value`, which is in range, to a series: counts of the buckets, then of infinity, then the sum. */
  record(series: Series, value: number, exemplar: ExemplarLabels | undefined): void {
    const { bounds } = this;
    let bucket = 0;
    let end = bounds.length;
    while (end - bucket > 8) {
      const middle = (bucket + end) >>> 1;
      if (value <= (bounds[middle] ?? Infinity)) end = middle;
      else bucket = middle + 1;
    }
    while (bucket < end && value > (bounds[bucket] ?? Infinity)) bucket++;
    const { cells, offset } = series;
    cells[offset + bucket] = (cells[offset + bucket] ?? 0) + 1;
    const sum = offset + bounds.length + 1;
    cells[sum] = (cells[sum] ?? 0) + value;
    this.stats.accepted++;
    const { armed } = series;
    if (armed !== 0 && ((armed & bitOf(bucket)) !== 0 || exemplar !== undefined)) {
      takeExemplar(series, bucket, value, exemplar, this.stats);
    }
  }
}

/** One series of a histogram, found once. */
export class BoundHistogram {
  readonly #recorder: HistogramRecorder;
  #series: Series;

  /** @internal */
  constructor(series: Series, recorder: HistogramRecorder) {
    this.#series = series;
    this.#recorder = recorder;
  }

  /**
   * Observes `value`. What is no number or out of range is counted in `stats()` and ignored.
   *
   * @param exemplar of this observation, instead of the active span's ids; kept when the histogram has exemplars
   */
  observe(value: number, exemplar?: ExemplarLabels): void {
    const recorder = this.#recorder;
    if (typeof value !== 'number' || !(value >= recorder.min && value <= recorder.max)) {
      recorder.stats.invalidValues++;
      return;
    }
    if (this.#series.offset < 0) {
      this.#series = recorder.table.resolveValues(this.#series.values);
    }
    recorder.record(this.#series, value, exemplar);
  }

  /** Starts a timer; the function it gives observes the seconds that passed, and returns them. */
  startTimer(): () => number {
    const begun = performance.now();
    return () => {
      const seconds = (performance.now() - begun) / 1000;
      this.observe(seconds);
      return seconds;
    };
  }
}

/** prom-client's Histogram over typed arrays: bounded labels, bound children, no exceptions. */
export class HistogramInstrument<L extends string = string>
  extends Histogram<L>
  implements WritableMetric
{
  readonly help: string;
  readonly type = 'histogram';
  declare readonly name: string;
  readonly #parts: HistogramParts<L>;
  readonly #recorder: HistogramRecorder;

  /** @internal */
  constructor(parts: HistogramParts<L>) {
    super({ ...configurationOf(parts), buckets: [...parts.bounds] });
    this.help = parts.help;
    this.#parts = parts;
    const recorder = new HistogramRecorder(parts);
    this.#recorder = recorder;
    const { table, stats } = parts;
    // prom-client keeps `observe` on the instance, so this is where it is replaced; timers call it.
    this.observe = ((labels: unknown, value: unknown, exemplar?: ExemplarLabels) => {
      if (typeof labels === 'number' && value === undefined) {
        value = labels;
        labels = undefined;
      }
      if (typeof value !== 'number' || !(value >= recorder.min && value <= recorder.max)) {
        stats.invalidValues++;
        return;
      }
      try {
        recorder.record(table.resolve(labels), value, exemplar);
      } catch {
        stats.failed++;
      }
    }) as Histogram<L>['observe'];
    if (parts.labelNames.length === 0) table.resolveValues([]);
  }

  /** The histogram of these labels, for as long as you like; labels beyond their limit are folded here, once. */
  bind(labels: LabelSet<L>): BoundHistogram {
    const { table, stats } = this.#parts;
    return new BoundHistogram(resolveOrFold(table, labels, stats), this.#recorder);
  }

  override labels(...args: unknown[]): Histogram.Internal<L> {
    const labels = labelsOf<L>(this.#parts.labelNames, args) as Record<L, LabelValue>;
    const bound = this.bind(labels);
    return {
      observe: (value) => bound.observe(value),
      startTimer: () => this.startTimer(labels as Partial<Record<L, string>>),
    };
  }

  /** Creates the series, if it is not there yet, with nothing observed. */
  override zero(labels: Partial<Record<L, string | number>>): void {
    const { table, stats, bounds } = this.#parts;
    const { cells, offset } = resolveOrFold(table, labels, stats);
    cells.fill(0, offset, offset + bounds.length + 2);
  }

  override remove(...args: unknown[]): void {
    this.#parts.table.forget(labelsOf(this.#parts.labelNames, args));
  }

  override reset(): void {
    // prom-client may reset in its constructor, before there are parts.
    if (#parts in this) this.#parts.table.clear();
  }

  /** Removes the series in which nothing was observed since the last call; gives how many. */
  removeIdle(): number {
    const buckets = this.#parts.bounds.length + 1;
    return this.#parts.table.removeUnchanged(({ cells, offset }) => {
      let count = 0;
      for (let i = 0; i < buckets; i++) count += cells[offset + i] ?? 0;
      return count;
    });
  }

  /** Removes the series with this value of a label, which is then no longer among the admitted ones; gives how many. */
  forgetValue(label: L, value: string): number {
    return this.#parts.table.forgetValue(label, value);
  }

  override async get(): ReturnType<Histogram<L>['get']> {
    const data = await this.getForPromString();
    const values = data.values.map(({ labels, sharedLabels, ...rest }) => ({
      ...rest,
      labels: { ...labels, ...sharedLabels },
    }));
    return { ...data, values } as unknown as Awaited<ReturnType<Histogram<L>['get']>>;
  }

  /** What prom-client's own registries write a histogram from. */
  async getForPromString() {
    await this.prepare();
    const { help, bounds, table, labelNames } = this.#parts;
    const { name, type } = this;
    const aggregator = (this as { aggregator?: string }).aggregator;
    const values = table.list.flatMap((series) => {
      if (series === undefined) return [];
      const sharedLabels = labelObject(labelNames, series);
      const { cells, offset } = series;
      const exemplars = series.exemplars?.list;
      let count = 0;
      const buckets = [...bounds, '+Inf'].map((le, i) => ({
        labels: { le },
        sharedLabels,
        value: (count += cells[offset + i] ?? 0),
        metricName: `${name}_bucket`,
        exemplar: exemplars?.[i] ?? null,
      }));
      const sum = cells[offset + bounds.length + 1] ?? 0;
      return [
        ...buckets,
        { labels: {}, sharedLabels, value: sum, metricName: `${name}_sum`, exemplar: undefined },
        {
          labels: {},
          sharedLabels,
          value: count,
          metricName: `${name}_count`,
          exemplar: undefined,
        },
      ];
    });
    return { name, help, type, values, aggregator };
  }

  /** @internal */
  async prepare(): Promise<void> {
    await this.#parts.collect?.();
  }

  /** @internal */
  writer(format: TextFormat, defaults: DefaultLabels): SeriesWriter {
    const { name, labelNames, bounds, table } = this.#parts;
    if (this.#parts.exemplars) rearm(table.list);
    return histogramWriter({ name, labelNames, bounds }, table.list, format, defaults);
  }
}
