import { type LabelLimit, otherValue, unknownValue } from './label-limit.js';
import { CellPages, LabelNode, Series } from './series.js';

/** What a set of instruments took and refused. */
export interface LabelStats {
  /** Observations recorded, folded ones included. */
  accepted: number;
  /** Observations not recorded: not a finite number, outside the metric's range, or a counter going down. */
  invalidValues: number;
  /** Observations recorded with `__other__` in place of at least one label value. */
  folded: number;
  /** Labels that were not given (or are no string, number or boolean) and became `unknown`. */
  missingLabels: number;
  /** Labels given that the metric does not have; ignored. */
  unknownLabels: number;
  /** Observations lost to an unexpected error, such as a label whose getter throws. */
  failed: number;
}

export interface SeriesTableOptions<L extends string> {
  readonly labelNames: readonly L[];
  readonly limits: Readonly<Record<L, LabelLimit>>;
  readonly maxSeries: number;
  /** Values for labels that were not given. */
  readonly defaults: Readonly<Partial<Record<L, () => string | undefined>>>;
  readonly stats: LabelStats;
  /** Called with the label that was folded, or `all` when the metric ran out of series. */
  readonly onFold: (label: L | 'all') => void;
  /** Numbers that each series has. */
  readonly width: number;
  /** Whether series keep exemplars. */
  readonly exemplars: boolean;
}

/** Finds the series of a complete label set again, after it was removed. */
export interface SeriesFinder {
  resolveValues(values: readonly string[]): Series;
}

/** Turns whatever a caller passes as labels into one of a bounded number of series. */
export class SeriesTable<L extends string> implements SeriesFinder {
  readonly #options: SeriesTableOptions<L>;
  readonly #names: readonly string[];
  #pages: CellPages;
  #root = new LabelNode();
  #list: (Series | undefined)[] = [];
  #size = 0;
  /** The only series of a metric without labels. */
  #bare: Series | undefined;
  /** What each series had come to at the last `removeUnchanged`. */
  #seen = new WeakMap<Series, number>();

  constructor(options: SeriesTableOptions<L>) {
    this.#options = options;
    this.#names = options.labelNames;
    this.#pages = new CellPages(options.width);
  }

  /** How many series there are. */
  get size(): number {
    return this.#size;
  }

  /** The series in the order in which they came; a hole where one was removed. */
  get list(): readonly (Series | undefined)[] {
    return this.#list;
  }

  /** The series to record in. Throws only what a getter among the labels throws. */
  resolve(labels: unknown): Series {
    // Labels in their declared order, all of them text, and seen before: what nearly all calls are.
    const names = this.#names;
    if (typeof labels === 'object' && labels !== null && names.length > 0) {
      let node: LabelNode | Series | undefined = this.#root;
      let i = 0;
      for (const name in labels) {
        const value = (labels as Record<string, unknown>)[name];
        if (name !== names[i] || typeof value !== 'string') return this.#resolveSlowly(labels);
        node = (node as LabelNode).get(value);
        if (node === undefined) return this.#resolveSlowly(labels);
        i++;
      }
      if (i === names.length) return node as Series;
    }
    return this.#resolveSlowly(labels);
  }

  /** The series of a complete label set, as `values` of a series that may have been removed since. */
  resolveValues(values: readonly string[]): Series {
    return this.#find(values) ?? this.#place([...values], false);
  }

  /** Frees the place of one series. Missing labels are not filled in here. */
  forget(labels: Partial<Record<L, unknown>>): void {
    const series = this.#find(this.#options.labelNames.map((name) => String(labels[name])));
    if (series) this.remove(series);
  }

  /** Frees the places of all series; the values admitted stay admitted. */
  clear(): void {
    for (const series of this.#list) if (series) series.offset = -1;
    this.#pages = new CellPages(this.#options.width);
    this.#root = new LabelNode();
    this.#list = [];
    this.#size = 0;
    this.#bare = undefined;
  }

  remove(series: Series): void {
    if (series.offset < 0) return;
    this.#pages.giveBack(series.cells, series.offset);
    series.offset = -1;
    this.#size--;
    this.#unlink(series.values);
    this.#list[series.place] = undefined;
    // A new list, not the old one made shorter: a scrape in progress walks along the old one.
    if (this.#list.length > 64 && this.#list.length > 2 * this.#size) {
      this.#list = this.#list.filter((one) => one !== undefined);
      this.#list.forEach((one, place) => {
        if (one) one.place = place;
      });
    }
  }

  /** Removes the series with this value of a label, and forgets the value; gives how many. */
  forgetValue(label: string, value: string): number {
    const place = this.#names.indexOf(label);
    if (place < 0) return 0;
    this.#options.limits[label as L].forget(value);
    const found = this.#list.filter((series) => series?.values[place] === value);
    for (const series of found) if (series) this.remove(series);
    return found.length;
  }

  /** Removes the series whose total is what it was at the last call; gives how many. */
  removeUnchanged(totalOf: (series: Series) => number | undefined): number {
    let removed = 0;
    for (const series of [...this.#list]) {
      if (series === undefined || series === this.#bare) continue;
      const total = totalOf(series);
      if (total === undefined) this.#seen.delete(series);
      else if (this.#seen.get(series) !== total) this.#seen.set(series, total);
      else {
        this.remove(series);
        removed++;
      }
    }
    return removed;
  }

  #resolveSlowly(labels: unknown): Series {
    const { labelNames, limits, stats, onFold } = this.#options;
    const given = (typeof labels === 'object' && labels !== null ? labels : {}) as Record<
      string,
      unknown
    >;
    for (const name in given) {
      if (!this.#names.includes(name)) stats.unknownLabels++;
    }
    let folded = false;
    const values: string[] = [];
    for (const name of labelNames) {
      const admitted = limits[name].admit(this.#value(name, given[name]));
      if (admitted === otherValue) {
        folded = true;
        onFold(name);
      }
      values.push(admitted);
    }
    const found = this.#find(values);
    if (!found) return this.#place(values, folded);
    if (folded) stats.folded++;
    return found;
  }

  #place(values: string[], folded: boolean): Series {
    const { labelNames, limits, maxSeries, stats, onFold } = this.#options;
    let series: Series | undefined;
    if (this.#size >= maxSeries) {
      folded = true;
      onFold('all');
      labelNames.forEach((name, i) => {
        if (!limits[name].isAllowed(values[i] ?? otherValue)) values[i] = otherValue;
      });
      series = this.#find(values);
    }
    if (folded) stats.folded++;
    return series ?? this.#add(values);
  }

  #add(values: readonly string[]): Series {
    const [cells, offset] = this.#pages.take();
    const series = new Series(values, cells, offset, this.#options.exemplars ? -1 : 0);
    series.place = this.#list.length;
    this.#list.push(series);
    this.#size++;
    const last = values.at(-1);
    if (last === undefined) {
      this.#bare = series;
      return series;
    }
    let node = this.#root;
    for (const value of values.slice(0, -1)) {
      let next = node.get(value) as LabelNode | undefined;
      if (next === undefined) node.set(value, (next = new LabelNode()));
      node = next;
    }
    node.set(last, series);
    return series;
  }

  #find(values: readonly string[]): Series | undefined {
    if (values.length === 0) return this.#bare;
    let node: LabelNode | Series | undefined = this.#root;
    for (const value of values) {
      node = (node as LabelNode).get(value);
      if (node === undefined) return undefined;
    }
    return node as Series;
  }

  #unlink(values: readonly string[]): void {
    if (values.length === 0) {
      this.#bare = undefined;
      return;
    }
    const path: [LabelNode, string][] = [];
    let node: LabelNode | Series | undefined = this.#root;
    for (const value of values) {
      if (!(node instanceof LabelNode)) return;
      path.push([node, value]);
      node = node.get(value);
    }
    for (const [parent, value] of path.reverse()) {
      parent.delete(value);
      if (!parent.isEmpty) return;
    }
  }

  #value(name: L, given: unknown): string {
    if (typeof given === 'string' && given !== '') return given;
    if (typeof given === 'number' || typeof given === 'boolean') return String(given);
    const fallback = this.#options.defaults[name]?.();
    if (typeof fallback === 'string' && fallback !== '') return fallback;
    this.#options.stats.missingLabels++;
    return unknownValue;
  }
}
