/** How far a distribution has moved. */
export interface Drift {
  /** Population stability index: below 0.1 hardly, above 0.25 much. Null before there is anything to compare. */
  readonly psi: number | null;
  /** Kolmogorov-Smirnov distance: the largest difference of the two cumulative distributions, 0 to 1. */
  readonly ks: number | null;
  /** Values compared. */
  readonly values: number;
}

/** Options of a `DistributionDrift`. */
export interface DistributionDriftOptions {
  /** Values that the baseline is made of, at least 50: confidences of a time when all was well. */
  readonly baseline: ArrayLike<number>;
  /** Bins of equally many baseline values that the index is made of, 2 to 100. Default 10. */
  readonly bins?: number | undefined;
  /** Newest values compared, 50 to 1000000. Default 1000. */
  readonly windowSize?: number | undefined;
}

/** Added to each share, so that a bin that one side has nothing in does not make the index infinite. */
const LEAST_SHARE = 1e-4;

/**
 * Compares the newest values of something, such as a model's confidences, with a baseline. Both figures are metrics
 * of their own: give them to the monitor as features, and they are judged as any other is.
 */
export class DistributionDrift {
  readonly #baseline: Float64Array;
  readonly #edges: Float64Array;
  readonly #expected: Float64Array;
  readonly #newest: Float64Array;
  #count = 0;

  constructor({ baseline, bins = 10, windowSize = 1000 }: DistributionDriftOptions) {
    this.#baseline = Float64Array.from(baseline).sort();
    if (this.#baseline.length < 50 || !this.#baseline.every(Number.isFinite)) {
      throw new RangeError(
        `baseline must be at least 50 finite numbers, got ${this.#baseline.length}`,
      );
    }
    if (!Number.isInteger(bins) || bins < 2 || bins > 100) {
      throw new RangeError(`bins must be an integer from 2 to 100, got ${String(bins)}`);
    }
    if (!Number.isInteger(windowSize) || windowSize < 50 || windowSize > 1e6) {
      throw new RangeError(
        `windowSize must be an integer from 50 to 1000000, got ${String(windowSize)}`,
      );
    }
    const cuts = Array.from({ length: bins - 1 }, (_, cut) => {
      const rank = Math.floor(((cut + 1) * this.#baseline.length) / bins);
      return this.#baseline[rank] as number;
    });
    // Values that repeat may fill several bins: those are one.
    this.#edges = Float64Array.from(new Set(cuts));
    this.#expected = this.#shares(this.#baseline);
    this.#newest = new Float64Array(windowSize);
  }

  /** Takes a value; one that is no finite number is left out and false is returned. */
  observe(value: number): boolean {
    if (!Number.isFinite(value)) return false;
    this.#newest[this.#count % this.#newest.length] = value;
    this.#count += 1;
    return true;
  }

  /** Both figures for the newest values; null until there are 50. */
  measure(): Drift {
    const values = Math.min(this.#count, this.#newest.length);
    if (values < 50) return { psi: null, ks: null, values };
    const newest = this.#newest.slice(0, values).sort();
    const actual = this.#shares(newest);
    const psi = actual.reduce((sum, share, bin) => {
      const expected = this.#expected[bin] as number;
      return sum + (share - expected) * Math.log(share / expected);
    }, 0);
    return { psi, ks: this.#distance(newest), values };
  }

  #shares(sorted: Float64Array): Float64Array {
    const counts = new Float64Array(this.#edges.length + 1);
    let bin = 0;
    for (const value of sorted) {
      while (bin < this.#edges.length && value >= (this.#edges[bin] as number)) bin += 1;
      counts[bin] = (counts[bin] as number) + 1;
    }
    return counts.map((count) => Math.max(LEAST_SHARE, count / sorted.length));
  }

  #distance(newest: Float64Array): number {
    const baseline = this.#baseline;
    let most = 0;
    for (let left = 0, right = 0; left < baseline.length && right < newest.length;) {
      const value = Math.min(baseline[left] as number, newest[right] as number);
      while (left < baseline.length && baseline[left] === value) left += 1;
      while (right < newest.length && newest[right] === value) right += 1;
      most = Math.max(most, Math.abs(left / baseline.length - right / newest.length));
    }
    return most;
  }
}
