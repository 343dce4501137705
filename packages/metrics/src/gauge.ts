import { Gauge } from 'prom-client';
import { type InstrumentParts, configurationOf, resolveOrFold, singleValues } from './counter.js';
import { type LabelSet, type LabelValue, labelsOf } from './label-values.js';
import { type Series, add } from './series.js';
import type { LabelStats, SeriesFinder } from './series-table.js';
import { singleValueWriter } from './single-value-writer.js';
import type { DefaultLabels, SeriesWriter, TextFormat, WritableMetric } from './text-format.js';

/** One series of a gauge, found once. What is no number is counted in `stats()` and ignored. */
export class BoundGauge {
  readonly #table: SeriesFinder;
  readonly #stats: LabelStats;
  #series: Series;

  /** @internal */
  constructor(series: Series, table: SeriesFinder, stats: LabelStats) {
    this.#series = series;
    this.#table = table;
    this.#stats = stats;
  }

  set(value: number): void {
    const series = this.#usable(value);
    if (series) series.cells[series.offset] = value;
  }

  inc(value = 1): void {
    const series = this.#usable(value);
    if (series) add(series, value);
  }

  dec(value = 1): void {
    const series = this.#usable(value);
    if (series) add(series, -value);
  }

  /** Sets it to the Unix time in seconds. */
  setToCurrentTime(): void {
    this.set(Date.now() / 1000);
  }

  /** Starts a timer; the function it gives sets the gauge to the seconds that passed, and returns them. */
  startTimer(): () => number {
    const begun = performance.now();
    return () => {
      const seconds = (performance.now() - begun) / 1000;
      this.set(seconds);
      return seconds;
    };
  }

  #usable(value: number): Series | undefined {
    if (typeof value !== 'number') {
      this.#stats.invalidValues++;
      return undefined;
    }
    if (this.#series.offset < 0) this.#series = this.#table.resolveValues(this.#series.values);
    this.#stats.accepted++;
    return this.#series;
  }
}

type Change = (series: Series, value: number) => void;

/** prom-client's Gauge over plain numbers: bounded labels, bound children, no exceptions. */
export class GaugeInstrument<L extends string = string> extends Gauge<L> implements WritableMetric {
  readonly help: string;
  readonly type = 'gauge';
  declare readonly name: string;
  readonly #parts: InstrumentParts<L>;

  /** @internal */
  constructor(parts: InstrumentParts<L>) {
    super(configurationOf(parts));
    this.help = parts.help;
    this.#parts = parts;
    this.reset();
  }

  /** The gauge of these labels, for as long as you like; labels beyond their limit are folded here, once. */
  bind(labels: LabelSet<L>): BoundGauge {
    const { table, stats } = this.#parts;
    return new BoundGauge(resolveOrFold(table, labels, stats), table, stats);
  }

  override set(labels: unknown, value?: unknown): void {
    this.#change(labels, value, undefined, (series, number) => {
      series.cells[series.offset] = number;
    });
  }

  override inc(labels?: unknown, value?: unknown): void {
    this.#change(labels, value, 1, (series, number) => {
      add(series, number);
    });
  }

  override dec(labels?: unknown, value?: unknown): void {
    this.#change(labels, value, 1, (series, number) => {
      add(series, -number);
    });
  }

  override setToCurrentTime(labels?: unknown): void {
    this.set(labels ?? {}, Date.now() / 1000);
  }

  override startTimer(labels?: object): (labels?: object) => number {
    const begun = performance.now();
    return (more) => {
      const seconds = (performance.now() - begun) / 1000;
      this.set({ ...labels, ...more }, seconds);
      return seconds;
    };
  }

  override labels(...args: unknown[]): Gauge.Internal<L> {
    return this.bind(labelsOf(this.#parts.labelNames, args) as Record<L, LabelValue>);
  }

  override remove(...args: unknown[]): void {
    this.#parts.table.forget(labelsOf(this.#parts.labelNames, args));
  }

  override reset(): void {
    // prom-client resets in its constructor, before there are parts.
    if (!(#parts in this)) return;
    this.#parts.table.clear();
    if (this.#parts.labelNames.length === 0) this.#parts.table.resolveValues([]);
  }

  /** Removes the series that are 0 and were so at the last call; others are what `inc` and `dec` go on from. */
  removeIdle(): number {
    return this.#parts.table.removeUnchanged((series) => {
      const value = series.cells[series.offset] ?? 0;
      return value === 0 ? 0 : undefined;
    });
  }

  /** Removes the series with this value of a label, which is then no longer among the admitted ones; gives how many. */
  forgetValue(label: L, value: string): number {
    return this.#parts.table.forgetValue(label, value);
  }

  override async get(): ReturnType<Gauge<L>['get']> {
    await this.prepare();
    return singleValues<L>(this, this.#parts) as unknown as Awaited<ReturnType<Gauge<L>['get']>>;
  }

  /** @internal */
  async prepare(): Promise<void> {
    await this.#parts.collect?.();
  }

  /** @internal */
  writer(format: TextFormat, defaults: DefaultLabels): SeriesWriter {
    const { name, labelNames, table } = this.#parts;
    return singleValueWriter({ name, labelNames, type: 'gauge' }, table.list, format, defaults);
  }

  #change(labels: unknown, value: unknown, fallback: number | undefined, change: Change): void {
    const { table, stats } = this.#parts;
    const isObject = typeof labels === 'object' && labels !== null;
    const number = (isObject ? value : labels) ?? fallback;
    if (typeof number !== 'number') {
      stats.invalidValues++;
      return;
    }
    try {
      change(table.resolve(isObject ? labels : undefined), number);
      stats.accepted++;
    } catch {
      stats.failed++;
    }
  }
}
