/** Windows in a chunk. */
const CHUNK = 64;

/**
 * The newest windows that were learnt, at most `capacity`. They lie in chunks, so that growing neither moves what is
 * there nor leaves holes behind, which in a process of ten thousand models are a quarter of its memory.
 */
export class RecentWindows {
  readonly #width: number;
  readonly #capacity: number;
  /** Rows of the values of a window and its time. */
  readonly #chunks: Float64Array[] = [];
  #count = 0;
  /** Where the next one goes once it is full. */
  #next = 0;

  constructor(width: number, capacity: number) {
    this.#width = width;
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.#capacity;
  }

  /** Adds a window, in place of the oldest one when full. `at` is NaN where its time is not known. */
  push(values: ArrayLike<number>, at: number): void {
    const row = this.isFull ? this.#next : this.#count++;
    if (this.isFull) this.#next = (row + 1) % this.#capacity;
    const chunk = (this.#chunks[Math.floor(row / CHUNK)] ??= this.#blank(row));
    const first = (row % CHUNK) * (this.#width + 1);
    for (let column = 0; column < this.#width; column += 1) {
      chunk[first + column] = values[column] as number;
    }
    chunk[first + this.#width] = at;
  }

  /** The value of a metric in the window at an age rank, 0 the oldest. */
  value(rank: number, column: number): number {
    const row = this.#rowOf(rank);
    const chunk = this.#chunks[Math.floor(row / CHUNK)] as Float64Array;
    return chunk[(row % CHUNK) * (this.#width + 1) + column] as number;
  }

  /** The values of the window at an age rank: a view, not a copy. */
  row(rank: number): Float64Array {
    const row = this.#rowOf(rank);
    const first = (row % CHUNK) * (this.#width + 1);
    const chunk = this.#chunks[Math.floor(row / CHUNK)] as Float64Array;
    return chunk.subarray(first, first + this.#width);
  }

  time(rank: number): number {
    return this.value(rank, this.#width);
  }

  column(column: number): Float64Array {
    const values = new Float64Array(this.#count);
    for (let rank = 0; rank < this.#count; rank += 1) values[rank] = this.value(rank, column);
    return values;
  }

  /** All values, and all times, oldest first: what is saved. */
  flat(): { values: Float64Array; times: Float64Array } {
    const values = new Float64Array(this.#count * this.#width);
    for (let rank = 0; rank < this.#count; rank += 1) {
      values.set(this.row(rank), rank * this.#width);
    }
    return { values, times: this.column(this.#width) };
  }

  /** Fills in what `flat` gave. */
  static of(
    width: number,
    capacity: number,
    { values, times }: { values: Float64Array; times: Float64Array },
  ): RecentWindows {
    const windows = new RecentWindows(width, capacity);
    const first = Math.max(0, times.length - capacity);
    for (let row = first; row < times.length; row += 1) {
      windows.push(values.subarray(row * width, (row + 1) * width), times[row] as number);
    }
    return windows;
  }

  #rowOf(rank: number): number {
    return this.isFull ? (this.#next + rank) % this.#capacity : rank;
  }

  #blank(row: number): Float64Array {
    return new Float64Array(Math.min(CHUNK, this.#capacity - row) * (this.#width + 1));
  }
}
