/** Most buckets that a column's thresholds are looked up by. */
const MOST_BUCKETS = 2048;

/** Most distinct thresholds of a column, and most columns: rank and column share the 31 bits of a key. */
export const MOST_THRESHOLDS = 0xffff;
export const MOST_COLUMNS = 0x8000;

/**
 * The thresholds of each column in ascending order. Whether a value lies below a threshold can be told from their
 * ranks, small integers that are made once for a row and that any number of nodes then compare without rounding.
 */
export class ThresholdRanks {
  /** Distinct thresholds of column 0, then those of column 1, and so on. */
  readonly #sorted: Float64Array;
  /** Where a column begins in `#sorted`; at the end, its length. */
  readonly #begin: Uint32Array;
  readonly #buckets: number;
  /** For each column and bucket, where in `#sorted` the thresholds of the bucket begin; behind the last one, where it ends. */
  readonly #bucket: Uint32Array;
  readonly #origin: Float64Array;
  readonly #perUnit: Float64Array;

  /** Undefined where ranks would not fit. */
  static of(thresholds: readonly Float64Array<ArrayBuffer>[]): ThresholdRanks | undefined {
    const columns = thresholds.map(distinct);
    const fits = columns.every(({ length }) => length <= MOST_THRESHOLDS);
    return fits && columns.length <= MOST_COLUMNS ? new ThresholdRanks(columns) : undefined;
  }

  private constructor(columns: readonly Float64Array[]) {
    const lengths = columns.map(({ length }) => length);
    const total = lengths.reduce((sum, length) => sum + length, 0);
    this.#buckets = Math.max(1, Math.min(MOST_BUCKETS, 2 * Math.max(...lengths)));
    this.#sorted = new Float64Array(total);
    this.#begin = new Uint32Array(columns.length + 1);
    this.#bucket = new Uint32Array(columns.length * (this.#buckets + 1));
    this.#origin = new Float64Array(columns.length);
    this.#perUnit = new Float64Array(columns.length);
    columns.forEach((sorted, column) => {
      const begin = this.#begin[column] as number;
      this.#begin[column + 1] = begin + sorted.length;
      this.#sorted.set(sorted, begin);
      const least = sorted[0] ?? 0;
      this.#origin[column] = least;
      // A range that overflows puts all into the first bucket, which is slower and as right.
      this.#perUnit[column] = (this.#buckets - 1) / ((sorted[sorted.length - 1] ?? 0) - least || 1);
      let next = 0;
      for (let bucket = 0; bucket <= this.#buckets; bucket += 1) {
        while (next < sorted.length && this.#bucketOf(column, sorted[next] as number) < bucket) {
          next += 1;
        }
        this.#bucket[column * (this.#buckets + 1) + bucket] = begin + next;
      }
    });
  }

  /** What a node holds that sends values below `threshold`, one of the column's, to the left. */
  key(column: number, threshold: number): number {
    const below = this.#after(column, threshold);
    return (column << 16) | (below - 1 - (this.#begin[column] as number));
  }

  /**
   * For each column, the key of the first threshold that the row's value lies below: it goes to the right at nodes
   * of that column with a smaller key. The row's numbers must be finite.
   */
  locate(row: ArrayLike<number>, keys: Int32Array): void {
    for (let column = 0; column < keys.length; column += 1) {
      const rank = this.#after(column, row[column] as number) - (this.#begin[column] as number);
      keys[column] = (column << 16) | rank;
    }
  }

  /** Where in `#sorted` the first threshold of the column is that is larger than the value. */
  #after(column: number, value: number): number {
    const at = column * (this.#buckets + 1) + this.#bucketOf(column, value);
    let low = this.#bucket[at] as number;
    let high = this.#bucket[at + 1] as number;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value < (this.#sorted[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Grows with the value, so that thresholds in the buckets before are smaller, and in the buckets behind larger. */
  #bucketOf(column: number, value: number): number {
    const position = (value - (this.#origin[column] as number)) * (this.#perUnit[column] as number);
    return position > 0 ? (position < this.#buckets ? position | 0 : this.#buckets - 1) : 0;
  }
}

function distinct(thresholds: Float64Array<ArrayBuffer>): Float64Array {
  return thresholds.slice().sort().filter((value, index, sorted) => value !== sorted[index - 1]); // prettier-ignore
}
