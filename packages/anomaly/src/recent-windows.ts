/** The newest windows that were learnt, at most `capacity`, in two flat arrays. */
export class RecentWindows {
  readonly #width: number;
  readonly #capacity: number;
  #values: Float64Array;
  #times: Float64Array;
  #count: number;
  /** Where the next one goes once it is full. */
  #next: number;

  constructor(width: number, capacity: number) {
    this.#width = width;
    this.#capacity = capacity;
    this.#values = new Float64Array(Math.min(64, capacity) * width);
    this.#times = new Float64Array(Math.min(64, capacity));
    this.#count = 0;
    this.#next = 0;
  }

  get length(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.#capacity;
  }

  /** Adds a window, in place of the oldest one when full. `at` is NaN where its time is not known. */
  push(values: ArrayLike<number>, at: number): void {
    if (this.#count < this.#capacity && this.#count === this.#times.length) this.#grow();
    const row = this.#count < this.#capacity ? this.#count++ : this.#next;
    if (this.isFull) this.#next = (row + 1) % this.#capacity;
    this.#values.set(values, row * this.#width);
    this.#times[row] = at;
  }

  /** The values of the window at an age rank, 0 the oldest: a view, not a copy. */
  row(rank: number): Float64Array {
    const row = this.#rowOf(rank);
    return this.#values.subarray(row * this.#width, (row + 1) * this.#width);
  }

  time(rank: number): number {
    return this.#times[this.#rowOf(rank)] as number;
  }

  column(column: number): Float64Array {
    return Float64Array.from(
      { length: this.#count },
      (_, rank) => this.row(rank)[column] as number,
    );
  }

  /** All values, and all times, oldest first: what is saved. */
  flat(): { values: Float64Array; times: Float64Array } {
    const values = new Float64Array(this.#count * this.#width);
    for (let rank = 0; rank < this.#count; rank += 1)
      values.set(this.row(rank), rank * this.#width);
    return {
      values,
      times: Float64Array.from({ length: this.#count }, (_, rank) => this.time(rank)),
    };
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

  #grow(): void {
    const room = Math.min(this.#capacity, 2 * this.#times.length);
    const values = new Float64Array(room * this.#width);
    const times = new Float64Array(room);
    values.set(this.#values);
    times.set(this.#times);
    this.#values = values;
    this.#times = times;
  }
}
