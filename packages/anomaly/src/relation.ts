/** Deviations beyond so many spreads teach the relation no more. */
const MOST_LEARNT = 3.5;
const MEMORY = 2000;
/** Deviations are looked at up to so many spreads: how far out one is beyond, others say. Few windows show a relation near the middle only. */
export const LEAST_REACH = 3;
const REACH = 10;
const REACHES_FROM = 1000;

/**
 * How the deviations of the metrics go together (their covariance), and how surprising each is beside the others:
 * this sees a metric leave its relation to the others although it is not out of its own range.
 */
export class Relation {
  readonly width: number;
  /** Mean products of deviations, row after row. */
  products: Float64Array;
  windows: number;
  /** Lower triangular Cholesky factor, row after row, as of the last `refresh`. */
  factor: Float64Array;
  /** Roots of the diagonal of the inverse of what it is a factor of. */
  readonly #precision: Float64Array;
  readonly #held: Float64Array;

  constructor(
    width: number,
    products = new Float64Array(width * width),
    windows = 0,
    factor: Float64Array = new Float64Array(width * width),
  ) {
    this.width = width;
    this.products = products;
    this.windows = windows;
    this.factor = factor;
    this.#precision = new Float64Array(width);
    this.#held = new Float64Array(width);
    this.#invert();
  }

  /** Spreads up to which the relation is known to hold. */
  get reach(): number {
    return this.windows < REACHES_FROM ? LEAST_REACH : REACH;
  }

  /** Learns a window's deviations; one with a metric missing is left out. */
  learn(z: Float64Array): void {
    const held = this.#held;
    for (let column = 0; column < this.width; column += 1) {
      const value = z[column] as number;
      if (Number.isNaN(value)) return;
      held[column] = Math.min(MOST_LEARNT, Math.max(-MOST_LEARNT, value));
    }
    this.windows += 1;
    const memory = Math.min(this.windows, MEMORY);
    for (let row = 0; row < this.width; row += 1) {
      for (let column = 0; column <= row; column += 1) {
        const index = row * this.width + column;
        const before = this.products[index] as number;
        const product = (held[row] as number) * (held[column] as number);
        this.products[index] = before + (product - before) / memory;
      }
    }
  }

  /** Makes what was learnt count in `distance`. The products are shrunk a little towards unrelated metrics. */
  refresh(): void {
    const { width } = this;
    const kept = 1 - Math.min(0.5, width / Math.max(1, this.windows));
    const factor = cholesky(width, (row, column) => {
      const product = this.products[row * width + column] as number;
      return row === column ? Math.max(product, 0.05) : kept * product;
    });
    this.factor.set(factor);
    this.#invert();
  }

  #invert(): void {
    const { width } = this;
    const unit = new Float64Array(width);
    const solved = new Float64Array(width);
    for (let column = 0; column < width; column += 1) {
      unit.fill(0);
      unit[column] = 1;
      this.#solve(unit, solved);
      this.#precision[column] = Math.sqrt(solved.reduce((sum, value) => sum + value * value, 0));
    }
  }

  /**
   * By how many spreads each metric is off what the others let expect. Its square is what the Mahalanobis distance's
   * square loses when the metric is left out; one metric that
   * leaves its relation stands out more than in the distance. NaN everywhere where a metric is missing.
   */
  surprises(row: Float64Array, weighted: Float64Array): void {
    const { width } = this;
    this.#solve(row, weighted);
    for (let at = width - 1; at >= 0; at -= 1) {
      let rest = weighted[at] as number;
      for (let below = at + 1; below < width; below += 1) {
        rest -= (this.factor[below * width + at] as number) * (weighted[below] as number);
      }
      weighted[at] = rest / (this.factor[at * width + at] as number);
    }
    for (let column = 0; column < width; column += 1) {
      weighted[column] = (weighted[column] as number) / (this.#precision[column] as number);
    }
  }

  #solve(row: Float64Array, solved: Float64Array): void {
    const { width } = this;
    const factor = this.factor;
    for (let at = 0; at < width; at += 1) {
      let rest = row[at] as number;
      for (let before = 0; before < at; before += 1) {
        rest -= (factor[at * width + before] as number) * (solved[before] as number);
      }
      solved[at] = rest / (factor[at * width + at] as number);
    }
  }
}

function cholesky(width: number, entry: (row: number, column: number) => number): Float64Array {
  const factor = new Float64Array(width * width);
  for (let row = 0; row < width; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let rest = entry(row, column);
      for (let before = 0; before < column; before += 1) {
        rest -=
          (factor[row * width + before] as number) * (factor[column * width + before] as number);
      }
      factor[row * width + column] =
        row === column
          ? Math.sqrt(Math.max(rest, 1e-3))
          : rest / (factor[column * width + column] as number);
    }
  }
  return factor;
}
