import { type LabelLimit, otherValue, unknownValue } from './label-limit.js';

/** What a set of guarded metrics took and refused. */
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

export interface LabelGuardOptions<L extends string> {
  readonly labelNames: readonly L[];
  readonly limits: Readonly<Record<L, LabelLimit>>;
  readonly maxSeries: number;
  /** Values for labels that were not given. */
  readonly defaults: Readonly<Partial<Record<L, () => string | undefined>>>;
  readonly stats: LabelStats;
  /** Called with the label that was folded, or `all` when the metric ran out of series. */
  readonly onFold: (label: L | 'all') => void;
}

/** Turns whatever a caller passes as labels into one of a bounded number of complete label sets. */
export class LabelGuard<L extends string> {
  readonly #options: LabelGuardOptions<L>;
  readonly #names: ReadonlySet<string>;
  readonly #series = new Map<string, Record<L, string>>();

  constructor(options: LabelGuardOptions<L>) {
    this.#options = options;
    this.#names = new Set(options.labelNames);
  }

  /** The label set to record under; the same object for the same series. */
  resolve(labels: unknown): Record<L, string> {
    const { labelNames, limits, stats, onFold, maxSeries } = this.#options;
    const given = (typeof labels === 'object' && labels !== null ? labels : {}) as Record<
      string,
      unknown
    >;
    for (const name in given) if (!this.#names.has(name)) stats.unknownLabels++;

    let folded = false;
    const values = labelNames.map((name) => {
      const value = this.#value(name, given[name]);
      const admitted = limits[name].admit(value);
      if (admitted === otherValue) {
        folded = true;
        onFold(name);
      }
      return admitted;
    });

    let key = keyOf(values);
    let series = this.#series.get(key);
    if (series === undefined && this.#series.size >= maxSeries) {
      folded = true;
      onFold('all');
      labelNames.forEach((name, i) => {
        if (!limits[name].isAllowed(values[i] ?? otherValue)) values[i] = otherValue;
      });
      key = keyOf(values);
      series = this.#series.get(key);
    }
    if (folded) stats.folded++;
    if (series === undefined) {
      series = Object.fromEntries(labelNames.map((name, i) => [name, values[i]])) as Record<
        L,
        string
      >;
      this.#series.set(key, series);
    }
    return series;
  }

  /** Frees the place of one series. Missing labels are not filled in here. */
  forget(labels: Partial<Record<L, unknown>>): void {
    this.#series.delete(keyOf(this.#options.labelNames.map((name) => String(labels[name]))));
  }

  /** Frees the places of all series; the values admitted stay admitted. */
  clear(): void {
    this.#series.clear();
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

function keyOf(values: readonly string[]): string {
  // Lengths first: a value may contain any separator.
  return `${values.map((value) => value.length).join(',')}:${values.join('')}`;
}
