/** Most buckets that a column's thresholds are looked up by. */
const MOST_BUCKETS = 2048;
/** So few marks are changed quicker one by one than by a call. */
const FEW = 8;

/**
 * The distinct thresholds of all columns, and which of them a row has passed: those that its values are not below.
 * Each value is looked up once; after that any number of nodes ask for the mark of their threshold, which is exact.
 */
export class PassedThresholds {
  /** 1 for each threshold that the row marked last has passed, by the threshold's index. */
  readonly marks: Uint8Array;
  /** Thresholds of column 0 in ascending order, then those of column 1, and so on. */
  readonly #sorted: Float64Array;
  /** Where a column begins in `#sorted`; at the end, its length. */
  readonly #begin: Uint32Array;
  readonly #buckets: number;
  /** For each column and bucket, where in `#sorted` the thresholds of the bucket begin; behind the last one, where it ends. */
  readonly #bucket: Uint32Array;
  readonly #origin: Float64Array;
  readonly #perUnit: Float64Array;
  /** Up to where each column is marked. */
  readonly #marked: Uint32Array;

  constructor(thresholds: readonly Float64Array<ArrayBuffer>[]) {
    const columns = thresholds.map(distinct);
    const lengths = columns.map(({ length }) => length);
    const total = lengths.reduce((sum, length) => sum + length, 0);
    this.marks = new Uint8Array(total);
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
    this.#marked = this.#begin.slice(0, columns.length);
  }

  /** The index of a threshold that is one of the column's. */
  indexOf(column: number, threshold: number): number {
    return this.#passedUpTo(column, threshold) - 1;
  }

  /** Marks what a row of finite numbers has passed. */
  mark(row: ArrayLike<number>): void {
    const { marks } = this;
    const marked = this.#marked;
    for (let column = 0; column < marked.length; column += 1) {
      const to = this.#passedUpTo(column, row[column] as number);
      const from = marked[column] as number;
      marked[column] = to;
      const low = Math.min(from, to);
      const high = Math.max(from, to);
      const mark = to > from ? 1 : 0;
      if (high - low > FEW) marks.fill(mark, low, high);
      else for (let at = low; at < high; at += 1) marks[at] = mark;
    }
  }

  /** Where in `#sorted` the first threshold of the column is that is larger than the value. */
  #passedUpTo(column: number, value: number): number {
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
