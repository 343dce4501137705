import type { ExemplarStore } from './exemplar-store.js';

/** One label set of a metric and where its numbers are. */
export class Series {
  /** Values of the labels, in the order of the metric's label names. */
  readonly values: readonly string[];
  /** Its numbers are `cells[offset]` and those that follow. */
  readonly cells: Float64Array;
  /** Below zero once it was removed. */
  offset: number;
  /** Its place in the table's list. */
  place = 0;
  /** A bit for each bucket that wants an exemplar; 0 where none are kept. */
  armed: number;
  exemplars: ExemplarStore | undefined = undefined;

  constructor(values: readonly string[], cells: Float64Array, offset: number, armed: number) {
    this.values = values;
    this.cells = cells;
    this.offset = offset;
    this.armed = armed;
  }
}

/** Adds to the first number of a series. */
export function add({ cells, offset }: Series, value: number): void {
  cells[offset] = (cells[offset] ?? 0) + value;
}

/** One level of the tree from label values to series; a lone value needs no map, several are all in it. */
export class LabelNode {
  #value: string | undefined;
  #next: LabelNode | Series | undefined;
  #all: Map<string, LabelNode | Series> | undefined;

  get(value: string): LabelNode | Series | undefined {
    // Never both: a comparison that fails costs as much as the map.
    if (this.#all !== undefined) return this.#all.get(value);
    return value === this.#value ? this.#next : undefined;
  }

  set(value: string, next: LabelNode | Series): void {
    if (this.#all !== undefined) {
      this.#all.set(value, next);
    } else if (this.#value === undefined || this.#next === undefined) {
      this.#value = value;
      this.#next = next;
    } else {
      this.#all = new Map([
        [this.#value, this.#next],
        [value, next],
      ]);
      this.#value = undefined;
      this.#next = undefined;
    }
  }

  delete(value: string): void {
    if (this.#all !== undefined) {
      if (this.#all.delete(value) && this.#all.size === 0) this.#all = undefined;
    } else if (value === this.#value) {
      this.#value = undefined;
      this.#next = undefined;
    }
  }

  get isEmpty(): boolean {
    return this.#value === undefined && this.#all === undefined;
  }
}

const firstPageRows = 16;
const largestPageRows = 1024;

/** Hands out rows of zeros in typed arrays, and takes them back. */
export class CellPages {
  readonly #width: number;
  readonly #free: [Float64Array, number][] = [];
  #rows = firstPageRows;
  #page: Float64Array | undefined;
  #used = 0;

  /** @param width numbers in a row */
  constructor(width: number) {
    this.#width = width;
  }

  take(): [cells: Float64Array, offset: number] {
    const free = this.#free.pop();
    if (free) return free;
    if (this.#page === undefined || this.#used === this.#page.length) {
      this.#page = new Float64Array(this.#rows * this.#width);
      this.#rows = Math.min(this.#rows * 2, largestPageRows);
      this.#used = 0;
    }
    const offset = this.#used;
    this.#used += this.#width;
    return [this.#page, offset];
  }

  giveBack(cells: Float64Array, offset: number): void {
    cells.fill(0, offset, offset + this.#width);
    this.#free.push([cells, offset]);
  }
}
